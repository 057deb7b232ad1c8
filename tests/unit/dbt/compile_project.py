"""Compiles the whole project into dbt's target folder, which is the argument, and prints the clause of each model that says on which servers
its statements run: {model: clause}. No server is asked."""

from __future__ import annotations

import json
import os
import sys

if __name__ == "__main__":
    from dbt.adapters.clickhouse.impl import ClickHouseAdapter
    from dbt.cli.main import dbtRunner

    # What an incremental model asks first. Nothing is built yet.
    ClickHouseAdapter.get_relation = lambda *_: None  # type: ignore[method-assign]
    os.environ |= {"DBT_TARGET_PATH": sys.argv[1], "DBT_LOG_PATH": sys.argv[1], "DBT_PROFILES_DIR": "."}
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what dbt prints is no answer
    parsed = dbtRunner().invoke(["--quiet", "parse"])
    assert parsed.success, parsed.exception
    runner = dbtRunner(manifest=parsed.result)
    alone = ["--no-populate-cache"]
    compiled = runner.invoke(["--quiet", "compile", *alone])
    assert compiled.success, compiled.exception
    models = [node.name for node in parsed.result.nodes.values() if node.resource_type == "model"]
    # While dbt reads the text it looks for what that refers to; the adapter answers afterwards.
    line = "{{% set table = ref('{0}') %}}{0}:{{% if execute %}}{{{{ on_cluster_clause(table) | trim }}}}{{% endif %}}"
    lines = [line.format(name) for name in models]
    shown = runner.invoke(["--quiet", "compile", *alone, "--inline", "\n".join(lines)])
    assert shown.success, shown.exception
    told = shown.result.results[0].node.compiled_code.splitlines()
    json.dump(dict(line.split(":", 1) for line in told), answers)

"""A process that runs dbt again and again: imports and parsing, most of a `dbt run`, are paid once.

One JSON line in (`arguments`, `environment`), one JSON line out (`success`, `output`).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner, dbtRunnerResult

PARSE = ["--no-use-colors", "parse"]


class Project:
    """The project, which does not change while tests run: parsed anew for another environment, not for other `--vars`,
    for which dbt would parse all of it again. No model's configuration depends on a variable."""

    def __init__(self) -> None:
        self._environment: dict[str, str] = {}
        self._runner: dbtRunner | None = None

    def invoke(self, arguments: list[str], environment: dict[str, str]) -> dbtRunnerResult:
        """Run dbt; a project that cannot be parsed is that run's failure."""
        from dbt.cli.main import dbtRunner

        if self._runner is None or environment != self._environment:
            os.environ.update(environment)
            parsed = dbtRunner().invoke(PARSE)
            if not parsed.success:
                return parsed
            manifest: Any = parsed.result
            self._runner, self._environment = dbtRunner(manifest=manifest), environment
        return self._runner.invoke(arguments)


def serve(log: Path) -> None:
    """Answer until stdin ends. What dbt prints goes to `log`, so that stdout carries answers only."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    project = Project()
    for line in sys.stdin:
        request = json.loads(line)
        with log.open("wb") as printed:
            os.dup2(printed.fileno(), 1)
            result = project.invoke(request["arguments"], request["environment"])
            sys.stdout.flush()
        output = log.read_text() + (f"\n{result.exception}" if result.exception else "")
        answers.write(json.dumps({"success": result.success, "output": output}) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))

"""A process that runs dbt again and again: imports and parsing, most of a `dbt run`, are paid once.

One JSON line in (`arguments`, `environment`), one JSON line out (`success`, `output`).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def serve(log: Path) -> None:
    """Answer until stdin ends. What dbt prints goes to `log`, so that stdout carries answers only."""
    from dbt.cli.main import dbtRunner

    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["environment"])
        with log.open("wb") as printed:
            os.dup2(printed.fileno(), 1)
            result = dbtRunner().invoke(request["arguments"])
            sys.stdout.flush()
        output = log.read_text() + (f"\n{result.exception}" if result.exception else "")
        answers.write(json.dumps({"success": result.success, "output": output}) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))

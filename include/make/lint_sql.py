"""Lints all SQL with sqlfluff: `python include/make/lint_sql.py`. Exit code 1 when something is found.

dbt's models are linted as they are. Our own files hold placeholders for psycopg (`%(name)s`, `%%`) and for identifiers
(`{name}`), and statements that end where the next `-- name:` begins: they are linted as a copy in which a value stands
for each placeholder, line for line, so that the lines in the messages are those of the file. A file with ClickHouse's own placeholders
(`{name:Type}`) is ClickHouse's, wherever it stands.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDERS = {
    "include/sql/postgres": "postgres",
    "plugins/upbeat": "postgres",
    "include/sql/clickhouse": "clickhouse",
}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%%|(?<!\{)\{\w+\}(?!\})")
TYPED_PLACEHOLDER = re.compile(r"(?<!\{)\{\w+:(\w+)[^{}]*\}(?!\})")
NAMED = re.compile(r"(?m)^-- name:")


def plain_sql(text: str) -> str:
    """The same lines, as SQL that a parser knows."""
    values = {"%%": "%"}
    text = PLACEHOLDER.sub(
        lambda found: values.get(found[0], "an_identifier" if found[0][0] == "{" else "1"), text
    )
    text = TYPED_PLACEHOLDER.sub(lambda found: "an_identifier" if found[1] == "Identifier" else "1", text)
    if not NAMED.search(text):
        return text
    return "\n".join(_end_statements(text.splitlines())) + "\n"


def _end_statements(lines: list[str]) -> list[str]:
    """Close the last line of SQL before each `-- name:` with a semicolon."""
    ended, last = list(lines), -1
    for number, line in enumerate([*lines, "-- name: end"]):
        if line.startswith("-- name:") and last >= 0 and not ended[last].rstrip().endswith(";"):
            code, dashes, comment = ended[last].partition(" --")
            ended[last] = f"{code};{dashes}{comment}"
        elif line.strip() and not line.lstrip().startswith("--"):
            last = number
    return ended


def lint(folder: str, dialect: str) -> bool:
    """Lint the files below one folder; True when they are clean."""
    files: dict[str, list[Path]] = {}
    for file in sorted((REPOSITORY / folder).rglob("*.sql")):
        is_typed = TYPED_PLACEHOLDER.search(file.read_text(encoding="utf-8")) is not None
        files.setdefault("clickhouse" if is_typed else dialect, []).append(file)
    clean = [_lint_copies(those, spoken) for spoken, those in files.items()]
    return all(clean)


def _lint_copies(files: list[Path], dialect: str) -> bool:
    with tempfile.TemporaryDirectory() as copy:
        for file in files:
            target = Path(copy) / file.relative_to(REPOSITORY)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(plain_sql(file.read_text(encoding="utf-8")), encoding="utf-8")
        return _sqlfluff([".", "--dialect", dialect, "--config", str(REPOSITORY / ".sqlfluff")], Path(copy))


def _sqlfluff(arguments: list[str], folder: Path) -> bool:
    program = Path(sys.executable).with_name("sqlfluff")
    command = [str(program), "lint", "--disable-progress-bar", "--processes", "0", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="")  # noqa: T201
    return done.returncode == 0


def main() -> int:
    """Lint everything, and say all that was found."""
    clean = [lint(folder, dialect) for folder, dialect in FOLDERS.items()]
    clean.append(_sqlfluff(["."], REPOSITORY / "dbt_project"))
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main())

#!/bin/sh
# `make check`: every check runs even when one before it failed; the exit code is 1 when any did.
set -u
BIN=${BIN:-.venv/bin}
PYTHONPATH=plugins
export PYTHONPATH
failed=

check() {
    name=$1
    shift
    started=$(date +%s)
    if output=$("$@" 2>&1); then
        printf '  ok    %-28s %3d s\n' "$name" "$(($(date +%s) - started))"
    else
        failed="$failed $name"
        printf '%s\n  FAIL  %s\n\n' "$output" "$name"
    fi
}

existing() {
    for path in "$@"; do
        if [ -e "$path" ]; then printf '%s ' "$path"; fi
    done
}

python_folders=$(existing plugins dags tests benchmarks include)
policies=$(existing tests/unit/dags tests/unit/dbt)

# shellcheck disable=SC2086 (the folders are words)
{
    check ruff-format "$BIN/ruff" format --check --quiet $python_folders
    check ruff "$BIN/ruff" check --quiet $python_folders
    check mypy "$BIN/mypy"
    check sqlfluff "$BIN/python" include/make/lint_sql.py
    check import-linter "$BIN/lint-imports"
    check policies "$BIN/pytest" -q $policies
}

if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi

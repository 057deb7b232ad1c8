#!/bin/sh
# `make check`: every check runs even when one before it failed; the exit code is 1 when any did.
# Stopped by a signal, it ends the check that runs with all that it started: each has a process group of its own.
set -u
BIN=${BIN:-.venv/bin}
PYTHONPATH=plugins
export PYTHONPATH
failed=
running=
told=$(mktemp)
trap 'rm -f "$told"' EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM

stop() {
    if [ -n "$running" ]; then kill -s TERM -- "-$running" 2>/dev/null || kill -s TERM "$running" 2>/dev/null; fi
    exit "$1"
}

# sh has no word of its own for a new process group, and macOS no `setsid`.
in_own_group='import os, sys; os.setpgid(0, 0); os.execvp(sys.argv[1], sys.argv[1:])'

check() {
    name=$1
    shift
    started=$(date +%s)
    "$BIN/python" -c "$in_own_group" "$@" >"$told" 2>&1 </dev/null &
    running=$!
    if wait "$running"; then
        printf '  ok    %-28s %3d s\n' "$name" "$(($(date +%s) - started))"
    else
        failed="$failed $name"
        cat "$told"
        printf '\n  FAIL  %s\n\n' "$name"
    fi
    running=
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

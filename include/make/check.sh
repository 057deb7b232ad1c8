#!/bin/sh
# `make check`: every check runs even when one before it failed; the exit code is 1 when any did.
# Stopped by a signal, it ends the checks that run with all that they started: each has a process group of its own.
set -u
BIN=${BIN:-.venv/bin}
PYTHONPATH=plugins
export PYTHONPATH
failed=
running=
told=$(mktemp -d)
trap 'rm -rf "$told"' EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM

stop() {
    for pid in $running; do
        kill -s TERM -- "-$pid" 2>/dev/null || kill -s TERM "$pid" 2>/dev/null
    done
    exit "$1"
}

# sh has no word of its own for a new process group, and macOS no `setsid`.
in_own_group='import os, sys; os.setpgid(0, 0); os.execvp(sys.argv[1], sys.argv[1:])'

# start NAME COMMAND…: runs it beside what follows, until `finish NAME`.
start() {
    name=$1
    shift
    date +%s >"$told/$name.started"
    "$BIN/python" -c "$in_own_group" "$@" >"$told/$name" 2>&1 </dev/null &
    running="$running $!"
    echo "$!" >"$told/$name.pid"
}

finish() {
    name=$1
    pid=$(cat "$told/$name.pid")
    if wait "$pid"; then
        printf '  ok    %-28s %3d s\n' "$name" "$(($(date +%s) - $(cat "$told/$name.started")))"
        # A check that could not look at all of it has not failed, and says so.
        grep -E '^(not run|nothing is known)' "$told/$name" | sed 's/^/          /' || true
    else
        failed="$failed $name"
        cat "$told/$name"
        printf '\n  FAIL  %s\n\n' "$name"
    fi
    left=
    for other in $running; do
        if [ "$other" != "$pid" ]; then left="$left $other"; fi
    done
    running=$left
}

check() {
    start "$@"
    finish "$1"
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
    start dependency-audit "$BIN/python" include/make/audit_dependencies.py # waits for the network
    check import-linter "$BIN/lint-imports"
    check hadolint "$BIN/hadolint" Dockerfile include/serverless/Dockerfile
    check caddy "$BIN/caddy" validate --adapter caddyfile --config include/deploy/Caddyfile
    check committed-secrets "$BIN/python" include/make/scan_secrets.py # uses all cores
    check sqlfluff "$BIN/python" include/make/lint_sql.py # uses all cores
    finish dependency-audit
    start policies "$BIN/pytest" -q $policies
    check mypy "$BIN/mypy"
    finish policies
}

if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi

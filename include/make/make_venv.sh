#!/bin/sh
# Brings everything that Upbeat needs into .venv/: a virtual environment, uv, the pinned packages, Upbeat itself.
# Needs a Python that has the module venv, and the package index; nothing else. Safe to repeat.
# PYTHON=/path/to/python3.12 chooses the interpreter.
set -eu
cd "$(dirname "$0")/../.."

UV_VERSION=0.13.9
# The pinned packages have wheels for these versions; below 3.14 because Redis and others have none for it yet.
USABLE='import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'

find_python() {
    # 3.11 first: it is the version that the project is developed with.
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if "$candidate" -c "$USABLE" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "error: no usable Python: Upbeat needs Python 3.11, 3.12 or 3.13 with the module venv" \
        "(on Debian and Ubuntu: apt install python3-venv), or set PYTHON=/path/to/python" >&2
    exit 2
}

# pip knows the package index from its own configuration; uv has to be told.
use_index_of_pip() {
    index=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
    index=${PIP_INDEX_URL:-$index}
    if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        UV_DEFAULT_INDEX=$index
        export UV_DEFAULT_INDEX
    fi
}

# A virtual environment knows the folder that it was made in, and works only there.
made_here() {
    grep -qsF "$(pwd -P)/.venv" .venv/bin/activate
}

if ! .venv/bin/python -c "$USABLE" >/dev/null 2>&1 || ! made_here; then
    python=$(find_python)
    echo "Creating .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi
use_index_of_pip
VIRTUAL_ENV=$PWD/.venv
export VIRTUAL_ENV
echo "Installing the pinned packages (about 1.5 GB; minutes the first time)"
.venv/bin/uv pip sync requirements.txt requirements-dev.txt
# With it the plugin by which dbt locks its warehouse: a distribution of its own, see its pyproject.toml.
.venv/bin/uv pip install --quiet --no-deps --editable . --editable include/dbt_lock

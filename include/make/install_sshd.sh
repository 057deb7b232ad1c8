#!/bin/sh
# Installs Debian's openssh-server where no sshd is installed; its own service is not started. Safe to repeat.
set -eu

WHAT="an SSH server"
PACKAGE=openssh-server

is_installed() {
    for folder in /usr/sbin /usr/local/sbin /opt/homebrew/sbin; do
        if [ -x "$folder/sshd" ]; then return 0; fi
    done
    command -v sshd >/dev/null 2>&1
}

. "$(dirname "$0")/apt_install.sh"
apt_install

#!/bin/sh
# Installs Debian's chromium, in which the console is tried, where there is none. Safe to repeat.
set -eu

WHAT=Chromium
PACKAGE=chromium

is_installed() {
    command -v chromium >/dev/null 2>&1
}

. "$(dirname "$0")/apt_install.sh"
apt_install

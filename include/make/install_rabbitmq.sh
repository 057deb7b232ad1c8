#!/bin/sh
# Installs Debian's rabbitmq-server where no RabbitMQ is installed; its own service is not started. Safe to repeat.
# As root, or with a sudo that asks no password. Exit code 1, with the reason in a line, where it cannot.
set -eu

POLICY=/usr/sbin/policy-rc.d
OURS='# by include/make/install_rabbitmq.sh'

cannot() {
    echo "RabbitMQ is not installed ($1): its tests are skipped. To run them: apt-get install rabbitmq-server" >&2
    exit 1
}

# The folders that the embedded stack knows too: what is on the path of a user may lack /usr/sbin.
is_installed() {
    for folder in /usr/lib/rabbitmq/bin /opt/rabbitmq/sbin /opt/homebrew/sbin /usr/local/sbin; do
        if [ -x "$folder/rabbitmq-server" ]; then return 0; fi
    done
    command -v rabbitmq-server >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian's packages ask this file whether they may start a service; 101 says no.
forbid_services() {
    if as_root test -e "$POLICY"; then as_root mv "$POLICY" "$POLICY.before-upbeat"; fi
    printf '#!/bin/sh\n%s\nexit 101\n' "$OURS" | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

restore_services() {
    if as_root grep -qsF "$OURS" "$POLICY"; then as_root rm -f "$POLICY"; fi
    if as_root test -e "$POLICY.before-upbeat"; then as_root mv "$POLICY.before-upbeat" "$POLICY"; fi
}

if is_installed; then exit 0; fi
command -v apt-get >/dev/null 2>&1 || cannot "this system has no apt-get"
if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
    cannot "neither root nor a sudo without password"
fi

trap restore_services EXIT
trap 'exit 1' HUP INT TERM
forbid_services
as_root apt-get -q update || cannot "apt-get update failed"
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends rabbitmq-server \
    || cannot "apt-get install failed"
is_installed || cannot "apt-get installed no rabbitmq-server"

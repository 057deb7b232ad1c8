# Sourced by install_*.sh: installs a Debian package without starting its service. As root, or with a sudo that asks no
# password; exit code 1, with the reason in a line, where it cannot. The caller defines is_installed, WHAT and PACKAGE.

POLICY=/usr/sbin/policy-rc.d
OURS='# by include/make/apt_install.sh'

cannot() {
    echo "$WHAT is not installed ($1): its tests are skipped. To run them: apt-get install $PACKAGE" >&2
    exit 1
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

apt_install() {
    if is_installed; then exit 0; fi
    command -v apt-get >/dev/null 2>&1 || cannot "this system has no apt-get"
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        cannot "neither root nor a sudo without password"
    fi
    trap restore_services EXIT
    trap 'exit 1' HUP INT TERM
    forbid_services
    as_root apt-get -q update || cannot "apt-get update failed"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$PACKAGE" \
        || cannot "apt-get install failed"
    is_installed || cannot "apt-get installed no $PACKAGE"
}

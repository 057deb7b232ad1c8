"""CI's installation of RabbitMQ, with a stand-in for apt-get, in a view of the file system that has no RabbitMQ."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "include" / "make" / "install_rabbitmq.sh"
INSTALLED = Path("/usr/lib/rabbitmq")
# The mounts are seen by these processes only: /usr/sbin is a copy, /usr/lib/rabbitmq is empty.
VIEW = """
set -e
mkdir -p "$PLACE/sbin"
cp -a /usr/sbin/. "$PLACE/sbin/"
rm -f "$PLACE"/sbin/rabbitmq* "$PLACE"/sbin/policy-rc.d
mount -t tmpfs none /usr/lib/rabbitmq
mount --bind "$PLACE/sbin" /usr/sbin
"""
APT = """#!/bin/sh
echo "$* policy=$(sh /usr/sbin/policy-rc.d >/dev/null; echo $?) frontend=$DEBIAN_FRONTEND"
if [ -n "$APT_FAILS" ]; then exit 100; fi
case "$*" in *install*)
    mkdir -p /usr/lib/rabbitmq/bin
    printf '#!/bin/sh\\n' >/usr/lib/rabbitmq/bin/rabbitmq-server
    chmod 755 /usr/lib/rabbitmq/bin/rabbitmq-server ;;
esac
"""


def can_make_views() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None or not INSTALLED.exists():
        return False
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", INSTALLED], capture_output=True)
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(
    not can_make_views(), reason="needs root that may mount in a namespace of its own, and Debian's RabbitMQ"
)


def run(folder: Path, commands: str, **environment: str) -> subprocess.CompletedProcess[str]:
    programs = folder / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text(APT)
    (programs / "apt-get").chmod(0o755)
    known = {"PATH": f"{programs}:/usr/bin:/bin:/usr/sbin", "PLACE": str(folder), "SCRIPT": str(SCRIPT)}
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", VIEW + commands],
        env={"APT_FAILS": "", "DEBIAN_FRONTEND": "", **known, **environment},
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def test_it_is_installed_once_without_starting_a_service_and_the_policy_is_put_back(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        echo '# theirs' >/usr/sbin/policy-rc.d
        sh "$SCRIPT"; sh "$SCRIPT"
        cat /usr/sbin/policy-rc.d; ls /usr/sbin/policy-rc.d*
        """,
    )
    assert done.stdout.splitlines() == [
        "-q update policy=101 frontend=",
        "-q install -y --no-install-recommends rabbitmq-server policy=101 frontend=noninteractive",
        "# theirs",
        "/usr/sbin/policy-rc.d",
    ], done.stderr


def test_a_failure_is_said_with_the_way_out_and_leaves_no_policy(tmp_path: Path) -> None:
    done = run(tmp_path, 'sh "$SCRIPT" || echo "exit code $?"; ls /usr/sbin/policy-rc.d*', APT_FAILS="yes")
    assert "exit code 1" in done.stdout
    assert "/usr/sbin/policy-rc.d" not in done.stdout
    assert "RabbitMQ is not installed (apt-get update failed)" in done.stderr
    assert "apt-get install rabbitmq-server" in done.stderr


def test_without_root_and_sudo_it_says_so_and_does_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    done = run(
        tmp_path,
        'cp "$SCRIPT" /usr/sbin/it; cp "$(dirname "$SCRIPT")/apt_install.sh" /usr/sbin; setpriv --reuid 65534 --clear-groups sh /usr/sbin/it',
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "neither root nor a sudo without password" in done.stderr

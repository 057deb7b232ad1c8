"""Where no RabbitMQ is installed its tests are skipped and that is said; in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
WITHOUT_SERVER = """
import os
from upbeat.embedded import rabbitmq_home
rabbitmq_home.SERVER_FOLDERS = ()
os.environ["PATH"] = os.path.dirname(__file__)
"""


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tests of the embedded RabbitMQ, on a machine that has none."""
    (folder / "without_server.py").write_text(WITHOUT_SERVER)
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "without_server", "-p", "no:cacheprovider",
         "tests/integration/embedded/test_rabbitmq.py", "-k", "guest or survive"],
        env={**kept, "PYTHONPATH": str(folder), **environment},
        cwd=REPOSITORY, capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def test_its_tests_are_skipped_and_the_last_lines_say_how_many_and_how_to_run_them(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 test(s) skipped: each needs RabbitMQ, which is not installed; " in done.stdout
    assert "`apt-get install rabbitmq-server` runs them" in done.stdout


def test_in_ci_they_fail(tmp_path: Path) -> None:
    done = run(tmp_path, CI="true")
    assert done.returncode == 1, done.stdout
    assert "RabbitMQ is not installed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.usefixtures("rabbitmq_server")
def test_where_it_is_installed_nothing_is_said_of_it(request: pytest.FixtureRequest) -> None:
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    assert "needs RabbitMQ" not in str(reporter.stats.get("skipped", []))

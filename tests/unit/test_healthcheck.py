"""The health check of the containers says what is not well, and never takes that for well."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from upbeat.settings import REPOSITORY

ANSWERS = {
    "/well": b'{"scheduler": {"status": "healthy"}}',
    "/ill": b'{"scheduler": {"status": "unhealthy"}}',
    "/page": b"<html>",
    "/metrics": b'# TYPE store gauge\nstore{stage="a"} 1.0\nstore{stage="b"} 0.0\nother 1.0\n',
}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = ANSWERS.get(self.path)
        self.send_response(503 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", REPOSITORY / "include/deploy/healthcheck.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(check: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str | None:
    monkeypatch.setattr(sys, "argv", ["healthcheck.py", *arguments])
    told: str | None = check.main()
    return told


@pytest.mark.parametrize(
    ("path", "options", "problem"),
    [
        ("/well", (), None),
        ("/well", ("--part", "scheduler"), None),
        ("/ill", ("--part", "scheduler"), "scheduler is unhealthy"),
        ("/well", ("--part", "triggerer"), "triggerer is None"),
        ("/page", ("--part", "scheduler"), "/page: "),
        ("/away", (), "503"),
        ("/metrics", ("--metric", "other"), None),
        ("/metrics", ("--metric", "store"), "store is ['1.0', '0.0']"),
        ("/metrics", ("--metric", "sto"), "sto is missing"),
    ],
)
def test_what_a_url_answers_is_well_or_said(
    check: ModuleType, url: str, monkeypatch: pytest.MonkeyPatch, path: str, options: tuple[str, ...],
    problem: str | None,
) -> None:  # fmt: skip
    told = asked(check, monkeypatch, f"{url}{path}", *options)
    assert told is None if problem is None else problem in str(told)


def test_nobody_who_answers_and_nothing_to_ask_are_not_well(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "127.0.0.1:9" in str(asked(check, monkeypatch, "http://127.0.0.1:9"))
    assert "needs a URL" in str(asked(check, monkeypatch, "file:///etc/passwd"))


def test_workers_are_what_the_fork_server_started_and_not_what_goes_on_without_them(
    check: ModuleType, tmp_path: Path
) -> None:
    fork_server = (
        b"python\0-c\0from multiprocessing.forkserver import main; main(5, ['upbeat.workers.preload'])"
    )
    processes = {
        1: (0, b"/sbin/docker-init\0--\0upbeat\0work\0--all"),
        7: (1, b"python\0/opt/venv/bin/upbeat\0work\0--all"),
        8: (7, b"python\0-c\0from multiprocessing.resource_tracker import main;main(4)"),
        9: (7, fork_server),
    }
    for pid, (parent, command) in processes.items():
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "status").write_text(f"Name:\tpython\nPPid:\t{parent}\n")
        (tmp_path / str(pid) / "cmdline").write_bytes(command)
    assert check._too_few_workers(1, tmp_path) == "0 workers run, 1 should"
    (tmp_path / "12").mkdir()
    (tmp_path / "12" / "status").write_text("Name:\tpython\nPPid:\t9\n")
    assert check._too_few_workers(1, tmp_path) is None

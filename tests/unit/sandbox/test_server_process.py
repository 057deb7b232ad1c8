"""The command: started as a process of its own, asked through the control client, killed and started again."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from upbeat.errors import InputError
from upbeat.sandbox.__main__ import bind
from upbeat.sandbox.control import SandboxControl


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "upbeat.sandbox", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait(240)


def test_changes_outlive_a_kill_and_faults_do_not(tmp_path: Path) -> None:
    state = str(tmp_path / "state.json")
    with running("--state", state) as (url, process), SandboxControl(url, timeout=240) as control:
        assert control.health()["creators"] == 300
        assert [c["handle"] for c in control.creators(limit=2)] == ["instagram", "cristiano"]
        control.change_creator("cristiano", followers=1_000_000_000)
        control.add_fault("lama", "500")
        control.set_setting("igdata_shape", "private")
        process.kill()
    with running("--state", state) as (url, _), SandboxControl(url, timeout=240) as control:
        assert control.creator("cristiano")["followers"] == 1_000_000_000
        assert control.faults() == []
        key = {"X-RapidAPI-Key": "sandbox-rapidapi-key-1"}
        address = f"{url}/instagram-data1.p.rapidapi.com/user/info?username=cristiano"
        profile = httpx.get(address, headers=key, timeout=240)
        assert profile.json()["follower_count"] == 1_000_000_000
        assert control.requests(handle="cristiano", status=200)["total"] == 1
        control.reset()
        assert control.creator("cristiano")["followers"] == 523_000_000


def test_the_control_client_does_what_it_says_and_passes_refusals_on() -> None:
    with running() as (url, process), SandboxControl(url, timeout=240) as control:
        assert set(control.test_accounts()) >= {"private.account.sandbox", "personal.account.sandbox"}
        control.lift_limits()
        assert {limit["requests"] for limit in control.limits().values()} == {None}
        control.reset_limits()
        assert control.limits()["graphapi"] == {"requests": 200, "seconds": 3600}
        control.set_credential("graphapi", "sandbox-graph-token-1", "expired")
        assert control.credentials()["graphapi"]["sandbox-graph-token-1"] == "expired"
        control.reset_credentials()
        assert control.end_faults(id=control.add_fault("lama", "slow", seconds=1)) == 1
        with pytest.raises(InputError, match=r"no\.such\.handle"):
            control.change_creator("no.such.handle", followers=1)
        for handle in ("a/b", "", "a?b", "../faults"):
            with pytest.raises(InputError, match="no account can have it"):
                control.creator(handle)
        assert control.make_creator("made.up.sandbox", followers=7)["followers"] == 7
        lama = f"{url}/lama.sandbox/v1/user/by/username?username=leomessi"
        control.add_fault("lama", "timeout", times=1, seconds=60)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(lama, timeout=5)  # in which the server has read it
        assert httpx.get(lama, timeout=240).status_code == 200
        process.terminate()
        assert process.wait(240) in (0, -15)


def test_who_reads_the_address_can_call_at_once() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname(), timeout=5):
        pass


def test_another_address_than_loopback_is_refused_in_one_line() -> None:
    command = [sys.executable, "-m", "upbeat.sandbox", "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "0.0.0.0" in done.stderr


def test_a_port_in_use_is_told_in_one_line() -> None:
    with running() as (url, _):
        command = [sys.executable, "-m", "upbeat.sandbox", "--port", url.rsplit(":", 1)[1]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--port" in done.stderr

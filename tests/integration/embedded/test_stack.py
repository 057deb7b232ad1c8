"""The embedded stack as a person meets it: start, look, kill, stop. Each test has a stack of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from tests.process_family import listening

from upbeat.embedded import processes, stack
from upbeat.embedded.health import check_redis
from upbeat.embedded.places import Places
from upbeat.embedded.ports import free_ports
from upbeat.embedded.wheels import redis_server
from upbeat.errors import InputError
from upbeat.settings import Settings, secrets_file
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore

STORES = ("postgres", "redis", "s3")
ALL = (*STORES, "clickhouse", "sandbox")


def pids(settings: Settings, *names: str) -> dict[str, int]:
    return {part.name: part.pid for part in stack.status(settings, names) if part.pid}


def kill(settings: Settings, name: str) -> processes.Record:
    record = processes.read_record(Places(settings.state_dir).record(name))
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    deadline = time.monotonic() + 240
    while record.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    return record


def test_up_starts_all_healthy_down_ends_all_and_data_stays(own_settings: Settings) -> None:
    found = stack.start(own_settings, ALL)
    assert {part.name: part.state for part in found} == dict.fromkeys(ALL, "healthy")
    first = pids(own_settings, *ALL)
    with postgres.transaction(own_settings) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
    ObjectStore(own_settings, own_settings.s3_raw_bucket).put("a/b", b"kept")

    family = [child.pid for pid in first.values() for child in psutil.Process(pid).children(recursive=True)]
    assert set(stack.stop(own_settings)) == set(ALL)
    assert [pid for pid in (*first.values(), *family) if processes.birth_mark(pid)] == []
    assert stack.stop(own_settings) == []

    stack.start(own_settings, STORES)
    with postgres.transaction(own_settings) as connection:
        assert connection.execute("SELECT answer FROM public.kept").fetchone() == {"answer": 42}
    assert ObjectStore(own_settings, own_settings.s3_raw_bucket).get("a/b") == b"kept"


def test_a_second_up_changes_nothing(own_settings: Settings) -> None:
    stack.start(own_settings, STORES)
    before = pids(own_settings, *STORES)
    stack.start(own_settings, STORES)
    assert pids(own_settings, *STORES) == before
    assert before.keys() == set(STORES)


def test_down_ends_only_what_up_started(own_settings: Settings, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    stranger = subprocess.Popen(
        [redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        stack.start(own_settings, ["redis"])
        assert stack.stop(own_settings) == ["redis"]
        assert stranger.poll() is None
        assert check_redis(f"redis://127.0.0.1:{port}/0") is None
    finally:
        stranger.terminate()
        stranger.wait(timeout=240)


@pytest.mark.parametrize("name", STORES)
def test_a_part_killed_is_named_with_its_log_and_started_again(own_settings: Settings, name: str) -> None:
    stack.start(own_settings, [name])
    record = kill(own_settings, name)
    (status,) = stack.status(own_settings, [name])
    assert (status.state, status.healthy, status.pid) == ("died", False, None)
    assert record.log in status.detail
    assert "\n" not in status.detail
    assert Path(record.log).exists()
    (again,) = stack.start(own_settings, [name])
    assert again.state == "healthy"
    assert again.pid != record.pid


def test_postgres_starts_although_its_old_process_id_belongs_to_another_program(
    own_settings: Settings,
) -> None:
    stack.start(own_settings, ["postgres"])
    kill(own_settings, "postgres")
    file = Places(own_settings.state_dir).data / "postgres" / "postmaster.pid"
    lines = file.read_text().split("\n")
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    (status,) = stack.start(own_settings, ["postgres"])
    assert status.state == "healthy"


def test_a_program_that_cannot_start_is_named_with_the_last_lines_of_its_log(own_settings: Settings) -> None:
    broken = Places(own_settings.state_dir).data / "redis" / "appendonly.aof"
    broken.parent.mkdir(parents=True)
    broken.write_text("this is not an append-only file")
    with pytest.raises(stack.StackError) as caught:
        stack.start(own_settings, ["redis"])
    first, *rest = str(caught.value).splitlines()
    assert first.startswith(f"Redis died; its log {own_settings.state_dir}/logs/redis.log")
    assert any("Bad file format" in line for line in rest)


def test_a_port_in_use_stops_everything_before_it_starts(own_settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", own_settings.s3_port)):
        with pytest.raises(InputError, match=rf"port {own_settings.s3_port} \(S3\).*UPBEAT_S3_PORT"):
            stack.start(own_settings, STORES)
        assert {part.state for part in stack.status(own_settings)} == {"stopped"}


def test_everything_listens_on_loopback_only(stack: Settings) -> None:
    from upbeat.embedded import stack as embedded_stack

    addresses = {
        part.name: {address for address, _ in listening(part.pid)}
        for part in embedded_stack.status(stack)
        if part.pid
    }
    assert addresses == {name: {"127.0.0.1"} for name in ALL}


def test_no_secret_is_in_the_list_of_processes_or_in_a_log(stack: Settings) -> None:
    values = [line.partition("=")[2] for line in secrets_file(stack.state_dir).read_text().splitlines()]
    assert len(values) >= 8
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    logs = [path.read_text(errors="replace") for path in Places(stack.state_dir).logs.iterdir()]
    assert len(logs) >= len(ALL)
    for value in values:
        assert not any(value in text for text in (*commands, *logs))


def test_only_the_owner_can_look_into_the_state_folder(stack: Settings) -> None:
    where = Places(stack.state_dir)
    readable = [
        path
        for path in (where.state, *where.state.iterdir(), *where.data.iterdir())
        if path.stat().st_mode & 0o044 and path.is_dir()
    ]
    assert readable == []
    assert secrets_file(stack.state_dir).stat().st_mode & 0o077 == 0


def test_a_part_of_ones_own_is_checked_and_never_started(own_settings: Settings, stack: Settings) -> None:
    from upbeat.embedded import stack as embedded_stack

    theirs = stack.model_copy(
        update={"s3_endpoint_url": stack.s3_endpoint(), "state_dir": own_settings.state_dir}
    )
    (status,) = embedded_stack.start(theirs, ["s3"])
    assert (status.state, status.pid, status.address) == ("external", None, stack.s3_endpoint())
    refused = own_settings.model_copy(update={"s3_endpoint_url": stack.s3_endpoint()})
    with pytest.raises(
        embedded_stack.StackError, match=f"S3 at {stack.s3_endpoint()} refuses .*InvalidAccessKeyId"
    ):
        embedded_stack.start(refused, ["s3"])
    (port,) = free_ports(1)
    absent = own_settings.model_copy(update={"s3_endpoint_url": f"http://127.0.0.1:{port}"})
    with pytest.raises(embedded_stack.StackError, match=f"S3 at http://127.0.0.1:{port} does not answer"):
        embedded_stack.start(absent, ["s3"])


def test_wrong_passwords_are_refused(stack: Settings) -> None:
    from upbeat.embedded import stack as embedded_stack

    wrong = stack.model_copy(
        update=dict.fromkeys(
            ("postgres_password", "redis_password", "clickhouse_password"), SecretStr("wrong")
        )
    )
    states = {
        part.name: part.healthy for part in embedded_stack.status(wrong, ["postgres", "redis", "clickhouse"])
    }
    assert states == {"postgres": False, "redis": False, "clickhouse": False}

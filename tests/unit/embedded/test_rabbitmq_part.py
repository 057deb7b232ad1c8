"""What the embedded RabbitMQ is told: loopback, its own folders, a hashed password; and how its programs are found."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from upbeat.embedded.health import check_rabbitmq
from upbeat.embedded.part import StackError, silent
from upbeat.embedded.parts import all_parts
from upbeat.embedded.places import Places
from upbeat.embedded.ports import free_ports
from upbeat.embedded.rabbitmq_home import RabbitmqPrograms, ensure_cookie, erlang_ports, find_programs
from upbeat.embedded.rabbitmq_part import configuration_text, definitions_text, password_hash, rabbitmq_part
from upbeat.errors import InputError
from upbeat.settings import Settings

OWN = "amqp://me:s3cr3t-word@rabbit.example/vhost"


def make_settings(folder: Path, **values: object) -> Settings:
    return Settings.model_validate({"state_dir": folder, "rabbitmq_password": "pass word", **values})


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RabbitmqPrograms:
    """An installed RabbitMQ, as far as files tell: the only one there is."""
    folder = tmp_path / "installed"
    folder.mkdir()
    for name in ("rabbitmq-server", "rabbitmqctl", "epmd"):
        (folder / name).write_text('#!/bin/sh\nenv; echo "$@"\n')
        (folder / name).chmod(0o755)
    monkeypatch.setattr("upbeat.embedded.rabbitmq_home.SERVER_FOLDERS", ())
    monkeypatch.setattr("upbeat.embedded.rabbitmq_home.EPMD_FOLDERS", ())
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return RabbitmqPrograms(
        server=folder / "rabbitmq-server", control=folder / "rabbitmqctl", epmd=folder / "epmd"
    )


def names(settings: Settings, *, even_unwanted: bool = False) -> dict[str, str | None]:
    parts = all_parts(settings, Places(settings.state_dir), even_unwanted=even_unwanted)
    return {part.name: part.external for part in parts}


def test_it_is_a_part_only_when_it_is_asked_for(tmp_path: Path) -> None:
    assert "rabbitmq" not in names(make_settings(tmp_path))
    assert names(make_settings(tmp_path, rabbitmq_embedded=True))["rabbitmq"] is None
    assert names(make_settings(tmp_path, rabbitmq_embedded=True, rabbitmq_url=OWN))["rabbitmq"] == (
        "amqp://me:***@rabbit.example/vhost"
    )


def test_one_that_was_started_is_stopped_although_it_is_not_asked_for_any_more(tmp_path: Path) -> None:
    assert "rabbitmq" in names(make_settings(tmp_path), even_unwanted=True)


def test_it_listens_on_loopback_within_bounds_of_memory_and_disk(tmp_path: Path) -> None:
    text = configuration_text(make_settings(tmp_path, rabbitmq_port=7000), "definitions.json")
    lines = dict(line.split(" = ", 1) for line in text.splitlines())
    assert lines["listeners.tcp.1"] == "127.0.0.1:7000"
    assert lines["load_definitions"] == "definitions.json"
    assert lines["vm_memory_high_watermark.absolute"] == "1GB"
    assert lines["disk_free_limit.absolute"] == "200MB"


def test_a_password_is_hashed_as_rabbitmq_does_it() -> None:
    # The worked example of https://www.rabbitmq.com/docs/passwords#computing-password-hash
    expected = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    assert password_hash("test12", bytes.fromhex("908DC60A")) == expected


def test_the_only_user_is_ours_and_the_password_stands_nowhere(tmp_path: Path) -> None:
    text = definitions_text(make_settings(tmp_path, rabbitmq_password="s3cr3t-word"))
    assert [user["name"] for user in json.loads(text)["users"]] == ["upbeat"]
    assert "s3cr3t-word" not in text
    with pytest.raises(InputError, match="UPBEAT_RABBITMQ_PASSWORD is empty"):
        definitions_text(make_settings(tmp_path, rabbitmq_password=SecretStr("")))


def test_variables_of_a_persons_own_rabbitmq_do_not_lead_it_astray(
    tmp_path: Path, programs: RabbitmqPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RABBITMQ_NODENAME", "RABBITMQ_CONFIG_FILE", "RABBITMQ_LOGS", "ERL_FLAGS", "NOTIFY_SOCKET"):
        monkeypatch.setenv(name, "theirs")
    where = Places(tmp_path / "state")
    where.run.mkdir(parents=True)
    part = rabbitmq_part(make_settings(where.state, rabbitmq_embedded=True), where)
    assert part.launch is not None
    launch = part.launch(silent)
    assert "theirs" not in launch.environment.values()
    assert launch.environment["RABBITMQ_NODENAME"] == "upbeat@localhost"
    assert launch.environment["ERL_EPMD_ADDRESS"] == "127.0.0.1"
    assert "inet_dist_use_interface {127,0,0,1}" in launch.environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]
    assert str(programs.server) == launch.command[-1]
    paths = [
        value
        for name, value in launch.environment.items()
        if name.startswith("RABBITMQ_") and name.endswith(("_BASE", "_FILE"))
    ]
    assert len(paths) >= 5
    assert all(path.startswith((str(where.state), "/dev/null")) for path in paths)


def test_the_control_script_passes_arguments_on_and_is_for_its_owner_only(
    tmp_path: Path, programs: RabbitmqPrograms
) -> None:
    where = Places(tmp_path / "a folder with 'signs'")
    where.run.mkdir(parents=True)
    part = rabbitmq_part(make_settings(where.state, rabbitmq_embedded=True), where)
    assert part.launch is not None
    part.launch(silent)
    script = where.run / "rabbitmqctl"
    assert script.stat().st_mode & 0o777 == 0o700
    idle = subprocess.run([script, "list_queues"], capture_output=True, text=True)
    assert (idle.returncode, idle.stdout) == (69, "")
    assert idle.stderr == "error: the RabbitMQ of this state folder does not run: upbeat up rabbitmq\n"
    where.record("rabbitmq").write_text("{}")
    said = subprocess.run([script, "list_queues", "a b"], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "list_queues a b"
    assert f"HOME={where.data / 'rabbitmq'}" in said.splitlines()


def test_debians_wrapper_that_changes_the_user_is_passed_over(
    tmp_path: Path, programs: RabbitmqPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "sbin"
    first.mkdir()
    wrapper = tmp_path / "rabbitmq-script-wrapper"
    wrapper.write_text("#!/bin/sh\n")
    wrapper.chmod(0o755)
    (first / "rabbitmq-server").symlink_to(wrapper)
    monkeypatch.setenv("PATH", f"{first}:{programs.server.parent}")
    assert find_programs() == programs


def test_a_missing_program_is_named_with_both_ways_out(
    tmp_path: Path, programs: RabbitmqPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = r"`apt-get install rabbitmq-server`, or set UPBEAT_RABBITMQ_URL to a RabbitMQ of your own$"
    monkeypatch.setenv("PATH", str(programs.server.parent))
    programs.epmd.unlink()
    with pytest.raises(StackError, match=rf"Erlang is not complete \(no epmd .*\): {ways}"):
        find_programs()
    programs.server.unlink()
    with pytest.raises(StackError, match=rf"RabbitMQ is not installed \(no rabbitmq-server\): {ways}"):
        find_programs()


def test_ports_are_kept_until_somebody_takes_one(tmp_path: Path) -> None:
    first = erlang_ports(tmp_path)
    assert erlang_ports(tmp_path) == first
    with socket.create_server(("127.0.0.1", first.distribution)):
        second = erlang_ports(tmp_path)
    assert second.distribution != first.distribution
    (tmp_path / "erlang_ports.json").write_text('{"epmd": 1')
    assert erlang_ports(tmp_path).epmd > 1024


def test_the_cookie_is_for_its_owner_only_and_stays(tmp_path: Path) -> None:
    ensure_cookie(tmp_path)
    file = tmp_path / ".erlang.cookie"
    first = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o400
    assert len(first) >= 20
    ensure_cookie(tmp_path)
    assert file.read_text() == first


def test_nothing_that_listens_is_said_in_few_words() -> None:
    (port,) = free_ports(1)
    assert check_rabbitmq(f"amqp://u:p@127.0.0.1:{port}/%2F") == "does not answer: Connection refused"


def test_a_listener_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silence:
        problem = check_rabbitmq(f"amqp://u:p@127.0.0.1:{silence.getsockname()[1]}/%2F")
    assert problem is not None
    assert problem.startswith("does not answer: ")

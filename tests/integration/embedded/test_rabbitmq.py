"""The embedded RabbitMQ: it starts and ends whole, keeps what it confirmed, and says what is wrong."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pika
import psutil
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pydantic import SecretStr
from tests.process_family import family, listening
from tests.rabbitmq_broker import Broker

from upbeat.embedded import processes, rabbitmq_node, stack
from upbeat.embedded.health import check_rabbitmq
from upbeat.embedded.part import Account, silent
from upbeat.embedded.places import Places, places
from upbeat.embedded.ports import port_is_free
from upbeat.embedded.rabbitmq_home import erlang_ports_of_last_start
from upbeat.embedded.rabbitmq_part import control_script, rabbitmq_part
from upbeat.settings import Settings, secrets_file

pytestmark = pytest.mark.usefixtures("rabbitmq_server")
QUORUM = {"x-queue-type": "quorum"}


@pytest.fixture
def broker(own_settings: Settings) -> Broker:
    """A RabbitMQ of this test's own, not started."""
    return Broker(own_settings.model_copy(update={"rabbitmq_embedded": True}))


@contextmanager
def channel(settings: Settings) -> Iterator[BlockingChannel]:
    """A channel with publisher confirms."""
    dsn = settings.rabbitmq_dsn()
    assert dsn is not None
    connection = pika.BlockingConnection(pika.URLParameters(dsn))
    opened = connection.channel()
    opened.confirm_delivery()
    yield opened
    connection.close()


def publish(settings: Settings, queue: str, bodies: list[bytes]) -> None:
    with channel(settings) as opened:
        for body in bodies:
            opened.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2), mandatory=True)


def drain(settings: Settings, queue: str, count: int) -> list[bytes]:
    """The next messages, acknowledged; fewer when they do not come."""
    bodies: list[bytes] = []
    with channel(settings) as opened:
        for method, _, body in opened.consume(queue, inactivity_timeout=240):
            if method is None:
                break
            opened.basic_ack(method.delivery_tag)
            bodies.append(body)
            if len(bodies) == count:
                break
    return bodies


def members_of(settings: Settings) -> dict[int, str]:
    """Process ids and names of the node and of all that it started."""
    (status,) = stack.status(settings, ["rabbitmq"])
    assert status.pid
    return family(status.pid)


def ports(settings: Settings) -> list[int]:
    """AMQP, the port mapper and the distribution."""
    erlang = erlang_ports_of_last_start(Places(settings.state_dir).data / "rabbitmq")
    assert erlang is not None
    return [settings.rabbitmq_port, erlang.epmd, erlang.distribution]


def wait_until_gone(pids: dict[int, str], of: Settings) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        left = {pid: name for pid, name in pids.items() if processes.birth_mark(pid)}
        if not left and all(port_is_free(port) for port in ports(of)):
            return
        time.sleep(0.05)
    raise AssertionError(f"left behind: {left}, busy: {[p for p in ports(of) if not port_is_free(p)]}")


@pytest.fixture
def strange_place(state_dir: Path, make_settings: Callable[[Path], Settings]) -> Iterator[Settings]:
    """Settings of a stack whose folder's name has signs that mean something to configuration files and shells."""
    settings = make_settings(state_dir / "a folder with #signs")
    yield settings
    stack.stop(settings)


def test_down_leaves_no_process_and_no_port(strange_place: Settings) -> None:
    broker = Broker(strange_place.model_copy(update={"rabbitmq_embedded": True}))
    broker.start()
    members = members_of(broker.settings)
    assert {"beam.smp", "epmd"} <= set(members.values())
    assert not any(port_is_free(port) for port in ports(broker.settings))
    assert stack.stop(strange_place) == ["rabbitmq"]  # although these settings ask for none any more
    assert [name for pid, name in members.items() if processes.birth_mark(pid)] == []
    wait_until_gone(members, broker.settings)


def test_kill_leaves_no_process_and_no_port_and_the_next_start_keeps_its_ports(broker: Broker) -> None:
    broker.start()
    members, before = members_of(broker.settings), ports(broker.settings)
    broker.kill()
    wait_until_gone(members, broker.settings)
    broker.start()
    assert ports(broker.settings) == before


def test_confirmed_messages_of_a_quorum_queue_survive_a_kill(
    rabbitmq: Settings, rabbitmq_broker: Broker
) -> None:
    with channel(rabbitmq) as opened:
        opened.queue_declare("kept", durable=True, arguments=QUORUM)
    rabbitmq_broker.settle()
    bodies = [f"message {number}".encode() for number in range(200)]
    publish(rabbitmq, "kept", bodies)
    rabbitmq_broker.kill()
    (status,) = stack.status(rabbitmq_broker.settings, ["rabbitmq"])
    assert (status.state, status.healthy) == ("died", False)
    rabbitmq_broker.start()
    assert drain(rabbitmq, "kept", len(bodies)) == bodies


@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_has_an_empty_virtual_host_of_its_own(rabbitmq: Settings, _round: int) -> None:
    with channel(rabbitmq) as opened:
        assert opened.queue_declare("q", durable=True, arguments=QUORUM).method.message_count == 0
    publish(rabbitmq, "q", [b"1"])
    assert drain(rabbitmq, "q", 1) == [b"1"]


def test_a_wrong_password_is_reported(rabbitmq_broker: Broker, own_settings: Settings) -> None:
    wrong = rabbitmq_broker.settings.model_copy(update={"rabbitmq_password": SecretStr("wr0ng")})
    (status,) = stack.status(wrong, ["rabbitmq"])
    assert (status.state, status.detail) == ("unhealthy", "refuses the login of user upbeat")
    url = SecretStr(f"amqp://upbeat:wr0ng@127.0.0.1:{wrong.rabbitmq_port}/%2F")
    theirs = own_settings.model_copy(update={"rabbitmq_url": url})
    with pytest.raises(stack.StackError, match=r"^RabbitMQ at amqp://.* refuses the login") as caught:
        stack.start(theirs, ["rabbitmq"])
    assert "wr0ng" not in str(caught.value)


def test_a_changed_password_holds_from_the_next_start(broker: Broker) -> None:
    broker.start()
    broker.stop()
    nasty = SecretStr("n€w p'a \"s$s`w@o/r:d%#")
    changed = Broker(broker.settings.model_copy(update={"rabbitmq_password": nasty}))
    changed.start()
    assert check_rabbitmq(str(changed.settings.rabbitmq_dsn())) is None
    assert check_rabbitmq(str(broker.settings.rabbitmq_dsn())) == "refuses the login of user upbeat"


def test_there_is_no_guest_and_no_foreign_virtual_host(rabbitmq_broker: Broker) -> None:
    address = f"127.0.0.1:{rabbitmq_broker.settings.rabbitmq_port}"
    assert check_rabbitmq(f"amqp://guest:guest@{address}/%2F") == "refuses the login of user guest"
    dsn = str(rabbitmq_broker.settings.rabbitmq_dsn())
    problem = check_rabbitmq(dsn.replace("%2F", "nowhere"))
    assert problem == "refuses the virtual host nowhere to user upbeat"


def test_it_listens_on_loopback_only_and_shows_no_secret(rabbitmq_broker: Broker) -> None:
    settings = rabbitmq_broker.settings
    (status,) = stack.status(settings, ["rabbitmq"])
    assert status.pid
    addresses = {address for address, _ in listening(status.pid)}
    assert addresses <= {"127.0.0.1", "::1"}
    assert "127.0.0.1" in addresses
    where = Places(settings.state_dir)
    cookie = where.data / "rabbitmq" / ".erlang.cookie"
    assert cookie.stat().st_mode & 0o077 == 0
    private = [path for path in where.run.glob("rabbitmq*") if path != where.record("rabbitmq")]
    assert len(private) == 4
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []
    seen = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    seen += [where.log("rabbitmq").read_text(), *(path.read_text() for path in private)]
    values = [line.partition("=")[2] for line in secrets_file(settings.state_dir).read_text().splitlines()]
    for secret in (*values, cookie.read_text()):
        assert not any(secret in text for text in seen)


def test_rabbitmqctl_of_the_state_folder_asks_the_embedded_node(rabbitmq_broker: Broker) -> None:
    done = subprocess.run(
        [control_script(Places(rabbitmq_broker.settings.state_dir)), "--quiet", "list_users"],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["user", "upbeat"]


def test_up_without_an_installed_server_names_both_ways_out(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("upbeat.embedded.rabbitmq_home.SERVER_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(stack.StackError) as caught:
        broker.start()
    assert str(caught.value) == (
        "RabbitMQ is not installed (no rabbitmq-server): `apt-get install rabbitmq-server`, "
        "or set UPBEAT_RABBITMQ_URL to a RabbitMQ of your own"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as another user")
def test_it_runs_as_an_ordinary_user(own_settings: Settings) -> None:
    settings = own_settings.model_copy(update={"rabbitmq_embedded": True})
    where = places(settings)
    part = rabbitmq_part(settings, where)
    assert part.launch is not None
    launch = part.launch(silent)
    nobody = pwd.getpwnam("nobody")
    for path in (where.run, where.data, *where.run.iterdir(), *where.data.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    # The interpreter of the tests may be in root's home, closed to others: the launcher needs nothing but Python.
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        pytest.skip("there is no /usr/bin/python3 that every user may run")
    launcher = Path(rabbitmq_node.__file__).read_text()
    as_nobody = replace(
        launch,
        command=[python, "-c", launcher, *launch.command[3:]],
        account=Account(name=nobody.pw_name, uid=nobody.pw_uid, gid=nobody.pw_gid),
    )
    record = processes.spawn("rabbitmq", as_nobody, log=where.log("rabbitmq"))
    processes.write_record(where.record("rabbitmq"), record)
    deadline = time.monotonic() + part.start_seconds
    while (problem := part.check()) and record.alive() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert problem is None, where.log("rabbitmq").read_text()
    programs = {pid for pid, name in members_of(settings).items() if name in ("beam.smp", "epmd")}
    assert len(programs) == 2
    assert {psutil.Process(pid).username() for pid in programs} == {"nobody"}

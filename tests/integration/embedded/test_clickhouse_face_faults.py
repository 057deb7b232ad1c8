"""What must hold when clients are slow or vanish, results are huge, or the process is killed."""

from __future__ import annotations

import base64
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import httpx
from tests.integration.embedded.conftest import PASSWORD, USER, Face

ENDLESS = "SELECT count() FROM numbers(1000000000000)"


def running(face: Face) -> int:
    return int(face.ask("SELECT count() - 1 FROM system.processes"))


def wait_until_idle(face: Face, seconds: float = 240.0) -> None:
    give_up = time.monotonic() + seconds
    while running(face) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert running(face) == 0, face.ask("SELECT query FROM system.processes")


def test_a_result_of_400_mb_streams_in_bounded_memory(face: Face) -> None:
    drain(face, 200_000)  # threads and buffers of the engine, which stay
    before = face.memory()
    size, peak = drain(face, 4_000_000)
    assert size > 390_000_000
    assert peak - before < 160_000_000


def drain(face: Face, rows: int) -> tuple[int, int]:
    """Bytes of a streamed result with this many rows of 98 bytes, and the most memory meanwhile, in bytes."""
    size = peak = 0
    sql = f"SELECT number, repeat('x', 90) FROM numbers({rows}) FORMAT TSV"
    with httpx.stream("POST", face.url, content=sql, auth=(USER, PASSWORD), timeout=240) as answer:
        for piece in answer.iter_bytes(1 << 20):
            size += len(piece)
            peak = max(peak, face.memory())
    return size, peak


def test_an_insert_of_100_mb_is_taken_in_pieces(face: Face) -> None:
    face.ask("CREATE TABLE large (a Int64, b String) ENGINE = MergeTree ORDER BY a")
    rows = b"".join(b"%d\t%b\n" % (i, b"x" * 90) for i in range(10_000))
    answer = httpx.post(
        face.url,
        params={"query": "INSERT INTO large FORMAT TSV"},
        content=(rows for _ in range(100)),
        auth=(USER, PASSWORD),
        timeout=240,
    )
    assert answer.status_code == 200, answer.text
    assert face.ask("SELECT count() FROM large") == "1000000"


def test_a_client_that_vanishes_stops_its_query(face: Face) -> None:
    for sql in (ENDLESS, f"INSERT INTO FUNCTION null('a UInt64') {ENDLESS}"):
        try:
            patience = httpx.Timeout(240, read=0.4)
            httpx.post(face.url, content=sql, auth=(USER, PASSWORD), timeout=patience)
        except httpx.ReadTimeout:
            wait_until_idle(face)
            continue
        raise AssertionError("an endless query has ended")


def test_a_client_that_stops_reading_blocks_nobody_and_is_stopped_when_it_leaves(face: Face) -> None:
    sql = "SELECT number FROM numbers(1000000000000)"
    with httpx.stream("POST", face.url, content=sql, auth=(USER, PASSWORD), timeout=240) as answer:
        pieces = answer.iter_raw()
        assert next(pieces).startswith(b"0\n1\n")
        for _ in range(20):
            face.ask("SELECT 1")
        assert running(face) == 1
    wait_until_idle(face)


def test_readers_that_vanish_give_their_slots_back(own_face: Face) -> None:
    own_face.options = ("--max-concurrent-queries", "4", "--slot-wait", "1")
    own_face.start()
    readers = [_request(own_face, "SELECT number FROM numbers(1000000000000)") for _ in range(4)]
    for reader in readers:
        assert reader.recv(1) == b"H"
    refused = own_face.post("SELECT 1")
    assert refused.headers["X-ClickHouse-Exception-Code"] == "202"
    waiting = [_request(own_face, ENDLESS) for _ in range(8)]
    for client in (*readers, *waiting):
        client.close()
    give_up = time.monotonic() + 240
    while own_face.post("SELECT 1").status_code != 200:
        assert time.monotonic() < give_up, "none of the queries ends by itself"
    wait_until_idle(own_face)


def _request(face: Face, sql: str) -> socket.socket:
    """Send a query and read nothing."""
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    head = (
        f"POST / HTTP/1.1\r\nHost: face\r\nAuthorization: Basic {login}\r\nContent-Length: {len(sql)}\r\n\r\n"
    )
    client = socket.create_connection(("127.0.0.1", face.port), timeout=240)
    client.sendall((head + sql).encode())
    return client


def test_a_long_statement_holds_up_nobody(face: Face) -> None:
    # Held up, one ping would take as long as the statement does; both take longer on a busy machine, which may also pause in one
    # ping, but not in one of every try.
    assert any(pings_go_on_during_a_long_statement(face) for _ in range(5))


def pings_go_on_during_a_long_statement(face: Face) -> bool:
    """Whether no ping took half as long as the statement."""
    listed = ",".join(map(str, range(400_000)))
    sql = f"SELECT count() FROM numbers(9) WHERE number IN ({listed}) AND nope"
    long = threading.Thread(target=face.post, args=(sql,), kwargs={"max_query_size": "100000000"})
    pings = []
    # Made before, since to make one takes longer than a ping; each ping has a connection of its own.
    with httpx.Client(timeout=240, limits=httpx.Limits(max_keepalive_connections=0)) as client:
        began = time.monotonic()
        long.start()
        while long.is_alive():
            started = time.monotonic()
            client.get(face.url + "ping")
            pings.append(time.monotonic() - started)
    return max(pings) < (time.monotonic() - began) / 2


def test_an_upload_that_breaks_off_stores_nothing(face: Face) -> None:
    face.ask("CREATE TABLE broken (a Int64) ENGINE = MergeTree ORDER BY a")

    def pieces() -> object:
        yield b"1\n" * 1_000_000
        raise ConnectionError("the client dies here")

    try:
        httpx.post(
            face.url,
            params={"query": "INSERT INTO broken FORMAT TSV"},
            content=pieces(),  # type: ignore[arg-type]
            auth=(USER, PASSWORD),
            timeout=240,
        )
    except ConnectionError:
        wait_until_idle(face)
    assert face.ask("SELECT count() FROM broken") == "0"


def test_kill_9_in_the_middle_of_inserts_loses_nothing_acknowledged(own_face: Face) -> None:
    own_face.start()
    own_face.ask("CREATE TABLE acked (writer Int64, n Int64) ENGINE = MergeTree ORDER BY (writer, n)")
    acknowledged: dict[int, int] = {}

    def write(writer: int) -> None:
        n = 0
        with httpx.Client(auth=(USER, PASSWORD), timeout=240) as client:
            while True:
                try:
                    answer = client.post(
                        own_face.url,
                        params={"query": "INSERT INTO acked FORMAT TSV"},
                        content=f"{writer}\t{n}\n",
                    )
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                acknowledged[writer] = n
                n += 1

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    give_up = time.monotonic() + 240
    while len(acknowledged) < 4 or min(acknowledged.values()) < 3:
        assert time.monotonic() < give_up, acknowledged
        time.sleep(0.05)
    assert own_face.stop(signal.SIGKILL) == -signal.SIGKILL
    for thread in writers:
        thread.join()
    own_face.start()
    stored = own_face.ask(
        "SELECT writer, count(), uniqExact(n), max(n) FROM acked GROUP BY writer ORDER BY writer"
    )
    assert len(acknowledged) == 4
    for line in stored.splitlines():
        writer, count, distinct, newest = map(int, line.split("\t"))
        assert count == distinct == newest + 1
        assert acknowledged[writer] <= newest <= acknowledged[writer] + 1


def test_sigterm_lets_short_queries_finish_and_ends_endless_ones(own_face: Face) -> None:
    own_face.start()
    own_face.ask("CREATE TABLE kept (a Int64) ENGINE = MergeTree ORDER BY a")
    own_face.post("1\n", query="INSERT INTO kept FORMAT TSV")
    answers: list[int] = []
    endless = threading.Thread(target=lambda: _ignore_transport_errors(own_face))
    endless.start()
    give_up = time.monotonic() + 240
    while running(own_face) < 1:
        assert time.monotonic() < give_up
    short = _seen_running(own_face, answers, give_up)
    assert own_face.stop() == 0  # the endless one would not end by itself
    for thread in (short, endless):
        thread.join()
    assert answers == [200]
    own_face.start()
    assert own_face.ask("SELECT count() FROM kept") == "1"


def _seen_running(face: Face, answers: list[int], give_up: float) -> threading.Thread:
    """A short query that runs beside another one, and notes the status of its answer; those that ended too soon to be seen are
    forgotten."""
    while True:
        answers.clear()
        short = threading.Thread(target=lambda: answers.append(face.post("SELECT sleep(2.5)").status_code))
        short.start()
        while short.is_alive():
            if running(face) == 2:
                return short
        assert time.monotonic() < give_up, "no short query was seen while it ran"


def _ignore_transport_errors(face: Face) -> None:
    try:
        face.post(ENDLESS)
    except httpx.TransportError:
        return


def test_a_second_process_is_refused_in_one_line(face: Face) -> None:
    second = subprocess.run(face.command(), capture_output=True, text=True, timeout=240)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert f"process {face.pid} has this data folder open" in second.stderr


def test_unusable_arguments_are_refused_in_one_line(tmp_path: Path, face: Face) -> None:
    password = face.folder / "password"
    for arguments in (
        ["--host", "0.0.0.0", "--port", "0", "--password-file", str(password)],
        ["--port", str(face.port), "--password-file", str(password)],
        ["--port", "0", "--password-file", str(tmp_path / "absent")],
    ):
        command = [*face.command()[:3], "--path", str(tmp_path / "store"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert done.stderr.startswith("error: --")


def test_an_insert_that_fails_after_its_data_was_parsed_is_not_acknowledged(face: Face) -> None:
    face.ask("CREATE TABLE guarded (n Int64, CONSTRAINT small CHECK n < 100) ENGINE = MergeTree ORDER BY n")
    face.ask("CREATE TABLE derived (a String, n Int64 MATERIALIZED toInt64(a)) ENGINE = MergeTree ORDER BY a")
    violated = face.post("1\n200\n", query="INSERT INTO guarded FORMAT TSV")
    thrown = face.post("z\n", query="INSERT INTO derived FORMAT TSV")
    assert violated.headers["X-ClickHouse-Exception-Code"] == "469"
    assert thrown.headers["X-ClickHouse-Exception-Code"] == "6"
    assert face.ask("SELECT count() FROM guarded") == "0"
    assert face.ask("SELECT count() FROM derived") == "0"


def test_settings_inside_an_insert_are_kept(face: Face) -> None:
    face.ask("CREATE TABLE dated (at DateTime) ENGINE = MergeTree ORDER BY at")
    sql = "INSERT INTO dated (at) SETTINGS date_time_input_format = 'best_effort' FORMAT TSV"
    assert face.post("2026-11-22T10:00:00Z\n", query=sql).status_code == 200
    assert face.ask("SELECT at FROM dated") == "2026-11-22 10:00:00"

"""The HTTP interface itself: where SQL and data may stand, logins, statuses, headers, sessions, limits."""

from __future__ import annotations

import gzip
import json
import time

import httpx
import psutil
import pytest
from tests.integration.embedded.conftest import PASSWORD, USER, Face


def test_ping_needs_no_login(face: Face) -> None:
    assert httpx.get(face.url + "ping", timeout=240).text == "Ok.\n"
    assert httpx.get(face.url + "replicas_status", timeout=240).text == "Ok.\n"
    assert httpx.get(face.url + "elsewhere", timeout=240).status_code == 404


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({}, 401),
        ({"auth": (USER, "wrong")}, 403),
        ({"auth": ("root", PASSWORD)}, 403),
        ({"auth": (USER, "")}, 403),
        ({"headers": {"X-ClickHouse-User": USER, "X-ClickHouse-Key": "wrong"}}, 403),
        ({"params": {"user": USER, "password": "wrong"}}, 403),
        ({"auth": (USER, PASSWORD), "params": {"user": USER, "password": PASSWORD}}, 403),
    ],
)
def test_a_wrong_login_is_refused(face: Face, how: dict[str, object], status: int) -> None:
    answer = httpx.post(face.url, content="SELECT 1", timeout=240, **how)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, "516")
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "how",
    [
        {"auth": (USER, PASSWORD)},
        {"headers": {"X-ClickHouse-User": USER, "X-ClickHouse-Key": PASSWORD}},
        {"params": {"user": USER, "password": PASSWORD}},
    ],
)
def test_three_ways_of_login_work(face: Face, how: dict[str, object]) -> None:
    answer = httpx.post(face.url, content="SELECT 1", timeout=240, **how)  # type: ignore[arg-type]
    assert answer.text == "1\n"


def test_it_listens_on_loopback_only(face: Face) -> None:
    listening = [
        c for c in psutil.Process(face.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN
    ]
    assert [connection.laddr.ip for connection in listening] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("SELECT 1", "", "1\n"),
        ("", "SELECT 1;\n-- the end", "1\n"),
        ("SELECT 1", "FORMAT JSONCompactEachRow", "[1]\n"),
        ("SELECT 1 AS format", "", "1\n"),
        ("SELECT 1 UNION ALL SELECT 1 SETTINGS max_threads = 1", "", "1\n1\n"),
        ("WITH 2 AS x SELECT x FORMAT CSV SETTINGS max_threads = 1", "", "2\n"),
        ("(SELECT 3)", "", "3\n"),
        ("SHOW DATABASES LIKE 'system'", "", "system\n"),
        ("SELECT 1 WHERE 0", "FORMAT CSVWithNames", '"1"\n'),
    ],
)
def test_sql_stands_in_the_address_or_the_body(face: Face, query: str, body: str, expected: str) -> None:
    assert face.post(body, query=query).text == expected


def test_data_follows_the_sql_wherever_it_stands(face: Face) -> None:
    face.ask("CREATE TABLE place (a Int64, b String) ENGINE = MergeTree ORDER BY a")
    native = face.post("SELECT toInt64(7) AS a, 'seven;\n\n' AS b FORMAT Native").content
    for query, body in [
        ("INSERT INTO place FORMAT CSV", '1,"a;\n\nb"\n'),
        ("INSERT INTO place VALUES", "(2,'v')"),
        ("", "INSERT INTO place (a, b) VALUES (3, 'a;b'), ({four:Int64}, lower('C'));"),
        ("", "INSERT INTO place SELECT 5, 'five'"),
        ("INSERT INTO place SELECT a + 100, b FROM input('a Int64, b String') FORMAT CSV", '6,"six\n\n;"\n'),
        ("INSERT INTO place FORMAT Native", native),
        ("", b"INSERT INTO place (a, b) FORMAT Native\n" + native),
    ]:
        answer = face.post(body, query=query, param_four="4")
        assert answer.status_code == 200, answer.text
    got = [
        json.loads(line)
        for line in face.ask("SELECT * FROM place ORDER BY a FORMAT JSONCompactEachRow").splitlines()
    ]
    assert got == [
        [1, "a;\n\nb"], [2, "v"], [3, "a;b"], [4, "c"], [5, "five"], [7, "seven;\n\n"], [7, "seven;\n\n"],
        [106, "six\n\n;"],
    ]  # fmt: skip


def test_headers_tell_format_time_zone_and_rows(face: Face) -> None:
    answer = face.post("SELECT number FROM numbers(3)", default_format="JSONEachRow", query_id="my-query")
    assert answer.headers["X-ClickHouse-Query-Id"] == "my-query"
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["result_rows"] == "3"
    assert "X-ClickHouse-Format" not in face.post("CREATE DATABASE IF NOT EXISTS headers").headers


@pytest.mark.parametrize(
    ("sql", "parameters", "status", "code"),
    [
        ("SELECT nope", {}, 404, "47"),
        ("SELECT 1", {"database": "nope"}, 404, "81"),
        ("SELECT 1", {"nope": "1"}, 404, "115"),
        ("SELECT 1", {"max_threads": "many"}, 400, "27"),
        ("SELECT 1; SELECT 2", {}, 400, "62"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", {}, 400, "62"),
        ("", {}, 400, "62"),
        (";", {}, 400, "62"),
        ("SELECT 1 FORMAT Nope", {}, 404, "73"),
        ("SELECT throwIf(1)", {}, 500, "395"),
        ("SELECT 1", {"compress": "1"}, 501, "48"),
        ("SELECT 1", {"session_id": "unknown", "session_check": "1"}, 500, "372"),
        ("SELECT * FROM numbers(100000000) ORDER BY rand()", {"max_memory_usage": "10000000"}, 500, "241"),
    ],
)
def test_errors_have_their_status_and_code(
    face: Face, sql: str, parameters: dict[str, str], status: int, code: str
) -> None:
    answer = face.post(sql, **parameters)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code), answer.text
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert answer.text.count("Code: ") == 1


def test_get_and_head_may_not_write(face: Face) -> None:
    face.ask("CREATE TABLE unwritten (a Int64) ENGINE = Memory")
    face.ask("SET max_threads = 1", session_id="reader")
    ways: list[dict[str, str]] = [{}, {"readonly": "0"}, {"session_id": "reader"}]
    for method in ("GET", "HEAD"):
        for sql in (
            "CREATE DATABASE no",
            "INSERT INTO unwritten VALUES (1)",
            "WITH 1 AS a INSERT INTO unwritten SELECT a",
            "SELECT 1 SETTINGS readonly = 0",
        ):
            for way in ways[: 1 if "SETTINGS" in sql else 3]:
                answer = httpx.request(
                    method, face.url, params={"query": sql, **way}, auth=(USER, PASSWORD), timeout=240
                )
                assert answer.headers["X-ClickHouse-Exception-Code"] == "164", (method, sql, way)
    assert face.ask("SELECT count() FROM unwritten") == "0"
    face.ask("WITH 1 AS a INSERT INTO unwritten SELECT a")
    assert face.ask("SELECT count() FROM unwritten") == "1"


@pytest.mark.parametrize(
    "insert",
    [
        "INSERT INTO first SELECT 1",
        "INSERT INTO first (SELECT 1)",
        "INSERT INTO first VALUES (1)",
        "INSERT INTO first FORMAT Values (1)",
    ],
)
def test_a_second_statement_is_refused_and_neither_is_run(face: Face, insert: str) -> None:
    for table in ("first", "second"):
        face.ask(f"CREATE TABLE IF NOT EXISTS {table} (a Int64) ENGINE = Memory")
    answer = face.post(f"{insert}; DROP TABLE second")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "62")
    assert face.ask("SELECT count() FROM first") == "0"
    assert face.ask("EXISTS second") == "1"


def test_semicolons_and_comments_may_end_an_insert_and_stand_in_its_texts(face: Face) -> None:
    face.ask("CREATE TABLE semicolons (a Int64, b String) ENGINE = Memory")
    for sql in (
        "INSERT INTO semicolons VALUES (1, 'a;b'), (2, 'it''s; \\';');",
        "INSERT INTO semicolons VALUES (3, 'c'); -- the end; really",
        "INSERT INTO semicolons SELECT 4, 'd';; -- the end",
    ):
        answer = face.post(sql)
        assert answer.status_code == 200, answer.text
    assert face.ask("SELECT groupArray(b) FROM (SELECT b FROM semicolons ORDER BY a)") == (
        r"['a;b','it\'s; \';','c','d']"
    )


def test_bodies_are_decoded_and_broken_ones_refused(face: Face) -> None:
    coded = {"headers": {"Content-Encoding": "gzip"}}
    body = gzip.compress(b"SELECT 5")
    assert face.post(body, **coded).text == "5\n"
    for broken in (b"SELECT 5", body[:-9]):
        answer = face.post(broken, **coded)
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "271")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_answers_are_compressed_on_request(face: Face, coding: str) -> None:
    answer = face.post(
        "SELECT * FROM numbers(300000)", enable_http_compression="1", headers={"Accept-Encoding": coding}
    )
    assert answer.headers["Content-Encoding"] == coding
    assert answer.text.endswith("299999\n")


def test_a_session_in_use_is_locked(face: Face) -> None:
    # What has begun to answer has the session, until its client leaves.
    with httpx.stream(
        "POST",
        face.url,
        params={"session_id": "one"},
        content="SELECT number FROM numbers(1000000000000)",
        auth=(USER, PASSWORD),
        timeout=240,
    ) as held:
        pieces = held.iter_raw()  # has a name, for its end would be that of the connection
        assert next(pieces).startswith(b"0\n1\n")
        assert face.post("SELECT 1", session_id="one").headers["X-ClickHouse-Exception-Code"] == "373"
    give_up = time.monotonic() + 240
    while (answer := face.post("SELECT 1", session_id="one")).status_code != 200:
        assert time.monotonic() < give_up, answer.text
        time.sleep(0.05)
    assert answer.text == "1\n"


def test_use_holds_within_a_session_and_database_for_one_request(face: Face) -> None:
    face.ask("USE system", session_id="use")
    sql = "SELECT currentDatabase()"
    assert face.ask(sql, session_id="use") == "system"
    assert face.ask(sql, session_id="use", database="default") == "default"
    assert face.ask(sql, session_id="use") == "system"
    assert face.ask(sql) == "default"
    face.ask(sql, session_id="use", close_session="1")
    assert face.ask(sql, session_id="use") == "default"


def test_a_late_error_is_clean_when_the_whole_answer_was_awaited(face: Face) -> None:
    sql = "SELECT number, throwIf(number = 3000000, 'boom') FROM numbers(4000000)"
    answer = face.post(sql, wait_end_of_query="1")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "395")
    with pytest.raises(httpx.RemoteProtocolError):
        face.post(sql)

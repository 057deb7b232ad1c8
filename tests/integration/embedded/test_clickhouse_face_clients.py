"""clickhouse-connect, dbt-clickhouse and curl work against the face as against a server."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from tests.integration.embedded.conftest import PASSWORD, USER, Face

AT = dt.datetime(2026, 1, 1)  # the client gives UTC without a zone


@pytest.fixture
def client(face: Face, clickhouse_login: dict[str, Any]) -> Iterator[Client]:
    with clickhouse_connect.get_client(port=face.port, **clickhouse_login) as connected:
        yield connected


@pytest.fixture
def table(client: Client) -> Iterator[str]:
    client.command("CREATE DATABASE IF NOT EXISTS raw")
    client.command(
        "CREATE TABLE raw.creator (id Int64, handle String, at DateTime64(6, 'UTC'), rate Nullable(Float64))"
        " ENGINE = MergeTree ORDER BY id"
    )
    yield "raw.creator"
    client.command("DROP TABLE raw.creator SYNC")


def test_rows_come_back_as_they_were_inserted(client: Client, table: str) -> None:
    rows = [[1, "tab\t'quote'\\", AT, None], [2, "ନାମ 🙂", AT, 1.5]]
    summary = client.insert(table, rows, column_names=["id", "handle", "at", "rate"])
    assert summary.written_rows == 2
    result = client.query(f"SELECT id, handle, at, rate FROM {table} ORDER BY id").result_rows
    assert [list(row) for row in result] == [[1, rows[0][1], AT, None], [2, rows[1][1], AT, 1.5]]


def test_a_data_frame_and_an_arrow_table_are_inserted_and_read(client: Client, table: str) -> None:
    import pandas as pd

    frame = pd.DataFrame({"id": range(50_000), "handle": "x", "at": pd.Timestamp("2026-01-01"), "rate": 0.5})
    client.insert_df(table, frame)
    times = pa.array([AT], pa.timestamp("us"))
    client.insert_arrow(table, pa.table({"id": [-1], "handle": ["arrow"], "at": times, "rate": [1.0]}))
    assert len(client.query_df(f"SELECT * FROM {table}")) == 50_001
    arrow = client.query_arrow(f"SELECT id, handle FROM {table} ORDER BY id LIMIT 1")
    assert arrow.to_pylist() == [{"id": -1, "handle": "arrow"}]


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", False])
def test_bodies_are_compressed_both_ways(
    face: Face, clickhouse_login: dict[str, Any], table: str, compression: str | bool
) -> None:
    with clickhouse_connect.get_client(port=face.port, compress=compression, **clickhouse_login) as other:
        other.insert(table, [[i, "n" * 50, AT, 1.0] for i in range(30_000)])
        result = other.query(f"SELECT id, handle FROM {table} ORDER BY id")
        assert result.row_count == 30_000
        assert result.result_rows[-1] == (29_999, "n" * 50)


def test_parameters_are_bound_by_the_engine(client: Client) -> None:
    text = "it's; \\ a\ttab\nline"
    rows = client.query(
        "SELECT {text:String}, {ids:Array(Int64)}", parameters={"text": text, "ids": [1, 2]}
    ).result_rows
    assert rows == [(text, [1, 2])]


def test_parameters_of_any_length_are_bound(client: Client) -> None:
    """The client sends a form instead of an address when they are long."""
    ids, text = list(range(50_000)), "it's; \\ a\ttab\r\nline" * 10_000
    sql = "SELECT length({ids:Array(Int64)}), arraySum({ids:Array(Int64)}), {text:String} = %s"
    rows = client.query(
        sql % "{again:String}", parameters={"ids": ids, "text": text, "again": text}
    ).result_rows
    assert rows == [(50_000, sum(ids), 1)]


def test_settings_hold_for_their_query_only(client: Client) -> None:
    sql = "SELECT getSetting('log_comment'), getSetting('max_block_size')"
    before = client.query(sql).result_rows
    comment = """{"dag": "it's", "task": "\\\\"}"""
    with_settings = client.query(sql, settings={"log_comment": comment, "max_block_size": 77})
    assert with_settings.result_rows == [(comment, 77)]
    assert client.query(sql).result_rows == before


def test_blocks_and_raw_bytes_stream(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(500000)") as stream:
        assert sum(len(block) for block in stream) == 500_000
    raw = client.raw_stream("SELECT number FROM numbers(500000)", fmt="RowBinary")
    assert sum(len(piece) for piece in iter(lambda: raw.read(1 << 20), b"")) == 4_000_000


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT nope", 47),
        ("SELECT * FROM no_such_table", 60),
        ("SELECT 1 FROM no_such_database.x", 81),
        ("SELEC 1", 62),
        ("SELECT throwIf(number = 9) FROM numbers(10)", 395),
        ("CREATE TABLE raw.x (a Nope) ENGINE = Memory", 50),
    ],
)
def test_errors_carry_their_code(client: Client, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query(sql) if sql.startswith("SELE") else client.command(sql)
    assert caught.value.code == code


def test_an_error_in_the_middle_of_a_stream_reaches_the_client(client: Client) -> None:
    sql = "SELECT number, throwIf(number = 3000000, 'boom') FROM numbers(4000000)"
    with pytest.raises(StreamFailureError, match="boom"), client.query_row_block_stream(sql) as stream:
        for _ in stream:
            pass


def test_a_session_keeps_temporary_tables_and_set_to_itself(
    face: Face, client: Client, clickhouse_login: dict[str, Any]
) -> None:
    client.command("CREATE TEMPORARY TABLE mine (a Int8)")
    client.command("INSERT INTO mine VALUES (7)")
    client.command("SET max_block_size = 55")
    sql = "SELECT a, getSetting('max_block_size') FROM mine"
    assert client.query(sql).result_rows == [(7, 55)]
    assert client.query(sql, settings={"max_block_size": 66}).result_rows == [(7, 66)]
    assert client.query(sql).result_rows == [(7, 55)]
    with (
        clickhouse_connect.get_client(port=face.port, **clickhouse_login) as other,
        pytest.raises(DatabaseError),
    ):
        other.query(sql)


def test_many_clients_work_at_once(face: Face, clickhouse_login: dict[str, Any], table: str) -> None:
    def work(number: int) -> int:
        with clickhouse_connect.get_client(port=face.port, **clickhouse_login) as own:
            for step in range(5):
                own.insert(table, [[number * 100 + step, str(number), AT, None]])
            return int(own.query(f"SELECT count() FROM {table} WHERE handle = '{number}'").result_rows[0][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == [5] * 16
    assert face.ask(f"SELECT count(), uniqExact(id) FROM {table}") == "80\t80"


def test_curl_sends_a_file_and_reads_json(face: Face, tmp_path: Path) -> None:
    face.ask("CREATE TABLE curl (a Int64, b String) ENGINE = MergeTree ORDER BY a")
    data = tmp_path / "rows.csv"
    data.write_text('1,"a;b\n\nc"\n2,d\n')
    login = ["-sS", "--fail-with-body", "-u", f"{USER}:{PASSWORD}"]
    insert = f"{face.url}?query=INSERT+INTO+curl+FORMAT+CSV"
    subprocess.run(["curl", *login, insert, "--data-binary", f"@{data}"], check=True)
    select = ["curl", *login, face.url, "-d", "SELECT b FROM curl ORDER BY a FORMAT JSONCompactEachRow"]
    assert (
        subprocess.run(select, check=True, capture_output=True, text=True).stdout == '["a;b\\n\\nc"]\n["d"]\n'
    )


PROJECT = {
    "dbt_project.yml": "name: tiny\nversion: '1.0'\nprofile: tiny\n",
    "profiles.yml": """\
        tiny:
          target: local
          outputs:
            local:
              {type: clickhouse, schema: tiny, host: 127.0.0.1, port: "{{ env_var('FACE_PORT') | int }}",
               user: upbeat, password: "{{ env_var('FACE_PASSWORD') }}", custom_settings: {log_comment: "run's"}}
        """,
    "models/base.sql": """\
        {{ config(materialized='table', engine='MergeTree()', order_by='id') }}
        select number as id, concat('h', toString(number)) as handle from numbers(1000)
        """,
    "models/grown.sql": """\
        {{ config(materialized='incremental', engine='MergeTree()', order_by='id', unique_key='id',
                  incremental_strategy='delete+insert') }}
        select id, handle, now64(6) as seen_at from {{ ref('base') }}
        {% if is_incremental() %} where id < 10 {% endif %}
        """,
    "models/total.sql": "{{ config(materialized='view') }} select count() as n from {{ ref('grown') }}",
    "models/schema.yml": """\
        models:
          - name: grown
            columns: [{name: id, data_tests: [unique, not_null]}]
        """,
}

# One process for both: starting dbt takes longer than all it does here.
BUILD_TWICE = """
from dbt.cli.main import dbtRunner
for _ in range(2):
    if not dbtRunner().invoke(["build", "--profiles-dir", "."]).success:
        raise SystemExit(1)
"""


def test_dbt_builds_tables_views_and_increments(face: Face, tmp_path: Path) -> None:
    for name, text in PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(text))
    environment = {
        **os.environ,
        "FACE_PORT": str(face.port),
        "FACE_PASSWORD": PASSWORD,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", BUILD_TWICE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASS=5 WARN=0 ERROR=0") == 2
    assert face.ask("SELECT n FROM tiny.total") == "1000"
    assert face.ask("SELECT uniqExact(seen_at), countIf(id < 10) FROM tiny.grown") == "2\t10"

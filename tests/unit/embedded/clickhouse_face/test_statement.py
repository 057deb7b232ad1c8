"""Cutting SQL text: the kind of a statement, its format, the first byte of its data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.embedded.clickhouse_face.statement import Kind, analyse, another_follows


@pytest.mark.parametrize(
    ("sql", "kind", "output_format"),
    [
        ("SELECT 1", Kind.STREAM, None),
        ("select 1 format JSON", Kind.STREAM, "JSON"),
        ("SELECT 1 FORMAT CSV SETTINGS max_threads = 1;", Kind.STREAM, "CSV"),
        ("SELECT format FROM t", Kind.STREAM, None),
        ("SELECT 1 AS format", Kind.STREAM, None),
        ("SELECT (SELECT 1 FORMAT TSV)", Kind.STREAM, None),
        ("SELECT 'x FORMAT CSV'", Kind.STREAM, None),
        ("SELECT 1 -- FORMAT CSV", Kind.STREAM, None),
        ("/* a */ WITH 1 AS x SELECT x", Kind.STREAM, None),
        ("(SELECT 1) UNION ALL (SELECT 2) FORMAT TSV", Kind.STREAM, "TSV"),
        ("SHOW TABLES FORMAT JSON", Kind.DIRECT, "JSON"),
        ("CREATE TABLE t AS SELECT 1", Kind.DIRECT, None),
        ("INSERT INTO t SELECT 1", Kind.DIRECT, None),
        ("INSERT INTO t (a) WITH 1 AS x SELECT x", Kind.DIRECT, None),
        ("INSERT INTO t (SELECT 1)", Kind.DIRECT, None),
        ("INSERT INTO FUNCTION s3('http://h/k', 'TSV') SELECT 1 SETTINGS a = 1", Kind.DIRECT, None),
        ("WITH 1 AS x INSERT INTO t SELECT x", Kind.DIRECT, None),
        ("WITH 1 AS insert SELECT insert", Kind.STREAM, None),
        ("INSERT INTO t SELECT ';';; -- ;", Kind.DIRECT, None),
    ],
)
def test_statements_without_data_are_routed(sql: str, kind: Kind, output_format: str | None) -> None:
    found = analyse(sql)
    assert (found.kind, found.format, found.data_start, found.problem) == (kind, output_format, None, None)


@pytest.mark.parametrize(
    ("head", "gap", "kind"),
    [
        ("INSERT INTO t FORMAT CSV", "\n", Kind.INSERT_DATA),
        ("insert into db.t (a, `b c`) format Native", " \r\n", Kind.INSERT_DATA),
        (
            "INSERT INTO TABLE FUNCTION file('x', 'TSV') SETTINGS a = 'FORMAT X' FORMAT TSV",
            "\n",
            Kind.INSERT_DATA,
        ),
        ("INSERT INTO format FORMAT CSV", "\n", Kind.INSERT_DATA),
        ("INSERT INTO db.values (format) FORMAT CSV", "\n", Kind.INSERT_DATA),
        ("INSERT INTO t (a) VALUES", " ", Kind.INSERT_VALUES),
        ("INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV", "\n", Kind.INSERT_INPUT),
    ],
)
@given(
    data=st.text(st.characters(codec="latin-1"), max_size=40).filter(
        lambda text: text[:1] not in tuple(" \t\f\r\n;")
    )
)
def test_data_of_an_insert_begins_behind_its_format(head: str, gap: str, kind: Kind, data: str) -> None:
    found = analyse(head + gap + data)
    assert found.kind is kind
    assert found.data_start is not None
    if kind is not Kind.INSERT_VALUES:
        assert (head + gap + data)[found.data_start :] == data
        assert head[found.head_end :].upper().startswith("FORMAT")


def test_the_data_keeps_its_own_line_breaks() -> None:
    text = "INSERT INTO t FORMAT TSV\n\n\nx"
    start = analyse(text).data_start
    assert text[start:] == "\n\nx"


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("SELECT 1; DROP TABLE t", "Multi-statements"),
        ("INSERT INTO t SELECT 1; DROP TABLE t", "Multi-statements"),
        ("INSERT INTO t (SELECT 1); DROP TABLE t", "Multi-statements"),
        ("INSERT INTO t; DROP TABLE t", "Multi-statements"),
        ("INSERT INTO t SELECT a FROM input('a Int8'); DROP TABLE t FORMAT CSV", "Multi-statements"),
        (";", "Empty query"),
        ("SELECT 1 INTO OUTFILE '/etc/x'", "INTO OUTFILE"),
        ("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV", "INFILE"),
        ("  -- nothing", "Empty query"),
        ("", "Empty query"),
    ],
)
def test_what_http_does_not_allow_is_named(sql: str, problem: str) -> None:
    assert problem in (analyse(sql).problem or "")


@pytest.mark.parametrize(
    "sql", ["SELECT ';'", "SELECT `;`", 'SELECT ";"', "SELECT $$;$$", "SELECT 1 /*;*/;", "SELECT 1;;"]
)
def test_semicolons_inside_literals_end_nothing(sql: str) -> None:
    assert analyse(sql).problem is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (" (1, 'a;b');; -- ; end", False),
        (r" ('it''s; \';')", False),
        (" (1); SELECT 2", True),
        (" (1, ';'); /* ; */ DROP TABLE t", True),
    ],
)
def test_a_statement_behind_values_is_seen(values: str, expected: bool) -> None:
    assert another_follows(values) is expected


@pytest.mark.parametrize("sql", ["SET a = 1", "USE db", "CREATE TEMPORARY TABLE t (a Int8)"])
def test_statements_that_leave_state_are_known(sql: str) -> None:
    assert analyse(sql).changes_session
    assert not analyse("CREATE TABLE t (temporary Int8) ENGINE = Memory").changes_session


@given(st.text(st.characters(codec="latin-1"), max_size=200))
def test_any_text_is_routed_without_an_error(text: str) -> None:
    found = analyse(text)
    assert 0 <= found.head_end <= len(text)
    assert found.data_start is None or 0 <= found.data_start <= len(text)

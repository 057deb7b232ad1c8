"""Reading requests: parameters, settings, logins, codings."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.embedded.clickhouse_face.errors import ClickHouseError
from upbeat.embedded.clickhouse_face.request import Login, parse_login, parse_request


def test_parameters_are_sorted_into_interface_settings_and_query_parameters() -> None:
    address = urlencode(
        {
            "query": "SELECT 1",
            "database": "d",
            "param_x": "a\\tb",
            "max_threads": "2",
            "log_comment": "it's",
            "session_id": "s",
        }
    )
    request = parse_request("POST", address.encode(), {})
    assert (request.query, request.database, request.session_id) == ("SELECT 1", "d", "s")
    assert request.parameters == {"x": "a\\tb"}
    assert request.settings == {"max_threads": "2", "log_comment": "it's"}


def test_headers_stand_in_for_parameters_and_parameters_win() -> None:
    headers = {"x-clickhouse-database": "h", "x-clickhouse-format": "JSON"}
    assert parse_request("POST", b"", headers).database == "h"
    request = parse_request("POST", b"database=p", headers)
    assert (request.database, request.default_format) == ("p", "JSON")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (b"session_timeout=x", 36),
        (b"session_timeout=99999", 36),
        (b"decompress=1", 48),
        (b"a%20b=1", 115),
        (b"a%3Db%3B=1", 115),
    ],
)
def test_unusable_parameters_are_refused(address: bytes, code: int) -> None:
    with pytest.raises(ClickHouseError) as caught:
        parse_request("POST", address, {})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("gzip, lz4", "lz4"),
        ("gzip;q=0.5, deflate", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("identity", ""),
        ("", ""),
    ],
)
def test_the_best_offered_coding_is_chosen_when_asked_for(offered: str, chosen: str) -> None:
    headers = {"accept-encoding": offered}
    assert parse_request("POST", b"enable_http_compression=1", headers).answer_coding == chosen
    assert parse_request("POST", b"", headers).answer_coding == ""


@given(user=st.text(min_size=1).filter(lambda text: ":" not in text), password=st.text())
def test_basic_logins_round_trip(user: str, password: str) -> None:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    assert parse_login(b"", {"authorization": f"Basic {encoded}"}) == Login(user, password)


@pytest.mark.parametrize("header", ["Bearer abc", "Basic !!!"])
def test_other_logins_are_refused(header: str) -> None:
    with pytest.raises(ClickHouseError) as caught:
        parse_login(b"", {"authorization": header})
    assert caught.value.code == 516

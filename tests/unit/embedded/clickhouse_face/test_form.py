"""Forms: query and parameters come out as they went in; files and broken forms are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.filepost import encode_multipart_formdata

from upbeat.embedded.clickhouse_face.errors import ClickHouseError
from upbeat.embedded.clickhouse_face.form import with_form
from upbeat.embedded.clickhouse_face.request import FaceRequest, parse_request


def _request(content_type: str) -> FaceRequest:
    return parse_request("POST", b"param_a=1&max_threads=2", {"content-type": content_type})


@given(query=st.text(), value=st.text())
def test_query_and_parameters_are_read_from_a_form(query: str, value: str) -> None:
    body, content_type = encode_multipart_formdata({"query": query, "param_b": value})
    request = with_form(_request(content_type), body)
    assert (request.query, request.parameters) == (query, {"a": "1", "b": value})
    assert request.settings == {"max_threads": "2"}


@pytest.mark.parametrize(
    ("fields", "cut", "code"),
    [
        ({"query": "SELECT 1", "t": ("t.tsv", "1")}, 0, 48),
        ({"query": "SELECT 1", "t_structure": "a Int8"}, 0, 48),
        ({"query": "SELECT 1"}, 6, 36),
    ],
)
def test_files_other_fields_and_half_a_form_are_refused(fields: dict[str, str], cut: int, code: int) -> None:
    body, content_type = encode_multipart_formdata(fields)
    with pytest.raises(ClickHouseError) as caught:
        with_form(_request(content_type), body[: len(body) - cut])
    assert caught.value.code == code

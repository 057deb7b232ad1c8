"""Cursors of pages."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.api.pages import decode_cursor, encode_cursor
from upbeat.api.problems import ProblemError

REQUEST = {"resource": "leaderboard", "sort": "followers_rank", "category": None}


@given(st.lists(st.one_of(st.text(max_size=40), st.integers(-(2**53), 2**53), st.none()), max_size=4))
def test_a_cursor_gives_back_where_the_page_ended(last: list[object]) -> None:
    assert decode_cursor("secret", REQUEST, encode_cursor("secret", REQUEST, last)) == last


@pytest.mark.parametrize(
    ("secret", "request_of"),
    [("another", REQUEST), ("secret", REQUEST | {"category": "Food"})],
    ids=["another secret", "another request"],
)
def test_a_cursor_is_bound_to_its_request_and_to_us(secret: str, request_of: dict[str, object]) -> None:
    cursor = encode_cursor("secret", REQUEST, [7, "17"])

    with pytest.raises(ProblemError, match="cursor"):
        decode_cursor(secret, request_of, cursor)


@given(st.text(max_size=60))
def test_whatever_is_sent_as_a_cursor_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ProblemError, match="cursor"):
        decode_cursor("secret", REQUEST, text)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_cursor_of_which_one_byte_is_another_is_refused(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(encode_cursor("secret", REQUEST, [7, "17"]) + "=="))
    raw[place % len(raw)] ^= change

    with pytest.raises(ProblemError, match="cursor"):
        decode_cursor("secret", REQUEST, base64.urlsafe_b64encode(raw).decode().rstrip("="))


def test_a_cursor_of_which_only_the_last_letter_is_another_is_refused() -> None:
    cursor = encode_cursor("secret", REQUEST, [7, "17"])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="

    for letter in set(letters) - {cursor[-1]}:
        with pytest.raises(ProblemError, match="cursor"):
            decode_cursor("secret", REQUEST, cursor[:-1] + letter)

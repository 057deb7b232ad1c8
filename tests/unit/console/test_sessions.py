"""Logins of the console."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.api.pages import encode_cursor
from upbeat.console.sessions import key_of_session, make_session

SECRET = "a long random text"
NOW = 1_790_000_000


def test_a_session_names_its_key_until_it_is_over() -> None:
    session = make_session(SECRET, "q1w2e3r4t5y6", NOW + 60)

    assert key_of_session(SECRET, session, NOW) == "q1w2e3r4t5y6"
    assert key_of_session(SECRET, session, NOW + 60) is None


@given(st.data())
def test_a_session_that_was_changed_anywhere_counts_for_nothing(data: st.DataObject) -> None:
    session = make_session(SECRET, "q1w2e3r4t5y6", NOW + 60)
    place = data.draw(st.integers(0, len(session) - 1))
    letter = data.draw(st.characters().filter(lambda found: found != session[place]))

    assert key_of_session(SECRET, session[:place] + letter + session[place + 1 :], NOW) is None


@given(st.text())
def test_any_other_text_counts_for_nothing(text: str) -> None:
    assert key_of_session(SECRET, text, NOW) is None


def test_neither_another_secret_nor_none_signs_a_session() -> None:
    session = make_session(SECRET, "q1w2", NOW + 60)

    assert key_of_session("another", session, NOW) is None
    assert key_of_session("", session, NOW) is None
    with pytest.raises(ValueError, match="UPBEAT_API_SECRET"):
        make_session("", "q1w2", NOW + 60)
    assert key_of_session(SECRET, encode_cursor(SECRET, {"console": "session"}, ["q1w2"]), NOW) is None

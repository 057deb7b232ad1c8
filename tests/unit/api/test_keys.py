"""What an API key looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.api import keys
from upbeat.api.keys import hash_secret, make_key, split_key
from upbeat.errors import InputError
from upbeat.settings import Settings


def test_a_key_splits_into_what_may_be_shown_and_what_is_hashed() -> None:
    key = make_key()
    parts = split_key(f" {key.text} ")

    assert parts is not None
    assert (parts[0], hash_secret(parts[1])) == (key.key_id, key.secret_hash)
    assert make_key().text != key.text


@given(st.text())
def test_any_other_text_is_no_key(text: str) -> None:
    assert split_key(text) is None


@pytest.mark.parametrize(
    ("name", "scopes", "rate", "line"),
    [
        (" ", ["read"], None, "name: say who uses the key"),
        ("a", ["write"], None, "scope 'write' does not exist: the scopes are read, "),
        ("a", [], None, "scope: name at least one of read, "),
        ("a", ["read"], "often", "rate 'often' is not a rate"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    name: str, scopes: list[str], rate: str | None, line: str
) -> None:
    with pytest.raises(InputError, match=line):
        keys.create(Settings(), name, scopes, rate=rate)


def test_a_key_of_a_customer_without_a_name_is_not_made() -> None:
    with pytest.raises(InputError, match="account: it is empty"):
        keys.create(Settings(), "a", ["read"], account_id=" ")

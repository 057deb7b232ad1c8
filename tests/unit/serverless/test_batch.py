"""A message says the same when it is read as when it was written, whatever stands in it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.follower import Follower
from upbeat.records import Platform
from upbeat.serverless.batch import (
    MOST_CHARACTERS_OF_A_NAME,
    Audience,
    Listed,
    UnreadableBatchError,
    decode_batch,
    encode_account,
    encode_batch,
    listed,
)

AUDIENCE = Audience(platform=Platform.INSTAGRAM, profile_id="17", at=datetime(2025, 11, 26, 8, tzinfo=UTC))
counts = st.none() | st.integers(0, 10**9)
flags = st.none() | st.booleans()
visible = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
accounts = st.builds(
    Listed,
    st.from_regex(r"\A[0-9]{1,20}\Z"),
    st.builds(
        Follower,
        handle=st.from_regex(r"\A[a-z0-9._]{1,30}\Z"),
        full_name=st.none() | visible.filter(lambda text: not text.isspace()),
        followers=counts, following=counts, posts=counts, has_picture=flags, is_private=flags,
    ),
)  # fmt: skip


def body_of(*rows: Any, **fields: Any) -> str:
    head = {"batch": "b", "platform": "INSTAGRAM", "profile_id": "17", "relation": "follower"}
    return json.dumps({**head, "at": "2025-11-26T08:00:00+00:00", "followers": list(rows), **fields})


@given(st.lists(accounts, max_size=5))
def test_what_is_written_is_read(some: list[Listed]) -> None:
    batch = decode_batch(encode_batch(AUDIENCE, [encode_account(one) for one in some]))
    assert (batch.audience, batch.accounts, batch.rejects) == (AUDIENCE, some, [])


@given(st.text(min_size=1))
def test_every_character_of_a_message_is_one_that_sqs_takes(name: str) -> None:
    row = encode_account(Listed("1", Follower(handle="a", full_name=name)))
    assert re.fullmatch(
        "[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", encode_batch(AUDIENCE, [row])
    )


def test_the_same_accounts_of_the_same_run_have_the_same_name_and_others_another() -> None:
    rows = [encode_account(Listed(str(number), Follower(handle="a"))) for number in range(3)]
    later = Audience(platform=Platform.INSTAGRAM, profile_id="17", at=datetime(2025, 11, 27, tzinfo=UTC))
    names = [
        decode_batch(encode_batch(*told)).id
        for told in ((AUDIENCE, rows), (AUDIENCE, rows), (AUDIENCE, rows[:2]), (later, rows))
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"account_id": "1"}, "handle: is empty"),
        ({"account_id": "1", "handle": "  "}, "handle: is empty"),
        ({"handle": "a"}, "account_id: is no text of 1 to 256 characters"),
        ({"account_id": "1", "handle": "a", "followers": -3}, "followers: is no number of accounts or posts"),
        (
            {"account_id": "1", "handle": "a", "is_private": "perhaps"},
            "is_private: is neither true nor false",
        ),
        (
            {"account_id": "1", "handle": "a", "full_name": "x" * (MOST_CHARACTERS_OF_A_NAME + 1)},
            "full_name: has 2,001 characters, which no platform allows",
        ),
        ("a text", "is no JSON object"),
    ],
)
def test_a_bad_account_is_rejected_with_its_reason_and_costs_the_others_nothing(
    row: Any, reason: str
) -> None:
    good = {"account_id": 5, "handle": "@good"}
    batch = decode_batch(body_of(good, row, good))
    assert [one.account_id for one in batch.accounts] == ["5", "5"]
    assert batch.accounts[0].follower == Follower(handle="good")
    assert [(one.place, one.reason, one.row) for one in batch.rejects] == [(1, reason, row)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no json", "is no JSON"),
        ("[]", "is no JSON object"),
        ("{}", "followers: is no list"),
        (body_of(followers=None), "followers: is no list"),
        (body_of(platform="MYSPACE"), "platform: is none of INSTAGRAM, YOUTUBE, SHOPIFY"),
        (body_of(relation=["follower"]), "relation: is none of follower, commenter"),
        (body_of(profile_id=""), "profile_id: is no text of 1 to 256 characters"),
        (body_of(batch=7), "batch: is no text of 1 to 256 characters"),
        (body_of(at="yesterday"), "at: is no time in ISO 8601"),
        (body_of(at="2025-11-26T08:00:00"), "at: has no offset from UTC"),
    ],
)
def test_a_message_that_is_none_says_why_without_what_stands_in_it(body: str, reason: str) -> None:
    with pytest.raises(UnreadableBatchError) as raised:
        decode_batch(body)
    assert str(raised.value) == reason


def test_an_id_that_a_message_cannot_hold_is_refused_before_it_is_sent() -> None:
    for value in ("", "  ", "x" * 257, None, True, 1.5):
        with pytest.raises(ValueError, match="account_id"):
            listed(value, Follower(handle="a"))

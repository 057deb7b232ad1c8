"""Messages hold every account once and keep to the limits of the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.follower import Follower
from upbeat.records import Platform
from upbeat.serverless.batch import MOST_CHARACTERS_OF_A_NAME, Audience, Listed, decode_batch
from upbeat.serverless.pack import MOST_OPEN_AUDIENCES, pack

AUDIENCE = Audience(platform=Platform.INSTAGRAM, profile_id="", at=datetime(2026, 11, 26, tzinfo=UTC))


def account(number: int, profile: int, name: str | None = None) -> tuple[Audience, Listed]:
    return replace(AUDIENCE, profile_id=f"p{profile}"), Listed(
        str(number), Follower(handle=f"h{number}", full_name=name)
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, "नाम", "x" * 900, "\uffff" * 600]))),
    st.integers(1, 7),
)
def test_every_account_is_in_one_message_of_its_audience_within_the_limits(
    told: list[tuple[int, str | None]], most: int
) -> None:
    given_accounts = [account(number, profile, name) for number, (profile, name) in enumerate(told)]
    messages = list(pack(given_accounts, most_accounts=most, most_bytes=8_192))
    read = [decode_batch(message.body) for message in messages]
    assert all(len(message.body.encode()) <= 8_192 for message in messages)
    assert [message.accounts for message in messages] == [len(batch.accounts) for batch in read]
    assert all(0 < len(batch.accounts) <= most for batch in read)
    got = [(batch.audience, one) for batch in read for one in batch.accounts]
    assert sorted(got, key=lambda one: int(one[1].account_id)) == given_accounts


def test_the_same_accounts_make_the_same_messages() -> None:
    some = [account(number, number % 7) for number in range(100)]
    first, second = (list(pack(some, most_accounts=10, most_bytes=10_000)) for _ in range(2))
    assert first == second


def test_many_audiences_side_by_side_are_held_in_bounds() -> None:
    seen = 0

    def endless() -> object:
        nonlocal seen
        for number in range(10 * MOST_OPEN_AUDIENCES):
            seen += 1
            yield account(number, number)

    next(pack(endless(), most_accounts=10, most_bytes=100_000))
    assert seen == MOST_OPEN_AUDIENCES + 1


def test_the_longest_account_fits_into_a_message() -> None:
    name = "\uffff" * MOST_CHARACTERS_OF_A_NAME
    (message,) = pack([account(1, 1, name)], most_accounts=1, most_bytes=256 * 1024)
    assert decode_batch(message.body).accounts[0].follower.full_name == name

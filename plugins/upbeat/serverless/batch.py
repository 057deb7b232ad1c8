"""The form of a message on the score queue: JSON, whose audience it is and the accounts in it. Pure.

```json
{"batch": "…", "platform": "INSTAGRAM", "profile_id": "17", "relation": "follower", "sample_id": null,
 "at": "2026-11-26T08:00:00+00:00",
 "followers": [{"account_id": "4", "handle": "…", "full_name": "…", "followers": 12, "following": 80, "posts": 3,
                "has_picture": true, "is_private": false}, …]}
```

`batch` names the content: the same followers of the same run have the same name. `at` is the time of the run, which becomes
`observed_at` of the scores. Of an account only `account_id` and `handle` are needed; what is not known is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import orjson

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.score_files.values import READERS
from upbeat.records.platforms import Platform
from upbeat.stores.json_text import clean_text

Relation = Literal["follower", "commenter"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
MOST_CHARACTERS_OF_AN_ID = 256
MOST_CHARACTERS_OF_A_NAME = 2_000
"""No platform allows a tenth of it; without a bound one name could fill a message."""

_NOT_IN_SQS = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})
"""Characters that JSON lets stand as they are and SQS refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whose followers or commenters are scored, in which run.

    Attributes:
        at: time of the run, with an offset.
        sample_id: the sample that the accounts were drawn in.
    """

    platform: Platform
    profile_id: str
    relation: Relation = "follower"
    sample_id: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """An account of the audience under its id."""

    account_id: str
    follower: Follower


@dataclass(frozen=True, slots=True)
class Reject:
    """An account of a message that cannot be scored: its place, counted from 0, and why, without what stands there."""

    place: int
    reason: str
    row: Any


@dataclass(frozen=True, slots=True)
class Batch:
    """A message that was read: its accounts, and what is none."""

    id: str
    audience: Audience
    accounts: list[Listed]
    rejects: list[Reject]


class UnreadableBatchError(ValueError):
    """The message as a whole is no batch. The text names the field, never what stands in it."""


def encode_account(account: Listed) -> bytes:
    """One entry of `followers`. NULs and halves of characters, which no store takes, are dropped."""
    follower = account.follower
    row: dict[str, Any] = {"account_id": account.account_id}
    row |= {name: value for name in READERS if (value := getattr(follower, name)) is not None}
    return orjson.dumps({name: clean_text(v) if isinstance(v, str) else v for name, v in row.items()})


def encode_batch(audience: Audience, accounts: Sequence[bytes]) -> str:
    """The body of a message of accounts that `encode_account` made."""
    head = orjson.dumps(
        {
            "platform": audience.platform.value,
            "profile_id": clean_text(audience.profile_id),
            "relation": audience.relation,
            "sample_id": audience.sample_id,
            "at": audience.at.isoformat(),
        }
    )
    content = b'%b,"followers":[%b]}' % (head[:-1], b",".join(accounts))
    name = hashlib.blake2b(content, digest_size=16).hexdigest().encode()
    return (b'{"batch":"%b",%b' % (name, content[1:])).decode().translate(_NOT_IN_SQS)


def decode_batch(body: str) -> Batch:
    """A message, its good accounts and its bad ones.

    Raises:
        UnreadableBatchError: it is no JSON, or does not say whose audience it is.
    """
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableBatchError("is no JSON") from None
    if not isinstance(message, dict):
        raise UnreadableBatchError("is no JSON object")
    rows = message.get("followers")
    if not isinstance(rows, list):
        raise UnreadableBatchError("followers: is no list")
    accounts: list[Listed] = []
    rejects: list[Reject] = []
    for place, row in enumerate(rows):
        try:
            accounts.append(_account(row))
        except ValueError as error:
            rejects.append(Reject(place, str(error), row))
    return Batch(_text(message, "batch"), read_audience(message), accounts, rejects)


def read_audience(message: dict[str, Any]) -> Audience:
    """The audience that a message, or a record of scores, is of. Raises `UnreadableBatchError`."""
    sample = message.get("sample_id")
    return Audience(
        platform=_choice(message, "platform", {one.value: one for one in Platform}),
        profile_id=_text(message, "profile_id"),
        relation=_choice(message, "relation", {one: one for one in RELATIONS}),
        sample_id=None if sample is None else _text(message, "sample_id"),
        at=read_time(_text(message, "at")),
    )


def read_time(text: str) -> datetime:
    """A time in ISO 8601 with its offset from UTC.

    Raises:
        UnreadableBatchError: it is none.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableBatchError("at: is no time in ISO 8601") from None
    if time.tzinfo is None:
        raise UnreadableBatchError("at: has no offset from UTC")
    return time


def _choice(message: dict[str, Any], name: str, known: dict[str, Any]) -> Any:
    value = message.get(name)
    if not isinstance(value, str) or value not in known:
        raise UnreadableBatchError(f"{name}: is none of {', '.join(known)}")
    return known[value]


def _text(message: dict[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS_OF_AN_ID:
        raise UnreadableBatchError(f"{name}: is no text of 1 to {MOST_CHARACTERS_OF_AN_ID} characters")
    return value


def _account(row: Any) -> Listed:
    if not isinstance(row, dict):
        raise ValueError("is no JSON object")
    values = {}
    for name, read in READERS.items():
        try:
            values[name] = read(row.get(name))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return listed(row.get("account_id"), Follower(**values))


def listed(account_id: Any, follower: Follower) -> Listed:
    """An account under its id, which is text or a whole number. Raises `ValueError` for what a message cannot hold."""
    name = follower.full_name
    if name is not None and len(name) > MOST_CHARACTERS_OF_A_NAME:
        raise ValueError(f"full_name: has {len(name):,} characters, which no platform allows")
    return Listed(_account_id(account_id), follower)


def _account_id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MOST_CHARACTERS_OF_AN_ID:
        raise ValueError(f"account_id: is no text of 1 to {MOST_CHARACTERS_OF_AN_ID} characters")
    return value.strip()

"""Puts many accounts into messages: as many in each as number and bytes allow, one audience to a message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from upbeat.serverless.batch import Audience, Listed, encode_account, encode_batch

MOST_OPEN_AUDIENCES = 200
"""Audiences whose messages are filled side by side: a file need not be sorted by audience."""
_HEAD_BYTES = 2_048
"""More than a message has beside its accounts."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A message and how many accounts are in it."""

    body: str
    accounts: int


@dataclass(slots=True)
class _Open:
    rows: list[bytes] = field(default_factory=list)
    size: int = _HEAD_BYTES


def pack(
    accounts: Iterable[tuple[Audience, Listed]], *, most_accounts: int, most_bytes: int
) -> Iterator[Packed]:
    """The messages of these accounts; the same accounts in the same order give the same messages.

    A single account is far smaller than a message: handles, names and ids are bounded where they are read.
    """
    filling: dict[Audience, _Open] = {}
    for audience, account in accounts:
        row = encode_account(account)
        # SQS is told two characters of three bytes as six.
        size = 2 * len(row) if b"\xef\xbf" in row else len(row)
        if audience not in filling and len(filling) == MOST_OPEN_AUDIENCES:
            yield _closed(filling, max(filling, key=lambda one: filling[one].size))
        message = filling.setdefault(audience, _Open())
        if message.size + size + 1 > most_bytes:
            yield _closed(filling, audience)
            message = filling.setdefault(audience, _Open())
        message.rows.append(row)
        message.size += size + 1
        if len(message.rows) == most_accounts:
            yield _closed(filling, audience)
    while filling:
        yield _closed(filling, next(iter(filling)))


def _closed(filling: dict[Audience, _Open], audience: Audience) -> Packed:
    rows = filling.pop(audience).rows
    return Packed(encode_batch(audience, rows), len(rows))

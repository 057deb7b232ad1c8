"""The inbox: a message's id is written in the transaction of its effect, so that a repeat of it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from upbeat.listeners.handler import Received
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
KEPT_FOR = timedelta(days=30)
"""How long a message is known. What comes again later still meets `updated_at`, or the key of its task."""
_FORGET_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Entered:
    """Which of the messages, by their place, are new, were here before, or bear the id of another message."""

    new: list[int]
    repeated: list[int]
    mistaken: list[int]


def enter(connection: psycopg.Connection[Any], listener: str, messages: Sequence[Received]) -> Entered:
    """Note messages in the caller's transaction, in which their effect follows."""
    first = {message.id: place for place, message in reversed(list(enumerate(messages)))}
    own = [messages[place] for place in first.values()]
    parameters = {
        "listener": listener,
        "ids": [message.id for message in own],
        "hashes": [message.body_hash for message in own],
        "received": [message.received_at for message in own],
    }
    new = {row["message_id"] for row in connection.execute(_SQL["enter"], parameters)}
    hashes = {message.id: message.body_hash for message in own}
    if len(new) < len(own):
        hashes |= {
            row["message_id"]: row["body_hash"] for row in connection.execute(_SQL["known"], parameters)
        }
    entered = Entered([], [], [])
    for place, message in enumerate(messages):
        if message.body_hash != hashes[message.id]:
            entered.mistaken.append(place)
        elif message.id in new and first[message.id] == place:
            entered.new.append(place)
        else:
            entered.repeated.append(place)
    return entered


def forget_old(connection: psycopg.Connection[Any]) -> int:
    """Forget some of the messages older than `KEPT_FOR`, in the caller's transaction; how many."""
    return connection.execute(_SQL["forget_old"], {"age": KEPT_FOR, "limit": _FORGET_AT_ONCE}).rowcount

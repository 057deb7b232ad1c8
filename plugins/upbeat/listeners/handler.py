"""What a handler of messages is, and what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import psycopg
from pydantic import BaseModel

from upbeat.listeners.sealing import Seal


@dataclass(frozen=True, slots=True)
class Received:
    """A message whose body fits its schema.

    Attributes:
        id: the message's own id, or a hash of its body where it has none: the same twice is one message.
        body_hash: tells whether two messages of one id are the same; signed, 64 bits.
        message: an instance of one of the handler's models.
    """

    id: str
    body_hash: int
    message: Any = field(repr=False)
    received_at: datetime


class Handler(Protocol):
    """The effect of one kind of message in Postgres. One instance per process; made from the settings."""

    @property
    def models(self) -> Mapping[int, type[BaseModel]]:
        """The schemas by version."""

    @property
    def example(self) -> Mapping[str, Any]:
        """A body of the newest version that is valid."""

    @property
    def seal(self) -> Seal | None:
        """Encrypts bodies that hold secrets, before a bad one is kept; then nothing of them is told either."""

    def plan(self, received: Received) -> Any:
        """What is to be written. Pure. Raises `InputError` when the message asks for what cannot be."""

    def apply(self, connection: psycopg.Connection[Any], plans: Sequence[Any]) -> int:
        """Write the plans, in their order where they are about one thing, in the caller's transaction.

        Returns:
            How many changed nothing because something newer is there.

        Raises:
            InputError, psycopg.DataError, psycopg.IntegrityError: one of the messages is at fault.
        """

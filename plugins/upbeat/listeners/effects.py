"""The effects of a group of messages: one transaction, in which a message at fault costs only itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.listeners import inbox
from upbeat.listeners.handler import Handler, Received
from upbeat.listeners.reading import one_line
from upbeat.settings import Settings
from upbeat.stores import postgres

# The limit is that of an index row or a JSON value: too large a text is its message's fault as well.
_AT_FAULT = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    InputError,
)


OTHER_UNDER_ITS_ID = "message_id: another message was sent under it before: give every message its own"


@dataclass(frozen=True, slots=True)
class Planned:
    """A message and what its handler makes of it."""

    received: Received
    plan: Any = field(repr=False)


@dataclass(slots=True)
class Applied:
    """What became of a group. `refused` are the places of messages that cannot be done, with the reason."""

    handled: int = 0
    repeated: int = 0
    outdated: int = 0
    refused: dict[int, str] = field(default_factory=dict)


class Effects:
    """Writes to Postgres over one connection, opened when needed and again when it was lost."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: psycopg.Connection[Any] | None = None

    def apply(self, listener: str, handler: Handler, group: Sequence[Planned]) -> Applied:
        """Do the messages of a group that have not been done, all in one transaction.

        Raises:
            StoreUnavailableError: Postgres is away, or refuses for a reason that lies in no message. Nothing was done.
        """
        with self._transaction() as connection:
            applied = apply_group(connection, listener, handler, group)
            failpoint("listen_before_commit")
        failpoint("listen_after_commit")
        return applied

    def forget_old_messages(self) -> int:
        """See `inbox.forget_old`. Raises `StoreUnavailableError`."""
        with self._transaction() as connection:
            return inbox.forget_old(connection)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = postgres.connect(
                    self._settings, autocommit=True, application="upbeat listen"
                )
            with self._connection.transaction():
                yield self._connection
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailableError(_problem(error)) from error


def apply_group(
    connection: psycopg.Connection[Any], listener: str, handler: Handler, group: Sequence[Planned]
) -> Applied:
    """The effects within the caller's transaction: all at once, or by halves when one is at fault, down to that one."""
    try:
        with connection.transaction():
            return _apply(connection, listener, handler, group)
    except _AT_FAULT as error:
        if len(group) == 1:
            return Applied(refused={0: _fault(error)})
    applied, middle = Applied(), len(group) // 2
    for start, half in ((0, group[:middle]), (middle, group[middle:])):
        found = apply_group(connection, listener, handler, half)
        applied.handled += found.handled
        applied.repeated += found.repeated
        applied.outdated += found.outdated
        applied.refused |= {start + place: reason for place, reason in found.refused.items()}
    return applied


def _apply(
    connection: psycopg.Connection[Any], listener: str, handler: Handler, group: Sequence[Planned]
) -> Applied:
    entered = inbox.enter(connection, listener, [planned.received for planned in group])
    outdated = handler.apply(connection, [group[place].plan for place in entered.new]) if entered.new else 0
    return Applied(
        handled=len(entered.new),
        repeated=len(entered.repeated),
        outdated=outdated,
        refused=dict.fromkeys(entered.mistaken, OTHER_UNDER_ITS_ID),
    )


def _fault(error: Exception) -> str:
    """The primary line alone: DETAIL quotes rows."""
    if isinstance(error, psycopg.Error):
        return one_line(
            f"Postgres refuses it: {error.diag.message_primary or str(error).partition(chr(10))[0]}"
        )
    return one_line(str(error))


def _problem(error: psycopg.Error) -> str:
    line = (str(error) or type(error).__name__).splitlines()[0]
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return f"Postgres: {line}: run `upbeat migrate`"
    return f"Postgres does not go on: {line}"

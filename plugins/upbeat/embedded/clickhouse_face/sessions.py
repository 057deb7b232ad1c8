"""Sessions: `USE`, `SET` and temporary tables that outlive a request, under the client's `session_id`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from upbeat.embedded.clickhouse_face.engine import Connection
from upbeat.embedded.clickhouse_face.errors import ClickHouseError


@dataclass(slots=True)
class Session:
    """A client's session. It has no connection until a statement leaves state behind: most never do."""

    name: str
    timeout: int
    connection: Connection | None = None
    busy: bool = True
    last_used: float = field(default_factory=time.monotonic)

    def expired(self, now: float) -> bool:
        return not self.busy and now - self.last_used > self.timeout


class Sessions:
    """All sessions of this process. Used from the event loop only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def acquire(self, name: str, *, timeout: int, must_exist: bool) -> Session:
        """Take a session for one request. Raises SESSION_IS_LOCKED while another request has it."""
        session = self._sessions.get(name)
        if session is None:
            if must_exist:
                raise ClickHouseError(372, f"Session {name} not found")
            session = self._sessions[name] = Session(name, timeout)
            return session
        if session.busy:
            raise ClickHouseError(373, f"Session {name} is locked by a concurrent client")
        session.busy = True
        session.timeout = timeout
        return session

    def release(self, session: Session, *, close: bool = False) -> Connection | None:
        """Give a session back; with `close` it ends, and the connection to close is returned."""
        session.busy = False
        session.last_used = self._clock()
        if not close:
            return None
        self._sessions.pop(session.name, None)
        return session.connection

    def expire(self) -> list[Connection]:
        """Drop the sessions that were idle for too long; returns the connections to close."""
        now = self._clock()
        old = [session for session in self._sessions.values() if session.expired(now)]
        for session in old:
            del self._sessions[session.name]
        return [session.connection for session in old if session.connection is not None]

    def drain(self) -> list[Connection]:
        """Drop all sessions at shutdown; returns the connections to close."""
        connections = [
            session.connection for session in self._sessions.values() if session.connection is not None
        ]
        self._sessions.clear()
        return connections

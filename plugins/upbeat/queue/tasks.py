"""The tasks of the queue: what is asked for, what a worker holds, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from upbeat.records import Platform

FlowName = tuple[Platform, str]
"""How the queue names a flow: its platform and its name within the platform."""


INTERACTIVE_KEYS = "lookup:"
"""How the idempotency keys of look-ups begin: somebody waits, and the limits of interactive requests bind them, whoever runs them.
The statement `claim` has it as it is: its parameters are positions, and it is the queue's most frequent one."""


class TaskStatus(StrEnum):
    """The states of `beat.task_status`; its comments in the schema name the transitions."""

    PENDING = "PENDING"
    WAITING = "WAITING"
    PROCESSING = "PROCESSING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A request to run `flow` with `params`. The same `idempotency_key` is never queued twice."""

    idempotency_key: str
    platform: Platform
    flow: str
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 1
    account_id: str | None = None
    expires_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Task:
    """A claimed task, held under a lease: whoever finishes it shows `lease_token`. Nobody changes its fields.

    Not frozen: a frozen dataclass takes four times as long to make, which a worker would notice.
    """

    id: int
    platform: Platform
    flow: str
    params: Mapping[str, Any]
    priority: int
    retry_count: int
    account_id: str | None
    lease_token: str
    expires_at: datetime | None
    interactive: bool = False


@dataclass(slots=True, eq=False)
class TaskEnd:
    """What becomes of a held task when its group is committed.

    `delay` is the wait in seconds of a WAITING task; `attempts` is what the run adds to its retry count; `data` is
    the result or error kept with it (None keeps what is there).
    """

    task: Task
    status: TaskStatus
    data: Mapping[str, Any] | None = None
    delay: float | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is left of some flows: claimable, held by a worker, and seconds until the next waiting task (None: none)."""

    pending: bool
    processing: bool
    next_due_in: float | None

    @property
    def nothing_left(self) -> bool:
        """True when every task of these flows has reached its end."""
        return not self.pending and not self.processing and self.next_due_in is None

"""What running one task gave: how it ends, what may be stored for it, and the raw answers it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from upbeat.queue.tasks import Task, TaskEnd, TaskStatus
from upbeat.records import Parsed, RawPayload


@dataclass(slots=True, kw_only=True)
class Outcome:
    """One task's run, on its way to a group commit.

    Attributes:
        status: COMPLETE, FAILED, TIMEOUT, or WAITING for a run that is to be repeated after `delay` seconds.
        parsed: what is stored with the end of the task; a FAILED task may still have good fields to store.
        data: the result or error kept with the task; the pointers of the raw answers join it after archiving.
        attempts: what the run adds to the task's retry count.
        throttled: a limit of ours had no room; not the task's fault.
        pointers: where each of `payloads` is archived, `<key>#<line>`; empty until it is.
    """

    task: Task
    status: TaskStatus
    source: str = ""
    parsed: Parsed | None = None
    data: dict[str, Any] | None = None
    delay: float | None = None
    attempts: int = 0
    throttled: bool = False
    payloads: list[RawPayload] = field(default_factory=list)
    pointers: list[str] = field(default_factory=list)

    def end(self) -> TaskEnd:
        """The end of the task as the queue stores it."""
        data = self.data
        if data is not None and self.pointers:
            data = {**data, "raw": self.pointers}
        return TaskEnd(
            task=self.task, status=self.status, data=data, delay=self.delay, attempts=self.attempts
        )


def error_data(error: BaseException, message: str | None = None, **details: Any) -> dict[str, Any]:
    """How an error is kept with its task: its class, one readable line, and what else is known."""
    line = " ".join((message or str(error) or type(error).__name__).split())
    return {"error": {"class": type(error).__name__, "message": line[:2000], **details}}

"""What the end of a look-up's task means to whoever asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from upbeat.api.problems import ProblemError

_ENDED = frozenset({"COMPLETE", "FAILED", "TIMEOUT"})


@dataclass(frozen=True, slots=True)
class TaskState:
    """A look-up's task as the queue has it. `data` is its result or error."""

    id: int
    status: str
    data: Mapping[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether it has reached its end."""
        return self.status in _ENDED

    @property
    def is_stored(self) -> bool:
        """Whether what was told is stored: a source that did not tell the essential figure told others."""
        error: Mapping[str, Any] = (self.data or {}).get("error") or {}
        return self.status == "COMPLETE" or error.get("class") == "Incomplete"

    @property
    def shown(self) -> str:
        """Its state for people: WAITING is a matter of ours."""
        return "PENDING" if self.status == "WAITING" else self.status


def problem_of_failure(task: TaskState, subject: str) -> ProblemError:
    """The problem that a failed look-up is.

    ======================================================  ======
    how the task ended                                      status
    ======================================================  ======
    all sources that could be asked do not know it          404
    the account is private                                  404
    somebody cancelled it                                   409
    nobody could be asked before it expired                 410
    all else: the sources failed, with a line for each      502
    ======================================================  ======

    A source that only waits for a limit is none of these: its task has not ended, which is no problem but a 202.
    """
    error: Mapping[str, Any] = (task.data or {}).get("error") or {}
    sources = {str(source): str(line) for source, line in (error.get("sources") or {}).items()}
    if error.get("unknown"):
        return ProblemError(404, "Not found", f"{subject}: no source knows it", sources=sources)
    if error.get("class") == "PrivateAccountError":
        return ProblemError(
            404, "Not public", f"{subject}: the account is private, its content no public data"
        )
    if error.get("class") == "Cancelled":
        return ProblemError(409, "Cancelled", f"{subject}: the look-up was cancelled: ask again")
    if error.get("class") == "Expired":
        return ProblemError(410, "Expired", f"{subject}: {error.get('message', 'it expired')}: ask again")
    told = (
        f"{subject}: no source answered" if sources else str(error.get("message") or f"{subject}: it failed")
    )
    return ProblemError(502, "Sources failed", told, task_id=task.id, sources=sources)

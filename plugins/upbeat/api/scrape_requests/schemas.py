"""What is asked for, and how a task of the queue is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from upbeat.listeners.messages.fields import Moment, without_nul

MOST_REQUESTS = 1_000
Status = Literal["PENDING", "PROCESSING", "COMPLETE", "FAILED", "TIMEOUT"]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(without_nul)]

EXAMPLE: dict[str, Any] = {
    "flow": "instagram.profile_by_handle",
    "params": {"handle": "natgeo"},
    "priority": 5,
    "idempotency_key": "brand-7:natgeo:2026-11-20",
}


class ScrapeRequest(BaseModel):
    """One task. `params` are checked by the flow: `upbeat flows` and docs/flows.md list them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    flow: str = Field(max_length=100, description="A name of the catalogue, `instagram.profile_by_handle`.")
    params: dict[str, Any] = Field(description="The flow's parameters.")
    priority: int | None = Field(
        None, ge=-1_000_000, le=1_000_000, description="Higher first; default: the flow's."
    )
    account_id: _Text | None = Field(None, description="Groups the tasks of one customer.")
    idempotency_key: _Text | None = Field(None, description="The same key twice is one task.")
    expires_at: Moment | None = Field(None, description="Not run after this.")


class ScrapeRequests(BaseModel):
    """Several tasks: all are taken, or none."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"requests": [EXAMPLE]}]})

    requests: list[ScrapeRequest] = Field(min_length=1, max_length=MOST_REQUESTS)


class Task(BaseModel):
    """A task of the queue. `result` is what a run told beside the rows that it stored, `error` why there is none."""

    id: int
    flow: str = Field(examples=["instagram.profile_by_handle"])
    status: Status
    params: dict[str, Any]
    priority: int
    account_id: str | None
    idempotency_key: str
    attempts: int = Field(description="Runs that failed and counted.")
    created_at: datetime
    picked_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    run_after: datetime | None = Field(
        description="It waits until then: for a limit, or before another attempt."
    )
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class TaskAnswer(BaseModel):
    """One task. `added` is false for a key that was known: nothing new was asked for."""

    data: Task
    added: bool | None = None


class Added(BaseModel):
    """What became of one of several requests."""

    id: int
    added: bool
    status: Status


class TasksAnswer(BaseModel):
    """In the order of the requests."""

    data: list[Added]


class TaskPage(BaseModel):
    """A page of tasks, the newest first. It may hold less than `limit` while `next` goes on: pages end after so many tasks were
    looked at."""

    data: list[Task]
    next: str | None
    freshness: dict[str, datetime]

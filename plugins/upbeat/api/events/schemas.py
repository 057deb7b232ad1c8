"""What is sent of events, and what became of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from upbeat.api.events.reading import MOST_EVENTS


class NewEvent(BaseModel):
    """One event. The fields of `payload` are the columns of its kind: docs/how-to/write-through-the-api.md."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        min_length=1, max_length=300, description="The same id twice, of one sender, is one event."
    )
    kind: str = Field(examples=["api_event"])
    payload: dict[str, Any]
    key: str | None = Field(
        None, min_length=1, max_length=300, description="Names the fact for people; default: the id."
    )


class NewEvents(BaseModel):
    """A batch."""

    model_config = ConfigDict(extra="forbid")

    events: list[NewEvent] = Field(min_length=1, max_length=MOST_EVENTS)


class EventProblem(BaseModel):
    """An event that was not stored, by its place in the batch."""

    index: int
    id: str | None
    problem: str


class EventsAnswer(BaseModel):
    """`repeated` were here before and have no second effect."""

    stored: int
    repeated: int
    errors: list[EventProblem]

"""`/v1/events`: events in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from upbeat.api.access import Caller, State, require
from upbeat.api.events.schemas import EventsAnswer, NewEvents
from upbeat.api.events.service import add_events
from upbeat.api.message_bodies import inlined_schema

router = APIRouter(prefix="/events", tags=["events"])

EXAMPLE = {
    "events": [
        {
            "id": "checkout-4711",
            "kind": "api_event",
            "payload": {
                "event_id": "checkout-4711",
                "name": "campaign_opened",
                "user_id": "user-9",
                "properties": {"campaign": "campaign-81"},
                "at": "2026-11-20T09:30:00.125000Z",
            },
        }
    ]
}
# The body is read here and not by FastAPI: an amount must keep its digits, and one bad event must not cost the others.
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": inlined_schema(NewEvents), "example": EXAMPLE}},
    }
}


@router.post(
    "", status_code=202, openapi_extra=_BODY, responses={422: {"description": "Nothing was stored."}}
)
async def add(
    request: Request,
    state: State,
    caller: Annotated[Caller, Depends(require("events"))],
    atomic: Annotated[
        bool, Query(description="One event that cannot be stored keeps the others out.")
    ] = False,
) -> EventsAnswer:
    """Store up to 1,000 events; those that cannot be stored are told by their index, the others are stored."""
    return await add_events(state, caller, await request.body(), atomic=atomic)

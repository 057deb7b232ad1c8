"""`/health/live` and `/health/ready`: no key is needed, nothing is told. `/health/drain`: a release turns `ready` off, and on again."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from upbeat.api.access import Caller, State, require
from upbeat.api.audit import audit
from upbeat.api.known_parameters import refuse_unknown_parameters
from upbeat.api.problems import ProblemError

router = APIRouter(prefix="/health", tags=["health"])
_Known = Depends(refuse_unknown_parameters)
_Operator = Annotated[Caller, Depends(require("operations"))]


class Health(BaseModel):
    """What a load balancer asks for."""

    status: Literal["live", "ready"]


class Drain(BaseModel):
    """Whether this process takes new requests."""

    status: Literal["draining", "ready"]
    requests_under_way: int = Field(description="Requests that this process serves now, this one left out.")


@router.get("/live", dependencies=[_Known])
async def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/ready", dependencies=[_Known])
async def ready(state: State) -> Health:
    """Requests may be sent here: Postgres answers, and no release drains this process."""
    if state.draining:
        raise ProblemError(503, "Draining", "this process takes no new requests")
    async with state.connection() as connection:
        await connection.execute("SELECT 1")
    return Health(status="ready")


@router.post("/drain")
async def drain(caller: _Operator, state: State) -> Drain:
    """Turn `/health/ready` off in the process that answers; it goes on serving until it is stopped."""
    async with state.transaction() as connection:
        await audit(connection, caller.actor, "health.drain", state.process)
    state.drain()
    return Drain(status="draining", requests_under_way=state.under_way - 1)


@router.delete("/drain")
async def end_drain(caller: _Operator, state: State) -> Drain:
    """Turn `/health/ready` on again in the process that answers. A process that was asked to stop still stops."""
    async with state.transaction() as connection:
        await audit(connection, caller.actor, "health.end_drain", state.process)
    state.end_drain()
    return Drain(status="draining" if state.draining else "ready", requests_under_way=state.under_way - 1)

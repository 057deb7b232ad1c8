"""`/health/live` and `/health/ready`: no key is needed, nothing is told."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.access import State
from upbeat.api.problems import ProblemError

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
async def ready(state: State) -> dict[str, str]:
    """Requests may be sent here: Postgres answers, and no release drains this process."""
    if state.draining:
        raise ProblemError(503, "Draining", "this process takes no new requests")
    async with state.connection() as connection:
        await connection.execute("SELECT 1")
    return {"status": "ready"}

"""`GET /v1/freshness`: when each table was published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from upbeat.api.access import Caller, State, require
from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.state import ApiState
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("freshness.sql"))
router = APIRouter(prefix="/freshness", tags=["freshness"])

_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_ANSWER: dict[str, Any] = {
    "type": "object",
    "title": "freshness_answer",
    "properties": {
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "title": "published_table",
                "properties": {
                    "table": {"type": "string"},
                    "sync_run": {"type": ["string", "null"]},
                    "rows": {"type": ["integer", "null"]},
                    "published_at": _MOMENT | {"description": "Null while it was never published."},
                    "published_age_seconds": {"type": ["number", "null"]},
                    "source_updated_at": _MOMENT,
                    "failed_at": _MOMENT | {"description": "When a newer publish failed."},
                },
                "required": ["table", "published_at"],
            },
        }
    },
    "required": ["data"],
}


@router.get(
    "",
    operation_id="freshness",
    response_model=None,
    responses={200: {"description": "Each table.", "content": {"application/json": {"schema": _ANSWER}}}},
)
async def freshness(state: State, _: Annotated[Caller, Depends(require("read"))]) -> Response:
    """When each published table was published, how new its mart was, and whether a newer publish failed."""
    return Response(f'{{"data":{await published_tables(state)}}}', media_type="application/json")


async def published_tables(state: ApiState) -> str:
    """A JSON array of the published tables by name, each with when it was published."""
    plans = sorted({resource.plan_name for resource in RESOURCES.values()})
    async with state.connection() as connection:
        row = await (await connection.execute(SQL["published"].encode(), {"plans": plans})).fetchone()
    assert row is not None
    told: str = row[0]
    return told

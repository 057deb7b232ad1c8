"""`/v1/scrape-requests`: tasks of the queue."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from upbeat.api.access import Caller, State, require
from upbeat.api.idempotency import IdempotencyKey, RequestHash, answer_once
from upbeat.api.product_entities import ENTITY_ID
from upbeat.api.scrape_requests import service
from upbeat.api.scrape_requests.schemas import (
    ScrapeRequest,
    ScrapeRequests,
    Status,
    TaskAnswer,
    TaskPage,
    TasksAnswer,
)

router = APIRouter(prefix="/scrape-requests", tags=["scrape_requests"])

MayScrape = Annotated[Caller, Depends(require("scrape"))]
TaskId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_CANCELLED: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such task, for this key."},
    409: {"description": "A worker has claimed it, or it has ended."},
}
_KNOWN: dict[int | str, dict[str, Any]] = {
    409: {"description": "The idempotency key is that of another request."}
}


@router.post("", status_code=202, response_model=TaskAnswer, responses=_KNOWN)
async def add(
    request: Request,
    state: State,
    caller: MayScrape,
    body: ScrapeRequest,
    hashed: RequestHash,
    key: IdempotencyKey = None,
) -> Response:
    """Queue one task; `Location` is where to follow it."""
    task = service.new_task(caller, body)
    async with state.transaction() as connection:

        async def make() -> tuple[int, Any]:
            (added,) = await service.add(connection, caller, [task])
            found = await service.find(connection, caller, added.id)
            return 202, TaskAnswer(data=found, added=added.added)

        answer = await answer_once(connection, caller, key, hashed, make)
    task_id = orjson.loads(answer.body)["data"]["id"]
    answer.headers["Location"] = request.url_for("scrape_request", task_id=task_id).path
    return answer


@router.post("/batch", status_code=202, response_model=TasksAnswer, responses=_KNOWN)
async def add_many(
    state: State, caller: MayScrape, body: ScrapeRequests, hashed: RequestHash, key: IdempotencyKey = None
) -> Response:
    """Queue up to 1,000 tasks: all are taken, or none."""
    tasks = service.new_tasks(caller, body.requests)
    async with state.transaction() as connection:

        async def make() -> tuple[int, Any]:
            return 202, TasksAnswer(data=await service.add(connection, caller, tasks))

        return await answer_once(connection, caller, key, hashed, make)


@router.get("")
async def page(
    state: State,
    caller: MayScrape,
    status: Status | None = None,
    flow: Annotated[str | None, Query(pattern=r"^[a-z]+\.[a-z0-9_]+$", max_length=100)] = None,
    account_id: Annotated[str | None, Query(pattern=ENTITY_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> TaskPage:
    """Tasks, the newest first."""
    return await service.page(state, caller, service.Filters(status, flow, account_id), limit, cursor)


@router.get("/{task_id:int}", name="scrape_request", responses={404: _CANCELLED[404]})
async def read(state: State, caller: MayScrape, task_id: TaskId) -> TaskAnswer:
    """One task with its result, or the reason why there is none."""
    async with state.connection() as connection:
        return TaskAnswer(data=await service.find(connection, caller, task_id))


@router.delete("/{task_id:int}", responses=_CANCELLED)
async def withdraw(state: State, caller: MayScrape, task_id: TaskId) -> TaskAnswer:
    """As `…/cancel`."""
    return await cancel(state, caller, task_id)


@router.post("/{task_id:int}/cancel", responses=_CANCELLED)
async def cancel(state: State, caller: MayScrape, task_id: TaskId) -> TaskAnswer:
    """Cancel a task that no worker has claimed; it ends as FAILED with the error `Cancelled`."""
    async with state.transaction() as connection:
        return TaskAnswer(data=await service.cancel(state, connection, caller, task_id))

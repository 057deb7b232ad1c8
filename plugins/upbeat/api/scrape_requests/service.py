"""Tasks of the queue for callers: added all or none, followed, listed, and cancelled while nobody has claimed them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from upbeat.api.access import Caller
from upbeat.api.audit import audit
from upbeat.api.pages import decode_cursor, encode_cursor, require_page
from upbeat.api.problems import ProblemError
from upbeat.api.scrape_requests.schemas import Added, ScrapeRequest, Task, TaskPage
from upbeat.api.state import ApiState, Connection
from upbeat.errors import InputError
from upbeat.flows import flow_named
from upbeat.queue.statements import SQL as QUEUE
from upbeat.queue.store import cancel as cancel_task
from upbeat.queue.store import encode_new_tasks
from upbeat.queue.tasks import INTERACTIVE_KEYS, NewTask
from upbeat.records import Platform
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("queries.sql"))
WINDOW = 50_000
"""Ids that one page looks at, at most."""
_NAMES = (
    "id", "flow", "status", "params", "data", "priority", "attempts", "account_id", "idempotency_key", "created_at",
    "picked_at", "ended_at", "expires_at", "run_after",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks a page has; None: all."""

    status: str | None = None
    flow: str | None = None
    account_id: str | None = None


def new_task(caller: Caller, request: ScrapeRequest) -> NewTask:
    """The task that is asked for, checked by its flow. Raises `InputError`, `ProblemError` 403."""
    flow = flow_named(request.flow)
    account = request.account_id or caller.account_id
    if caller.account_id not in (None, account):
        raise ProblemError(
            403, "Another account", f"account_id: the key is of the account {caller.account_id}"
        )
    key = request.idempotency_key or f"api:{uuid.uuid4().hex}"
    if key.startswith(INTERACTIVE_KEYS):
        raise InputError(f"idempotency_key: those that begin with {INTERACTIVE_KEYS!r} are of look-ups")
    if caller.account_id is not None and request.idempotency_key:
        # Whose keys they are: one account must not meet the tasks of another.
        key = f"account:{caller.account_id}:{key}"
    return NewTask(
        idempotency_key=key,
        platform=flow.platform,
        flow=flow.name,
        params=flow.validate(request.params),
        priority=flow.priority if request.priority is None else request.priority,
        account_id=account,
        expires_at=request.expires_at,
    )


def new_tasks(caller: Caller, requests: Sequence[ScrapeRequest]) -> list[NewTask]:
    """As `new_task`, of each request of a batch. Raises `ProblemError` 422 with the place of each problem, 403."""
    tasks: list[NewTask] = []
    problems: list[dict[str, str]] = []
    for number, request in enumerate(requests):
        try:
            tasks.append(new_task(caller, request))
        except InputError as error:
            problems.append({"at": f"body.requests.{number}", "problem": str(error)})
    if problems:
        line = "; ".join(f"{one['at']}: {one['problem']}" for one in problems[:3])
        raise ProblemError(422, "Invalid request", line, errors=problems)
    return tasks


async def add(connection: Connection, caller: Caller, tasks: Sequence[NewTask]) -> list[Added]:
    """Queue the tasks, in the caller's transaction; a known key adds nothing. Raises `ProblemError` 409 where a known key is
    another task's."""
    keys = [task.idempotency_key for task in tasks]
    await connection.execute(QUEUE["enqueue"].encode(), {"tasks": encode_new_tasks(tasks)})
    found = await _by_keys(connection, keys)
    seen: set[str] = set()
    added = []
    for task in tasks:
        task_id, flow, params, status, is_new = found[task.idempotency_key]
        if (flow, params) != (_key_of(task), _as_stored(task)):
            raise ProblemError(
                409, "Idempotency key reused", f"idempotency_key={task.idempotency_key}: it is another task's"
            )
        is_added = is_new and task.idempotency_key not in seen
        added.append(Added(id=task_id, added=is_added, status=status))
        seen.add(task.idempotency_key)
    new = [one.id for one in added if one.added]
    if new:
        flows = sorted({_key_of(task) for task in tasks})
        detail = {"tasks": len(new), "first": min(new), "last": max(new), "flows": flows}
        await audit(connection, caller.actor, "scrape_request.add", str(min(new)), detail)
    return added


async def find(connection: Connection, caller: Caller, task_id: int) -> Task:
    """One task. Raises `ProblemError` 404, also for one of another account."""
    values = {"id": task_id, "account_id": caller.account_id}
    row = await (await connection.execute(SQL["task"], values)).fetchone()
    if row is None:
        raise ProblemError(404, "Not found", f"task {task_id}: there is no such task")
    return _task(row)


async def cancel(state: ApiState, connection: Connection, caller: Caller, task_id: int) -> Task:
    """End a task that nobody has claimed. Raises `ProblemError` 404; 409 for one that is being run or has ended."""
    found = await find(connection, caller, task_id)
    line = f"cancelled by {caller.actor}"
    if not await cancel_task(connection, task_id, line, task_log=state.settings.task_log_events):
        found = await find(connection, caller, task_id)
        running = found.status == "PROCESSING"
        problem = "a worker has claimed it" if running else f"it has ended: {found.status}"
        raise ProblemError(409, "Not cancellable", f"task {task_id}: {problem}", status_of_task=found.status)
    await audit(connection, caller.actor, "scrape_request.cancel", str(task_id))
    return await find(connection, caller, task_id)


async def page(state: ApiState, caller: Caller, filters: Filters, limit: int, cursor: str | None) -> TaskPage:
    """The newest tasks first. Raises `ProblemError` 400 for a cursor of another request, 422."""
    require_page(limit, state.settings.api_largest_page)
    secret = state.settings.api_secret.get_secret_value()
    request = {
        "resource": "scrape_requests", "account": caller.account_id, "status": filters.status, "flow": filters.flow,
        "account_id": filters.account_id,
    }  # fmt: skip
    platform, _, flow = filters.flow.partition(".") if filters.flow else ("", "", "")
    own = caller.account_id or filters.account_id
    async with state.connection() as connection:
        first, last, now = await (await connection.execute(SQL["range"])).fetchone() or (0, 0, None)
        if filters.account_id not in (None, own):
            return TaskPage(data=[], next=None, freshness={"read_at": now})
        before = decode_cursor(secret, request, cursor)[0] if cursor else last + 1
        values = {
            "before": before, "from": before - WINDOW, "account_id": own, "platform": platform.upper() or None,
            "flow": flow or None, "status": filters.status, "limit": limit + 1,
        }  # fmt: skip
        rows = await (await connection.execute(SQL["page"], values)).fetchall()
    reached = rows[limit - 1][0] if len(rows) > limit else before - WINDOW
    goes_on = len(rows) > limit or reached > first
    following = encode_cursor(secret, request, [reached]) if goes_on else None
    return TaskPage(data=[_task(row) for row in rows[:limit]], next=following, freshness={"read_at": now})


async def _by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    rows = await (await connection.execute(SQL["by_keys"], {"keys": list(keys)})).fetchall()
    return {row[0]: row[1:] for row in rows}


def _key_of(task: NewTask) -> str:
    return f"{Platform(task.platform).lower()}.{task.flow}"


def _as_stored(task: NewTask) -> Any:
    """The parameters as they come back from Postgres: dates are text there."""
    return orjson.loads(encode_new_tasks([task]))[0]["params"]


def _task(row: Sequence[Any]) -> Task:
    found = dict(zip(_NAMES, row, strict=True))
    data = found.pop("data") or {}
    error = data.get("error") if found["status"] != "COMPLETE" else None
    result = {name: value for name, value in data.items() if name != "error"}
    return Task(**found, result=result or None, error=error)

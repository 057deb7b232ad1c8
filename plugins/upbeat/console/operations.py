"""`/console/operations`: queue, limits, credentials and freshness, as the commands of the same names show them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from upbeat.api.freshness.routes import published_tables
from upbeat.console.entry import ConsoleState, Operator
from upbeat.console.pages import ConsoleRoute, render
from upbeat.crawlers.limits_in_force import limits_in_force
from upbeat.credentials.store import list_credentials
from upbeat.errors import UpbeatError
from upbeat.logs import get_logger
from upbeat.operations.freshness import table_ages
from upbeat.queue.status import queue_status
from upbeat.ratelimit.limits import Level

router = APIRouter(route_class=ConsoleRoute)
PATIENCE_SECONDS = 5.0
"""So long the page waits for one store. What does not answer is said in its place; the rest of the page is shown."""
FAILURES = 10

log = get_logger("console")


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the page: what was found, or why nothing was."""

    found: Any = None
    away: str | None = None


@router.get("/operations")
async def operations(request: Request, _: Operator, state: ConsoleState) -> Response:
    """How the platform does now."""
    settings = state.settings
    queue, limits, credentials, published, raw = await asyncio.gather(
        _panel(asyncio.to_thread(queue_status, settings, failures=FAILURES)),
        _panel(limits_in_force(settings)),
        _panel(asyncio.to_thread(list_credentials, settings)),
        _panel(published_tables(state)),
        _panel(asyncio.to_thread(table_ages, settings, timeout_seconds=int(PATIENCE_SECONDS))),
    )
    return render(
        request,
        "operations.html",
        queue=queue,
        limits=limits,
        sources=_sources(limits, credentials),
        credentials=credentials,
        published=Panel(orjson.loads(published.found)) if published.found else published,
        raw=raw,
    )


async def _panel(found: Awaitable[Any]) -> Panel:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return Panel(await found)
    except TimeoutError:
        return Panel(away=f"no answer within {PATIENCE_SECONDS:g} s")
    except UpbeatError as error:
        return Panel(away=str(error))
    except Exception:
        # One store that answers with an error of its own must not take the others' figures away.
        log.exception("a part of the operations page failed")
        return Panel(away="it failed; the reason is in the log under this request's id")


def _sources(limits: Panel, credentials: Panel) -> list[dict[str, Any]]:
    """Of each upstream source: how long its penalty lasts (None: not known), and how many of its credentials are usable now."""
    usable = Counter(one.source for one in credentials.found or () if one.state == "usable")
    known = Counter(one.source for one in credentials.found or ())
    penalties: dict[str, float | None] = {}
    for row in limits.found.rows if limits.found else ():
        if row.level == Level.SOURCE:
            before, now = penalties.get(row.name), row.penalty_seconds
            penalties[row.name] = before if now is None else max(before or 0.0, now)
    return [
        {
            "name": name,
            "penalty_seconds": penalties.get(name),
            "usable": usable[name],
            "credentials": known[name],
        }
        for name in sorted({*penalties, *known})
    ]

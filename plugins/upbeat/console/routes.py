"""All pages of the console, under `/console`."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from upbeat.console import campaigns, creator, leaderboard, login, operations
from upbeat.console.entry import MOUNT, Entry, root_of
from upbeat.console.pages import STYLE, ConsoleRoute

_LONG = "public, max-age=31536000, immutable"


def add_console(app: FastAPI, entry: Entry) -> None:
    """Give an application the pages.

    Args:
        entry: how people come in.
    """
    app.state.console_entry = entry
    for part in (login, leaderboard, creator, campaigns, operations):
        app.include_router(part.router, prefix=MOUNT, include_in_schema=False)
    app.include_router(_plain, include_in_schema=False)


_plain = APIRouter(route_class=ConsoleRoute)


@_plain.get(MOUNT)
async def to_first_page(request: Request) -> Response:
    """The address without its last slash."""
    return RedirectResponse(f"{root_of(request)}/", 307)


@_plain.get(f"{MOUNT}/console-{{version}}.css")
async def style(version: str) -> Response:
    """The style sheet; whatever the version, the newest one. It is public."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": _LONG})

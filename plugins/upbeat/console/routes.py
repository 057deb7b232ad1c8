"""All pages of the console, under `/console`."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from upbeat.api.problems import ProblemError
from upbeat.console import campaigns, creator, leaderboard, login, operations
from upbeat.console.entry import MOUNT, Entry, root_of
from upbeat.console.pages import STATIC, STATIC_VERSION, ConsoleRoute

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


@_plain.get("/")
@_plain.get(MOUNT)
async def to_first_page(request: Request) -> Response:
    """The address without its last slash; and that of the server, which is what people type."""
    return RedirectResponse(f"{root_of(request)}/", 307)


@_plain.get(f"{MOUNT}/static/{{version}}/{{name}}")
async def static(version: str, name: str) -> Response:
    """The style sheet and the icon; they are public."""
    if name not in STATIC:
        raise _no_page()
    content, media_type = STATIC[name]
    # While a release runs, a page of the one version may ask a process of the other: that answer must not be kept under this address.
    kept = _LONG if version == STATIC_VERSION else "no-store"
    return Response(content, media_type=media_type, headers={"Cache-Control": kept})


@_plain.get(f"{MOUNT}/{{rest:path}}")
async def no_page(rest: str) -> Response:
    """Any other address."""
    raise _no_page()


def _no_page() -> ProblemError:
    return ProblemError(404, "Not found", "the console has no such page")

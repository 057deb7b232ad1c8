"""`/console/`: who leads, with a search and filters that are a plain form."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from upbeat.api.published.catalogue import PLATFORMS
from upbeat.console.entry import Reader, root_of
from upbeat.console.pages import ConsoleRoute, render
from upbeat.console.reading import given_of, read_asked

router = APIRouter(route_class=ConsoleRoute)
SORTS = {
    "followers_rank": "Most followers",
    "engagement_rank": "Highest engagement, ranked",
    "-engagement_rate": "Engagement rate, highest first",
    "-rank_change": "Climbed most",
    "rank_change": "Fell most",
}
SIZE_BANDS = {
    "nano": "Nano (under 10,000)",
    "micro": "Micro (10,000 to 99,999)",
    "mid": "Mid (100,000 to 499,999)",
    "macro": "Macro (500,000 to 999,999)",
    "mega": "Mega (1,000,000 and more)",
}
"""As the warehouse's macro `size_band` cuts them."""


@router.get("/")
async def leaderboard(request: Request, caller: Reader) -> Response:
    """A page of the leaderboard."""
    given = {"platform": PLATFORMS[0]} | given_of(request)
    found = await read_asked(request, caller, "leaderboard", given)
    first = {name: value for name, value in given.items() if name != "cursor"}
    following = f"?{urlencode(first | {'cursor': found.next})}" if found.next else None
    return render(
        request,
        "leaderboard.html",
        found=found,
        given=given,
        following=following,
        beginning=f"{root_of(request)}/?{urlencode(first)}" if "cursor" in given else None,
        platforms=PLATFORMS,
        sorts=SORTS,
        size_bands=SIZE_BANDS,
    )

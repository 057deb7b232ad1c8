"""`/console/`: who leads, with a search and filters that are a plain form, and columns that sort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from upbeat.api.published.catalogue import PLATFORMS, RESOURCES
from upbeat.console.entry import Reader, root_of
from upbeat.console.pages import ConsoleRoute, render
from upbeat.console.reading import beginning_of, following_of, given_of, read_asked
from upbeat.enrichment.categories import CATEGORIES

router = APIRouter(route_class=ConsoleRoute)
Direction = Literal["ascending", "descending"]
SORTS = {
    "followers_rank": "Most followers first",
    "-followers_rank": "Fewest followers first",
    "-engagement_rate": "Highest engagement first",
    "engagement_rate": "Lowest engagement first",
    "-rank_change": "Climbed most first",
    "rank_change": "Fell most first",
}
COLUMNS: dict[str, dict[str, Direction]] = {
    "followers": {"followers_rank": "descending", "-followers_rank": "ascending"},
    "rank_change": {"-rank_change": "descending", "rank_change": "ascending"},
    "engagement_rate": {"-engagement_rate": "descending", "engagement_rate": "ascending"},
}
"""The columns that sort: by which sortings, the usual one first."""
SIZE_BANDS = {
    "nano": "Nano (under 10,000)",
    "micro": "Micro (10,000 to 99,999)",
    "mid": "Mid (100,000 to 499,999)",
    "macro": "Macro (500,000 to 999,999)",
    "mega": "Mega (1,000,000 and more)",
}
"""As the warehouse's macro `size_band` cuts them."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column: where it leads, and how the rows are sorted by it now."""

    address: str
    sorted: Direction | None


@router.get("/")
async def leaderboard(request: Request, caller: Reader) -> Response:
    """A page of the leaderboard."""
    given = {"platform": PLATFORMS[0]} | given_of(request)
    found = await read_asked(request, caller, "leaderboard", given)
    address, sort = f"{root_of(request)}/", given.get("sort", RESOURCES["leaderboard"].sort)
    return render(
        request,
        "leaderboard.html",
        found=found,
        given=given,
        following=following_of(address, given, found),
        beginning=beginning_of(address, given),
        platforms=PLATFORMS,
        sort=sort,
        sorts=SORTS if sort in SORTS else SORTS | {sort: f"By {sort}"},
        headings=headings(address, given, sort),
        size_bands=SIZE_BANDS,
        categories=CATEGORIES,
    )


def headings(address: str, given: Mapping[str, str], sort: str) -> dict[str, Heading]:
    """The columns that sort. One by which the rows are sorted already turns them around."""
    kept = {name: value for name, value in given.items() if name not in ("cursor", "sort")}
    told = {}
    for column, ways in COLUMNS.items():
        usual, other = ways
        query = urlencode(kept | {"sort": other if sort == usual else usual})
        told[column] = Heading(f"{address}?{query}", ways.get(sort))
    return told

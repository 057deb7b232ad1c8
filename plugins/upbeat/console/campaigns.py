"""`/console/campaigns`: what campaigns bring, by whom, and at which cost."""

from __future__ import annotations

import asyncio
from typing import Annotated, get_args

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from upbeat.api.access import Caller
from upbeat.api.campaigns.routes import Status
from upbeat.api.problems import ProblemError
from upbeat.api.published.parameters import Text
from upbeat.api.state import ApiState
from upbeat.console.entry import ConsoleState, Reader, root_of
from upbeat.console.pages import ConsoleRoute, render
from upbeat.console.reading import Row, Rows, beginning_of, following_of, given_of, read_asked, read_of

router = APIRouter(route_class=ConsoleRoute)
COLLECTIONS = 5
"""So many of a campaign's collections are shown post by post; the newest, and the page says when there are more."""
POSTS, COSTS, CREATORS = 20, 50, 100


@router.get("/campaigns")
async def campaigns(request: Request, caller: Reader) -> Response:
    """A page of campaigns."""
    given = given_of(request)
    found = await read_asked(request, caller, "campaign_summaries", given)
    address = f"{root_of(request)}/campaigns"
    return render(
        request,
        "campaigns.html",
        found=found,
        given=given,
        statuses=get_args(Status),
        following=following_of(address, given, found),
        beginning=beginning_of(address, given),
    )


@router.get("/campaigns/{campaign_id}")
async def campaign(
    request: Request, campaign_id: Annotated[Text, Path()], caller: Reader, state: ConsoleState
) -> Response:
    """One campaign: summary, creators, posts and costs of its collections, sales."""
    place = {"campaign_id": campaign_id}
    summary = await read_of(state, caller, "campaign_summary", place)
    if not summary.rows:
        raise ProblemError(404, "Not found", f"there is no campaign {campaign_id} published")
    creators, sales, collections = await asyncio.gather(
        read_of(state, caller, "campaign_profiles", place, limit=CREATORS),
        read_of(state, caller, "campaign_sales", place, limit=COSTS),
        read_of(state, caller, "collection_summaries", {}, filters=place, limit=COLLECTIONS),
    )
    return render(
        request,
        "campaign.html",
        campaign=summary.rows[0],
        freshness=summary.freshness,
        creators=creators,
        sales=sales,
        collections=collections,
        parts_of=[await _parts(state, caller, row) for row in collections.rows],
    )


async def _parts(state: ApiState, caller: Caller, row: Row) -> tuple[Row, Rows, Rows]:
    """A collection with its best posts and its costs."""
    place = {"collection_id": row["collection_id"]}
    return (
        row,
        await read_of(state, caller, "collection_posts", place, sort="-engagements", limit=POSTS),
        await read_of(state, caller, "collection_costs", place, sort="-incurred_on", limit=COSTS),
    )

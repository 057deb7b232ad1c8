"""`/console/creators/…`: one creator: growth, engagement, content, audience, and what models read of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from upbeat.api.profiles.service import READ, read_profile
from upbeat.api.published.parameters import Query as ReadQuery
from upbeat.api.published.parameters import Text
from upbeat.console.charts import line_chart
from upbeat.console.entry import ConsoleState, Reader, mount_of
from upbeat.console.pages import ConsoleRoute, render
from upbeat.console.pictures import picture_of
from upbeat.console.reading import days_of, read_of

router = APIRouter(route_class=ConsoleRoute)
DAYS = 180
"""How far the charts look back."""
POSTS = 20


@router.get("/creators/{platform}/{profile_id}")
async def creator(
    request: Request,
    platform: Literal["INSTAGRAM", "YOUTUBE"],
    profile_id: Annotated[Text, Path()],
    query: Annotated[ReadQuery, Query()],
    caller: Reader,
    state: ConsoleState,
) -> Response:
    """One creator; `?explain=true` also tells what each figure is made of."""
    profile = await read_profile(state, caller, platform, profile_id, explain=query.explain)
    place = {"platform": platform, "profile_id": profile_id}
    since = {"since": (datetime.now(UTC) - timedelta(days=DAYS)).date().isoformat()}
    largest = state.settings.api_largest_page
    days, engagement = [
        await read_of(state, caller, name, place, filters=since, sort="-date", limit=largest)
        for name in ("time_series_day", "engagement_day")
    ]
    posts = await read_of(state, caller, "profile_posts", place, limit=POSTS)
    elsewhere = await read_of(state, caller, "profile_cross_platform", place)
    return render(
        request,
        "creator.html",
        **profile["data"],
        freshness=profile["freshness"],
        explanations=profile.get("explanations"),
        picture=await picture_of(state, mount_of(request), platform, profile_id),
        read=READ,
        growth_freshness=days.freshness,
        engagement_freshness=engagement.freshness,
        posts=posts,
        elsewhere=next(iter(elsewhere.rows), None),
        charts=(
            line_chart("growth", "Followers by day", "followers", days_of(days.rows, "followers")),
            line_chart(
                "engagement",
                "Engagement rate of the posts of the 30 days before, by day",
                "%",
                days_of(engagement.rows, "engagement_rate_30_days"),
            ),
        ),
    )

"""`GET /v1/profiles/…`."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response

from upbeat.api.access import Caller, State, require
from upbeat.api.profiles.schemas import profile_responses
from upbeat.api.profiles.service import read_profile
from upbeat.api.published.catalogue import CREATORS, PROFILES
from upbeat.api.published.parameters import Query as ReadQuery
from upbeat.api.published.parameters import Text
from upbeat.api.published.reads import JSON, add_reads

router = add_reads(APIRouter(prefix="/profiles", tags=["profiles"]), CREATORS)


@router.get(
    "/{platform}/{profile_id}",
    operation_id="profile",
    response_model=None,
    responses=profile_responses(),
)
async def profile(
    platform: Literal["INSTAGRAM", "YOUTUBE"],
    profile_id: Annotated[Text, Path()],
    query: Annotated[ReadQuery, Query()],
    caller: Annotated[Caller, Depends(require("read"))],
    state: State,
) -> Response:
    """One profile: account, enrichment with confidence, version and date, audience quality with its interval, audience, growth."""
    found = await read_profile(state, caller, platform, profile_id, explain=query.explain)
    return Response(orjson.dumps(found), media_type=JSON)


add_reads(router, PROFILES)

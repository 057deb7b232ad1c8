"""`/v1/assets`: which pictures and films are kept, and where they are served."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from upbeat.api.access import Caller, State, require
from upbeat.api.assets import service
from upbeat.api.assets.schemas import AssetAnswer, AssetPage, SubjectId
from upbeat.api.problems import ProblemError
from upbeat.records import AssetStatus, Platform, SubjectKind

# The prefix `/assets` is that of the bytes.
router = APIRouter(tags=["assets"])
Reader = Annotated[Caller, Depends(require("read"))]


@router.get("/assets")
async def list_assets(
    state: State,
    _: Reader,
    platform: Platform | None = None,
    kind: Annotated[SubjectKind | None, Query(description="What it is of its subject.")] = None,
    profile_id: SubjectId | None = None,
    status: AssetStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> AssetPage:
    """Assets in the order of platform, kind and id of the subject."""
    filters = {
        "platform": platform.value if platform else None,
        "subject_kind": kind,
        "profile_id": profile_id,
        "status": status,
    }
    most = state.settings.api_largest_page
    if limit > most:
        raise ProblemError(422, "Invalid request", f"limit={limit}: a page has at most {most} rows")
    async with state.connection() as connection:
        return await service.list_assets(connection, state.settings, filters, cursor, limit)


@router.get("/assets/{platform}/{kind}/{subject_id}")
async def read_asset(
    state: State, _: Reader, platform: Platform, kind: SubjectKind, subject_id: SubjectId
) -> AssetAnswer:
    """The picture of one profile, post, story or video: a name that stays, whatever it shows."""
    async with state.connection() as connection:
        return await service.one_asset(connection, state.settings, platform.value, kind, subject_id)

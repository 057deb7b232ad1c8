"""`/v1/lookups`: a profile or post as its sources tell it now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from upbeat.api.access import Caller, State, require
from upbeat.api.lookups.outcomes import TaskState
from upbeat.api.lookups.schemas import LookupAnswer, LookupPending, LookupTask
from upbeat.api.lookups.service import answer_of_task, look_up
from upbeat.api.lookups.subjects import POSTS, PROFILES, LookupPlatform, subject_of

router = APIRouter(prefix="/lookups", tags=["lookups"])

MayLookUp = Annotated[Caller, Depends(require("lookup"))]
TaskId = Annotated[int, Path(ge=1, le=2**63 - 1, description="As in the answer 202.")]
Explain = Annotated[bool, Query(description="Tell of every figure where it comes from.")]
PENDING: dict[int | str, dict[str, Any]] = {
    202: {
        "model": LookupPending,
        "description": "It takes longer, or a rate limit has no room: the task goes on, ask at `Location`.",
    },
    404: {"description": "No source knows it, or the account is private."},
    409: {"description": "The look-up was cancelled."},
    502: {"description": "All sources failed; `sources` has a line for each."},
}
ENDED: dict[int | str, dict[str, Any]] = {
    410: {
        "description": "Nobody could be asked for it before it expired (`UPBEAT_API_LOOKUP_EXPIRY_SECONDS`)."
    }
}
_AGAIN_SECONDS = "2"


@router.get("/profile", response_model=LookupAnswer, responses=PENDING)
async def profile(
    request: Request,
    state: State,
    caller: MayLookUp,
    platform: LookupPlatform,
    handle: Annotated[str, Query(min_length=1, max_length=200, description="With or without `@`.")],
    explain: Explain = False,
) -> Response:
    """A creator's profile: the stored one while it is fresh (`UPBEAT_API_LOOKUP_CACHE_SECONDS`), else asked for at once."""
    subject = subject_of(PROFILES, platform, handle)
    return _response(request, await look_up(state, subject, explain=explain))


@router.get("/post", response_model=LookupAnswer, responses=PENDING)
async def post(
    request: Request,
    state: State,
    caller: MayLookUp,
    platform: LookupPlatform,
    shortcode: Annotated[
        str,
        Query(min_length=1, max_length=300, description="Of YouTube the video id; or the post's address."),
    ],
    explain: Explain = False,
) -> Response:
    """A post or video, as `/lookups/profile`."""
    subject = subject_of(POSTS, platform, shortcode)
    return _response(request, await look_up(state, subject, explain=explain))


@router.get("/{task_id}", name="lookup_of_task", response_model=LookupAnswer, responses=PENDING | ENDED)
async def task(
    request: Request, state: State, caller: MayLookUp, task_id: TaskId, explain: Explain = False
) -> Response:
    """The answer of a look-up that took longer."""
    return _response(request, await answer_of_task(state, task_id, explain=explain))


def _response(request: Request, found: LookupAnswer | TaskState) -> Response:
    if isinstance(found, LookupAnswer):
        left_out = {"explain"} if found.explain is None else set()
        return JSONResponse(found.model_dump(mode="json", exclude=left_out))
    location = request.url_for("lookup_of_task", task_id=found.id).path
    body = LookupPending(task=LookupTask(id=found.id, status=found.shown, location=location))
    return JSONResponse(
        body.model_dump(mode="json"), 202, {"Location": location, "Retry-After": _AGAIN_SECONDS}
    )

"""One profile: the account, what was read of it by models, its audience and its growth, each with its own freshness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from upbeat.api.access import Caller
from upbeat.api.explain.service import explain_rows
from upbeat.api.problems import ProblemError
from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.page import Page, Wanted, page_over
from upbeat.api.published.resource import Resource
from upbeat.api.state import ApiState, Connection

LARGEST_PART = 500
"""Most rows of one part: ages and genders, places, periods of growth."""
ACCOUNTS = {"INSTAGRAM": "instagram_account", "YOUTUBE": "youtube_account"}
PARTS = {
    "audience_quality": "audience_quality",
    "audience_demographics": "audience_demographics",
    "audience_places": "audience_locations",
    "growth": "growth_rates",
}
READ = ("gender", "category", "language", "country", "city")
"""What a model may have read of an account; each has its confidence, model, version and time beside it."""
_BESIDE = ("source", "confidence", "model", "prompt_version", "observed_at")


async def read_profile(
    state: ApiState, caller: Caller, platform: str, profile_id: str, *, explain: bool
) -> dict[str, Any]:
    """A profile.

    Returns:
        `{"data", "freshness"[, "explanations"]}`; the latter two have one member per part. A part whose table is not published
        is null, and so is its freshness.

    Raises:
        ProblemError: 404 for an account that is not published; 503 while no account is.
    """
    place = {"platform": platform, "profile_id": profile_id}
    account = RESOURCES[ACCOUNTS[platform]]
    async with state.connection() as connection:
        pages = {"account": await _part(state, connection, caller, account, place)}
        if pages["account"].data == "[]":
            raise ProblemError(404, "Not found", f"there is no profile {profile_id} of {platform} published")
        for part, name in PARTS.items():
            page = await _part_or_none(state, connection, caller, RESOURCES[name], place)
            if page is not None:
                pages[part] = page
    answer = {"data": _told(pages), "freshness": _freshness(pages)}
    if explain:
        named = {"account": account} | {part: RESOURCES[name] for part, name in PARTS.items()}
        answer["explanations"] = {
            part: await explain_rows(state, named[part], page) for part, page in pages.items()
        }
    return answer


async def _part(
    state: ApiState, connection: Connection, caller: Caller, resource: Resource, place: Mapping[str, str]
) -> Page:
    wanted = Wanted(place, {}, resource.sort, 1 if resource.single else LARGEST_PART)
    return await page_over(connection, state.settings, caller, resource, wanted)


async def _part_or_none(
    state: ApiState, connection: Connection, caller: Caller, resource: Resource, place: Mapping[str, str]
) -> Page | None:
    try:
        return await _part(state, connection, caller, resource, place)
    except ProblemError as problem:
        if problem.title != "Not published":
            raise
        return None


def _told(pages: Mapping[str, Page]) -> dict[str, Any]:
    parts = {part: orjson.loads(page.data) for part, page in pages.items()}
    account, enrichment = split_enrichment(parts.pop("account")[0])
    quality = parts.pop("audience_quality", None)
    return {
        "account": account,
        "enrichment": enrichment,
        "audience_quality": quality[0] if quality else None,
        **{part: parts.get(part) for part in PARTS if part != "audience_quality"},
    }


def _freshness(pages: Mapping[str, Page]) -> dict[str, Any]:
    return {
        part: orjson.loads(pages[part].freshness) if part in pages else None for part in ("account", *PARTS)
    }


def split_enrichment(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of an account without what was read of it, and what was: by name its value, source, confidence, model, version
    of the prompt, and when the model answered."""
    enrichment = {
        name: {"value": row.get(name)} | {what: row.get(f"{name}_{what}") for what in _BESIDE}
        for name in READ
    }
    beside = {f"{name}_{what}" for name in READ for what in _BESIDE} | set(READ) | {"topics", "is_sandbox"}
    told = {name: value for name, value in row.items() if name not in beside}
    return told, enrichment | {"topics": row.get("topics"), "is_sandbox": row.get("is_sandbox")}

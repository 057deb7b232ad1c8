"""The campaigns of the sandbox as of today: the shipped file with days, posts and discount codes filled in from the world.

The posts are ones that the stand-ins answer for, the codes ones that the orders of the sandbox's shops bear.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from upbeat.errors import InputError
from upbeat.sandbox.shops import SHOPS
from upbeat.sandbox.world import World
from upbeat.settings import REPOSITORY

CAMPAIGNS_FILE = REPOSITORY / "include" / "sandbox" / "campaigns.yaml"
_DAYS = ("starts_on", "ends_on", "incurred_on")
Entry = dict[str, Any]


def sandbox_campaigns(world: World, path: Path = CAMPAIGNS_FILE) -> dict[str, list[Entry]]:
    """`campaigns` and `collections` as `upbeat campaigns import` takes them.

    Raises:
        InputError: the file is missing or asks for a post or code that the world does not have.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): restore it") from error
    today = datetime.fromtimestamp(world.today, UTC).date()
    return {
        "campaigns": [_campaign(entry, world, today) for entry in document["campaigns"]],
        "collections": [_collection(entry, world, today) for entry in document["collections"]],
    }


def _campaign(entry: Entry, world: World, today: date) -> Entry:
    return _dated(entry, today) | {
        "profiles": [_profile(profile, world) for profile in entry.get("profiles", ())],
        "costs": [_dated(cost, today) for cost in entry.get("costs", ())],
    }


def _collection(entry: Entry, world: World, today: date) -> Entry:
    return _dated(entry, today) | {"members": [_member(member, world) for member in entry["members"]]}


def _dated(entry: Entry, today: date) -> Entry:
    days = {
        name: (today + timedelta(days=entry[name])).isoformat()
        for name in _DAYS
        if isinstance(entry.get(name), int)
    }
    return entry | days


def _profile(entry: Entry, world: World) -> Entry:
    shops, lender = entry.get("codes_of", []), entry.get("shares_code_of")
    handles = [entry["handle"], *([lender] if lender else [])]
    codes = [_code(shop, handle, world) for shop in shops for handle in handles]
    told = {name: value for name, value in entry.items() if name not in ("codes_of", "shares_code_of")}
    return told | ({"discount_codes": codes} if codes else {})


def _code(shop: str, handle: str, world: World) -> str:
    everybody = tuple(creator.handle for creator in world.creators())
    known = {code.handle: code.code for code in SHOPS[shop].codes(everybody)}
    if handle not in known:
        raise InputError(f"@{handle}: has no code in {shop}: it has some for {', '.join(sorted(known))}")
    return known[handle]


def _member(entry: Entry, world: World) -> Entry:
    if "newest" not in entry:
        return entry
    told = {name: value for name, value in entry.items() if name != "newest"}
    return told | {"shortcode": _shortcode(entry["platform"], entry["handle"], entry["newest"], world)}


def _shortcode(platform: str, handle: str, place: int, world: World) -> str:
    codes: list[str] = []
    if platform == "YOUTUBE" and (channel := world.youtube.channel(handle)) is not None:
        codes = [video.video_id for video in world.youtube.videos(channel)]
    elif platform == "INSTAGRAM" and (creator := world.creator(handle)) is not None:
        codes = [post.code for post in world.posts(creator)]
    if not 1 <= place <= len(codes):
        raise InputError(
            f"{platform} @{handle}: has {len(codes)} posts in the sandbox, none is number {place}"
        )
    return codes[place - 1]

"""What the owner of an account, post or story is told by the Graph API: made up around the account's real counts.

Shapes: recorded insights, older (`values`) and newer (`total_value` with `breakdowns`); names of metrics and what each version and kind
of post takes: the reference. The same figures come whenever they are asked for.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from upbeat.records import PostType
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.graph_errors import GraphError
from upbeat.sandbox.graph_nodes import product_type, timestamp
from upbeat.sandbox.posts import DAY, SandboxPost
from upbeat.sandbox.stories import SandboxStory

PACIFIC = 8 * 3600
"""Graph's days end at midnight in California."""
MAX_RANGE = 30 * DAY
# Share of the followers: unlike everything else here, these stand for no real account's figures.
_DAILY = {
    "reach": 0.05, "impressions": 0.08, "profile_views": 0.002, "follower_count": 0.0005, "website_clicks": 0.0001,
    "email_contacts": 0.000002, "phone_call_clicks": 0.000001, "text_message_clicks": 0.0000005,
    "get_directions_clicks": 0.0000005,
}  # fmt: skip
_TOTALS = {
    "reach": 0.05, "accounts_engaged": 0.01, "total_interactions": 0.014, "likes": 0.012, "comments": 0.0004,
    "saves": 0.0009, "shares": 0.0011, "replies": 0.0001, "profile_links_taps": 0.0001, "views": 0.12,
    "follows_and_unfollows": 0.0006, "website_clicks": 0.0001, "profile_views": 0.002,
}  # fmt: skip
_AUDIENCE = ("audience_city", "audience_country", "audience_gender_age", "audience_locale")
_DEMOGRAPHICS = ("follower_demographics", "reached_audience_demographics", "engaged_audience_demographics")
_CITIES = (
    "Mumbai, Maharashtra",
    "Delhi, Delhi",
    "Bangalore, Karnataka",
    "São Paulo, São Paulo (state)",
    "London, England",
)
_COUNTRIES = ("IN", "BR", "US", "ID", "GB", "PK")
_LOCALES = ("en_US", "hi_IN", "pt_BR", "en_GB")
_AGES = ("13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_GENDERS = ("F", "M", "U")
_DIMENSIONS = {"age": _AGES, "gender": _GENDERS, "city": _CITIES, "country": _COUNTRIES}
_OF_POSTS = {
    "engagement": 1.0, "total_interactions": 1.05, "impressions": 14.0, "views": 16.0, "reach": 11.0, "saved": 0.03,
    "video_views": 9.0, "plays": 12.0, "likes": 0.97, "comments": 0.03, "shares": 0.02, "follows": 0.001,
    "profile_visits": 0.02, "profile_activity": 0.004, "ig_reels_avg_watch_time": 0.0, "ig_reels_video_view_total_time": 60.0,
}  # fmt: skip
_OF_REELS_ONLY = frozenset({"plays", "ig_reels_avg_watch_time", "ig_reels_video_view_total_time"})
_OF_FEED_ONLY = frozenset(
    {"engagement", "impressions", "video_views", "follows", "profile_visits", "profile_activity"}
)
_OF_STORIES = {
    "exits": 0.002, "impressions": 0.021, "reach": 0.02, "replies": 0.0001, "taps_forward": 0.015, "taps_back": 0.001,
    "navigation": 0.018, "shares": 0.0002, "total_interactions": 0.0004, "follows": 0.00001, "profile_visits": 0.0003,
    "views": 0.022, "profile_activity": 0.0001,
}  # fmt: skip
FEWEST_VIEWERS = 5


def user_insights(
    creator: Creator, today: int, version: str, arguments: Mapping[str, str], address: str
) -> dict[str, Any]:
    """The `insights` edge of an account. `today` is the start of the present day, Unix seconds."""
    names, period = _asked(arguments), arguments.get("period", "day")
    if period == "lifetime":
        return {"data": [_audience(creator, today, name, version, arguments) for name in names]}
    if period != "day":
        raise GraphError(f"(#100) period must be one of day, lifetime: {period[:40]}", code=100)
    since, until = _range(today, arguments)
    total = arguments.get("metric_type") == "total_value"
    known = _TOTALS if total else _of_version(_DAILY, version)
    _require(names, known)
    data = [
        _total(creator, name, since, until) if total else _series(creator, name, since, until)
        for name in names
    ]
    kept = {name: value for name, value in arguments.items() if name not in ("since", "until")}
    length = until - since
    return {
        "data": data,
        "paging": {
            "previous": f"{address}?{urlencode({**kept, 'since': since - length, 'until': since})}",
            "next": f"{address}?{urlencode({**kept, 'since': until, 'until': until + length})}",
        },
    }


def post_insights(
    creator: Creator, post: SandboxPost, version: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """The `insights` edge of a post."""
    names, product = _asked(arguments), product_type(post)
    album = post.post_type is PostType.CAROUSEL and _major(version) < 18
    data = []
    for name in names:
        plain = name.removeprefix("carousel_album_") if album else name
        unfit = _OF_FEED_ONLY if product == "REELS" else _OF_REELS_ONLY
        if plain in unfit or plain not in _of_version(_OF_POSTS, version) or (album and plain == name):
            raise GraphError(
                f"(#100) The Media Insights API does not support the {name} metric for this media product type.",
                code=100,
            )
        value = round((post.likes + post.comments) * _OF_POSTS[plain] * _chance(creator, f"{name}:{post.pk}"))
        data.append(_lifetime(post.graph_id, name, value))
    return {"data": data}


def story_insights(
    creator: Creator, story: SandboxStory, version: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """The `insights` edge of a story. Of a story that hardly anybody saw nothing is told: code 10."""
    names = _asked(arguments)
    _require(names, _of_version(_OF_STORIES, version))
    if creator.followers * _OF_STORIES["reach"] < FEWEST_VIEWERS:
        raise GraphError("(#10) Not enough viewers for the media to show insights", code=10)
    return {
        "data": [
            _lifetime(
                story.graph_id,
                name,
                round(creator.followers * _OF_STORIES[name] * _chance(creator, f"{name}:{story.pk}")),
            )
            for name in names
        ]
    }


def _major(version: str) -> int:
    number = version.removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def _of_version(metrics: Mapping[str, float], version: str) -> dict[str, float]:
    """Without what the version no longer has, or has not yet."""
    major = _major(version)
    gone = {"impressions", "plays"} if major >= 22 else {"views"}
    if major >= 18:
        gone |= {"exits", "taps_forward", "taps_back", "engagement"}
    else:
        gone |= {"navigation", "follows", "profile_visits", "profile_activity", "ig_reels_avg_watch_time"}
        gone |= {"ig_reels_video_view_total_time"}
    if major >= 21:
        gone |= {"profile_views", "website_clicks", "video_views"} | {
            n for n in metrics if n.endswith(("_contacts", "_clicks"))
        }
    return {name: share for name, share in metrics.items() if name not in gone}


def _asked(arguments: Mapping[str, str]) -> list[str]:
    names = [name for name in arguments.get("metric", "").split(",") if name]
    if not names:
        raise GraphError("(#100) The parameter metric is required", code=100)
    return names


def _require(names: Sequence[str], known: Mapping[str, float]) -> None:
    for number, name in enumerate(names):
        if name not in known:
            raise GraphError(
                f"(#100) metric[{number}] must be one of the following values: {', '.join(known)}", code=100
            )


def _range(today: int, arguments: Mapping[str, str]) -> tuple[int, int]:
    try:
        until = int(arguments.get("until", today))
        since = int(arguments.get("since", until - 2 * DAY))
    except ValueError as error:
        raise GraphError("(#100) since and until must be Unix timestamps", code=100) from error
    if not 0 < until - since <= MAX_RANGE:
        raise GraphError(
            "(#100) There cannot be more than 30 days (2592000 s) between since and until", code=100
        )
    return since, until


def _chance(creator: Creator, what: str) -> float:
    return random.Random(f"insights:{creator.handle}:{what}").uniform(0.7, 1.3)  # noqa: S311 - repeatable


def _described(node: str, name: str, period: str) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "period": period,
        "title": title,
        "description": f"{title}, made up by the sandbox",
        "id": f"{node}/insights/{name}/{period}",
    }


def _lifetime(node: str, name: str, value: int) -> dict[str, Any]:
    return _described(node, name, "lifetime") | {"values": [{"value": value}]}


def _of_day(creator: Creator, name: str, day: int, share: float) -> int:
    return round(creator.followers * share * _chance(creator, f"{name}:{day}"))


def _series(creator: Creator, name: str, since: int, until: int) -> dict[str, Any]:
    days = range(since // DAY, -(-until // DAY))
    values = [
        {
            "value": _of_day(creator, name, day, _DAILY[name]),
            "end_time": timestamp((day + 1) * DAY + PACIFIC),
        }
        for day in days
    ]
    return _described(creator.graph_id, name, "day") | {"values": values}


def _total(creator: Creator, name: str, since: int, until: int) -> dict[str, Any]:
    days = range(since // DAY, -(-until // DAY))
    value = sum(_of_day(creator, name, day, _TOTALS[name]) for day in days)
    return _described(creator.graph_id, name, "day") | {"total_value": {"value": value}}


def _audience(
    creator: Creator, today: int, name: str, version: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    old = _major(version) < 18
    if name not in (_AUDIENCE if old else _DEMOGRAPHICS):
        known = ", ".join(_AUDIENCE if old else _DEMOGRAPHICS)
        raise GraphError(f"(#100) metric[0] must be one of the following values: {known}", code=100)
    described = _described(creator.graph_id, name, "lifetime")
    if old:
        value = dict(_parts(creator, name))
        return described | {"values": [{"value": value, "end_time": timestamp(today + PACIFIC)}]}
    if arguments.get("metric_type") != "total_value":
        raise GraphError(
            f"(#100) metric {name} should be specified with parameter metric_type=total_value", code=100
        )
    keys = [key for key in arguments.get("breakdown", "").split(",") if key]
    if not keys or any(key not in _DIMENSIONS for key in keys):
        raise GraphError(f"(#100) breakdown must be one of {', '.join(_DIMENSIONS)}", code=100)
    results = [
        {"dimension_values": list(values), "value": count} for values, count in _combined(creator, keys)
    ]
    return described | {"total_value": {"breakdowns": [{"dimension_keys": keys, "results": results}]}}


def _parts(creator: Creator, name: str) -> list[tuple[str, int]]:
    if name == "audience_gender_age":
        return [(f"{gender}.{age}", count) for (age, gender), count in _combined(creator, ["age", "gender"])]
    values = _LOCALES if name == "audience_locale" else _DIMENSIONS[name.removeprefix("audience_")]
    return _shares(creator, name, values)


def _combined(creator: Creator, keys: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    values: list[tuple[str, ...]] = [()]
    for key in keys:
        values = [(*before, value) for before in values for value in _DIMENSIONS[key]]
    counted = dict(_shares(creator, ",".join(keys), ["\t".join(value) for value in values]))
    return [(value, counted["\t".join(value)]) for value in values]


def _shares(creator: Creator, what: str, values: Sequence[str]) -> list[tuple[str, int]]:
    """The followers spread over the values, the first ones more; 45 values at most, as Graph tells."""
    weights = [_chance(creator, f"{what}:{value}") / (place + 1) for place, value in enumerate(values[:45])]
    return [
        (value, round(creator.followers * 0.9 * weight / sum(weights)))
        for value, weight in zip(values, weights, strict=False)
    ]

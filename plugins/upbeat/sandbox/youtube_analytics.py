"""The YouTube Analytics API v2, as `ytapi` asks it about connected channels. No answer of it was recorded: the shape is the discovery document's.

A token tells of its own channel (`google_api.OWN_HANDLES`) alone. Figures are made up around the channel's averages, by day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from upbeat.sandbox.creators import digest
from upbeat.sandbox.google_api import OWN_HANDLES, GoogleApi, GoogleError, bearer_of, required
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import Channel

COUNTED_AFTER_DAYS = 2
"""The newest days are not counted yet, and have no rows."""
MAX_DAYS = 800
_METRICS: dict[str, Callable[[Channel, float], float | int]] = {
    "views": lambda c, chance: round(c.avg_views * chance),
    "estimatedMinutesWatched": lambda c, chance: round(c.avg_views * chance * 3.5),
    "averageViewDuration": lambda c, chance: round(150 + 120 * chance),
    "averageViewPercentage": lambda c, chance: round(25 + 30 * chance, 2),
    "likes": lambda c, chance: round(c.avg_likes * chance),
    "comments": lambda c, chance: round(c.avg_comments * chance),
    "shares": lambda c, chance: round(c.avg_likes * chance / 5),
    "subscribersGained": lambda c, chance: round(c.subscribers * chance / 500),
    "subscribersLost": lambda c, chance: round(c.subscribers * chance / 2000),
}
_FLOATS = ("averageViewPercentage", "viewerPercentage")
_AGES = ("age13-17", "age18-24", "age25-34", "age35-44", "age45-54", "age55-64", "age65-")
_GENDERS = ("female", "male")
_COUNTRIES = ("IN", "US", "BR", "PK", "GB")
Rows = list[list[Any]]


def _chance(*seeds: object) -> float:
    """0.5 to 1.5, the same for the same seeds."""
    return 0.5 + digest(":".join(map(str, seeds))) % 1001 / 1000


def _day(request: Request, name: str) -> date:
    text = required(request, name)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"Field {name} has invalid value {text[:20]}: expected YYYY-MM-DD."
        raise GoogleError("invalidParameter", message, domain="global") from error


def _days(request: Request, today: date) -> list[date]:
    """The counted days between those that are asked for."""
    first, last = _day(request, "startDate"), _day(request, "endDate")
    last = min(last, today - timedelta(days=COUNTED_AFTER_DAYS + 1))
    return [first + timedelta(days=n) for n in range(min(MAX_DAYS, (last - first).days + 1))]


def _rows(
    channel: Channel, video_id: str, dimensions: list[str], metrics: list[str], days: list[date]
) -> Rows:
    seed = (channel.handle, video_id)

    def figures(*what: object) -> list[Any]:
        return [_METRICS[name](channel, _chance(*seed, name, *what)) for name in metrics]

    match dimensions:
        case []:
            return [figures("total", len(days))] if days else []
        case ["day"]:
            return [[day.isoformat(), *figures(day)] for day in days]
        case ["country"]:
            return [[country, *figures(country, len(days))] for country in _COUNTRIES] if days else []
        case ["ageGroup", "gender"]:
            weights = {(age, g): _chance(*seed, age, g) for age in _AGES for g in _GENDERS}
            total = sum(weights.values())
            return [[a, g, round(100 * w / total, 1)] for (a, g), w in weights.items()] if days else []
    raise GoogleError("badRequest", "The query is not supported.", domain="global")


class Analytics(GoogleApi):
    """`GET /v2/reports`."""

    host = "youtubeanalytics.googleapis.com"

    def subject(self, request: Request, world: World) -> str:
        """The handle of the channel that the token belongs to."""
        return OWN_HANDLES.get(bearer_of(request), "")

    def answer(self, request: Request, world: World) -> Answer:
        """One report."""
        if request.path.rstrip("/") != "/v2/reports":
            return json_answer({"error": {"code": 404, "message": "Not Found", "status": "NOT_FOUND"}}, 404)
        try:
            return json_answer(self._report(request, world))
        except GoogleError as error:
            return error.answer()

    def _report(self, request: Request, world: World) -> dict[str, Any]:
        channel = self._own_channel(request, world)
        metrics = required(request, "metrics").split(",")
        dimensions = [d for d in request.query.get("dimensions", "").split(",") if d]
        known = {"viewerPercentage"} if "ageGroup" in dimensions else set(_METRICS)
        for name in metrics:
            if name not in known:
                raise GoogleError(
                    "badRequest",
                    f"Unknown identifier ({name}) given in field parameters.metrics.",
                    domain="global",
                )
        video_id = re.sub(r"^video==", "", request.query.get("filters", ""))
        if video_id and world.youtube.video(video_id) is None:
            raise GoogleError("badRequest", "The query is not supported.", domain="global")
        today = datetime.fromtimestamp(world.youtube.today, UTC).date()
        headers = [{"name": d, "columnType": "DIMENSION", "dataType": "STRING"} for d in dimensions]
        headers += [
            {"name": m, "columnType": "METRIC", "dataType": "FLOAT" if m in _FLOATS else "INTEGER"}
            for m in metrics
        ]
        rows = _rows(channel, video_id, dimensions, metrics, _days(request, today))
        body: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
        return body | ({"rows": rows} if rows else {})

    def _own_channel(self, request: Request, world: World) -> Channel:
        """Raises `GoogleError` without a token, and for a channel that is not the token's."""
        token = bearer_of(request)
        if token not in OWN_HANDLES:
            message = "Login Required: a report needs an OAuth token."
            raise GoogleError("required", message, status=401, domain="global", info="CREDENTIALS_MISSING")
        channel = world.youtube.channel(OWN_HANDLES[token])
        asked = required(request, "ids").removeprefix("channel==")
        if channel is None or asked not in ("MINE", channel.channel_id):
            raise GoogleError("forbidden", "Forbidden", status=403, domain="global")
        return channel


UPSTREAM = Analytics()

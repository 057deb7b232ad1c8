"""Finds the observations behind figures: one statement per kind of origin, for all rows of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg.errors import UndefinedTable
from psycopg.rows import dict_row

from upbeat.api.explain.formulas import Kind, Origin
from upbeat.api.published.resource import COMPUTED
from upbeat.api.state import Connection
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("origins.sql"))
MOST_PAYLOADS = 20
"""Payloads that are named of one figure; more are counted."""
Row = Mapping[str, Any]
KINDS_OF = {
    "gender": ["base_gender"],
    "country": ["base_location"],
    "city": ["base_location"],
    "category": ["categ_lang_topics"],
    "language": ["categ_lang_topics"],
    "audience": ["audience_age_gender"],
    "places": ["audience_cities"],
}
UNKNOWN: dict[Kind, str] = {
    "stated": "the product states it: it comes from `coffee`, by the API or a message, not from a source's answer",
    "orders": "it is summed up over the orders of shops in the warehouse; they stand in `beat.shopify_order`",
    "many_rows": "it is computed over more rows than can be named; the mart's text says which",
    "quality": "a score is computed of many followers; the sample is named in `inputs`",
    "enrichment": "a model's answer is kept as read, in `beat.enrichment`, not as an archived payload",
}
NOT_FOUND = "no such observation is in the log of this database: it was imported, removed or never made"
NOT_TOLD = "the figure is not known: no observation that counts told it"
NOT_NAMED = "app.collection_post or app.campaign_profile, which name the posts, are not published yet"
NO_PAYLOAD = "the observation was logged without its payload: it was imported, or archiving is off"


@dataclass(frozen=True, slots=True)
class Found:
    """The observations behind a figure of a row; what cannot be known is None, and `reason` says why."""

    source: str | None = None
    observed_at: str | None = None
    payloads: list[str] = field(default_factory=list)
    payload_count: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None


async def find(connection: Connection, origin: Origin, rows: Sequence[Row]) -> list[Found]:
    """For each row what is behind a figure of this origin."""
    if origin.kind == "audience":
        return await _find_audience(connection, rows)
    if origin.kind not in _ASKED:
        return [Found(reason=UNKNOWN[origin.kind])] * len(rows)
    values = _ASKED[origin.kind](origin, rows)
    if origin.kind == "post":
        values["post_id"] = await _post_ids(connection, rows)
    values |= {"most": MOST_PAYLOADS, "metric": origin.metric, "days": origin.days, "settled": origin.settled}
    try:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(SQL[origin.kind].encode(), values)
            found = {row["n"]: row for row in await cursor.fetchall()}
    except UndefinedTable:
        return [Found(reason=NOT_NAMED)] * len(rows)
    return [_found(origin.kind, found.get(number)) for number in range(1, len(rows) + 1)]


def _found(kind: Kind, row: dict[str, Any] | None) -> Found:
    if row is None:
        return Found(reason=NOT_FOUND)
    payloads = list(row["payloads"] or [])
    reason = None if payloads else UNKNOWN.get(kind, NO_PAYLOAD)
    observed = row["observed_at"].isoformat() if row["observed_at"] else None
    return Found(row["source"], observed, payloads, row["payload_count"], dict(row["inputs"]), reason)


async def _find_audience(connection: Connection, rows: Sequence[Row]) -> list[Found]:
    """Rows of one page may be told by the platform or by a model."""
    of = "places" if any("place" in row for row in rows) else "audience"
    told = await find(connection, Origin(kind="enrichment", of=of), rows)
    async with connection.cursor(row_factory=dict_row) as cursor:
        values = _of_profile(Origin(kind="audience", at="observed_at"), rows) | {"most": MOST_PAYLOADS}
        await cursor.execute(SQL["audience"].encode(), values)
        owned = {row["n"]: row for row in await cursor.fetchall()}
    return [
        answer if row["basis"] == "enrichment" else _found("audience", owned.get(number))
        for number, (row, answer) in enumerate(zip(rows, told, strict=True), 1)
    ]


async def _post_ids(connection: Connection, rows: Sequence[Row]) -> list[str | None]:
    if all("post_id" in row for row in rows):
        return [row["post_id"] for row in rows]
    values = {
        "platform": _column(rows, "platform"),
        "code": _column(rows, "shortcode"),
        "profile_id": _column(rows, "profile_id"),
    }
    found = await (await connection.execute(SQL["post_ids"].encode(), values)).fetchall()
    return [post_id for _, post_id in found]


def _column(rows: Sequence[Row], name: str) -> list[Any]:
    return [row.get(name) for row in rows]


def _times(rows: Sequence[Row], column: str | None, *, before: bool = False) -> list[str]:
    """Until when; `before`: the day of the column does not count itself."""
    return [_until(row, column, before=before) for row in rows]


def _until(row: Row, column: str | None, *, before: bool) -> str:
    """A day counts to its end. Where the column is empty, nothing was seen that counts."""
    if column is None or column not in row:
        return "infinity"
    time: str | None = row[column]
    if time is None:
        return "-infinity"
    if len(time) > len("2026-11-22"):
        return time
    return f"{date.fromisoformat(time) - timedelta(days=before)} 23:59:59.999999+00"


def _of_profile(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "platform": _column(rows, "platform"),
        "profile_id": _column(rows, "profile_id"),
        "at": _times(rows, origin.at, before=origin.before),
    }


def _of_posts(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return _of_profile(origin, rows) | {
        "seen": _times(rows, COMPUTED),
        "weekday": _column(rows, "weekday" if origin.slot else ""),
        "hour": _column(rows, "hour" if origin.slot else ""),
    }


def _of_post(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return {"platform": _column(rows, "platform"), "at": _times(rows, origin.at)}


def _of_answer(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    assert origin.of
    prefix = "" if origin.of in ("audience", "places") else f"{origin.of}_"
    return {
        "platform": _column(rows, "platform"),
        "profile_id": _column(rows, "profile_id"),
        "model": _column(rows, f"{prefix}model"),
        "prompt_version": _column(rows, f"{prefix}prompt_version"),
        "at": _times(rows, f"{prefix}observed_at"),
        "kinds": KINDS_OF[origin.of],
    }


def _of_story(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "platform": _column(rows, "platform"),
        "story_id": _column(rows, "story_id"),
        "at": _times(rows, origin.at),
    }


def _of_hashtag(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "platform": _column(rows, "platform"),
        "hashtag": _column(rows, "hashtag"),
        "at": _times(rows, origin.at),
    }


def _of_collection(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return _of_profile(origin, rows) | {
        "id": _column(rows, "collection_id"),
        "profile_id": _narrowed(rows, "profile_id"),
        "hashtag": _column(rows, "hashtag"),
        "keyword": _column(rows, "keyword"),
    }


def _of_campaign(origin: Origin, rows: Sequence[Row]) -> dict[str, Any]:
    return _of_profile(origin, rows) | {
        "id": _column(rows, "campaign_id"),
        "profile_id": _narrowed(rows, "profile_id"),
    }


def _narrowed(rows: Sequence[Row], column: str) -> list[Any]:
    """A creator who was not found yet has no posts; a null would be those of all."""
    return [row[column] or "" if column in row else None for row in rows]


_ASKED: dict[Kind, Callable[[Origin, Sequence[Row]], dict[str, Any]]] = {
    "profile": _of_profile,
    "post": _of_post,
    "posts": _of_posts,
    "quality": _of_profile,
    "enrichment": _of_answer,
    "story": _of_story,
    "hashtag": _of_hashtag,
    "collection": _of_collection,
    "campaign": _of_campaign,
}

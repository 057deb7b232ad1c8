"""The rows of a seeded world by table, and what FINAL shows of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""The clock of this world: its marts are built with the variable `current_moment` at this time."""

KEYS: dict[str, tuple[str, ...]] = {
    "instagram_account": ("platform", "profile_id"),
    "youtube_account": ("platform", "profile_id"),
    "instagram_post": ("platform", "post_id"),
    "youtube_post": ("platform", "post_id"),
    "profile_log": ("platform", "profile_id", "timestamp", "source"),
    "post_log": ("platform", "post_id", "timestamp", "source"),
    "story": ("platform", "story_id"),
    "comment": ("platform", "comment_id"),
    "youtube_comment": ("platform", "comment_id"),
    "hashtag": ("platform", "name"),
    "follower": ("platform", "profile_id", "account_id"),
    "following": ("platform", "profile_id", "account_id"),
    "liker": ("platform", "post_id", "account_id"),
    **dict.fromkeys(
        ("profile_insight", "post_insight", "story_insight"),
        ("platform", "subject_id", "metric", "period", "breakdown", "breakdown_value", "end_time"),
    ),
    "shopify_order": ("platform", "shop", "order_id"),
    "shopify_product": ("platform", "shop", "product_id"),
    "shopify_refund": ("platform", "shop", "refund_id"),
    "enrichment": ("platform", "profile_id", "kind", "model", "prompt_version", "is_sandbox"),
    "follower_score": ("platform", "profile_id", "relation", "account_id", "sample_id"),
    "audience_quality": ("platform", "profile_id", "relation", "sample_id"),
    "asset": ("platform", "subject_kind", "subject_id", "source_url_hash"),
    "task_log": ("platform", "flow", "scraped_at", "task_id"),
    "trace_log": ("service", "at", "trace_id", "span_id"),
    "api_event": ("name", "event_id"),
}
"""The order keys of the raw tables."""

TIMES = {
    "profile_log": "timestamp",
    "post_log": "timestamp",
    "task_log": "scraped_at",
    "trace_log": "at",
    "api_event": "at",
}
"""The time of the version where it is not `observed_at`."""

LOGS = ("profile_log", "post_log", "task_log")
"""Of these, staging leaves out what is dated more than four hours after its ingestion."""


class World:
    """`world["profile_log"]` holds all raw rows of that table, dirty ones too; `world["coffee.campaign"]` rows of Postgres."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {}
        self._events = 0

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def add(self, table: str, rows: Iterable[Row], ingested: datetime | None = None) -> None:
        """Add rows; of a raw table each gets the number of its event, and arrives a minute after it was observed, if nothing else
        is said."""
        kept = self.tables.setdefault(table, [])
        for row in rows:
            if "." not in table:
                self._events += 1
                arrived = ingested or row[TIMES.get(table, "observed_at")] + timedelta(minutes=1)
                row = {"_event_id": self._events, "_ingested_at": arrived, **row}
            kept.append(row)

    def final(self, table: str) -> list[Row]:
        """What FINAL shows of a raw table: of each key the row of the latest observation, then of the latest event."""
        newest: dict[tuple[Any, ...], Row] = {}
        at = TIMES.get(table, "observed_at")
        for row in sorted(self.tables[table], key=lambda r: (r[at], r["_event_id"])):
            newest[tuple(row[name] for name in KEYS[table])] = row
        return list(newest.values())

    def clean(self, table: str) -> list[Row]:
        """`final` without what staging leaves out; current rows are observed when they arrived at the latest."""
        at = TIMES.get(table, "observed_at")
        named = (
            {"handle"}
            if table.endswith("_account")
            else {"profile_id"}
            if table.endswith("_post") or table == "story"
            else set()
        )
        rows = []
        for row in self.final(table):
            texts = [
                row[name]
                for name in {*KEYS[table], *named} - {"breakdown", "breakdown_value"}
                if isinstance(row[name], str)
            ]
            if any(not text.strip() for text in texts):
                continue
            if table in LOGS and row[at] > row["_ingested_at"] + 4 * HOUR:
                continue
            rows.append(row if table in LOGS else {**row, at: min(row[at], row["_ingested_at"])})
        return rows

"""Fills the raw tables, and adds a small share of new rows later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))
TABLES = ("instagram_account", "youtube_account", "instagram_post", "youtube_post", "profile_log", "post_log")
POSTS_STEPS = 4  # observations of each post
NEW_EVENTS = 1_000_000_000  # event ids of what comes later


class RawRows:
    """The raw tables of one benchmark.

    Args:
        profiles: creators; every fifth is a channel.
        posts: posts of all of them over 90 days, each observed four times.
        log_rows: rows of both logs together.
    """

    def __init__(self, settings: Settings, *, profiles: int, posts: int, log_rows: int) -> None:
        self._settings = settings
        self._profiles, self._posts = profiles, posts
        self._profile_log = log_rows - posts * POSTS_STEPS
        self._client = clickhouse.client(settings, comment="benchmark", send_receive_timeout=3600)
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)

    def fill(self) -> dict[str, int]:
        """Everything that was there before; how many rows each table has."""
        for name in TABLES[:4]:
            self._run(name, profiles=self._profiles, posts=self._posts, now=self.now)
        self._log("profile_log", self._profile_log, is_new=False, at=self.now)
        self._post_log(self.now, is_new=False, steps=POSTS_STEPS, one_of=1)
        return self.counts()

    def add_new(self, share: float, at: datetime) -> dict[str, int]:
        """Rows that were observed within the hour before `at`: `share` of each log and of the posts; how many rows each table has then."""
        self._log("profile_log", int(self._profile_log * share), is_new=True, at=at)
        self._post_log(at, is_new=True, steps=1, one_of=round(1 / (share * POSTS_STEPS)))
        for name in ("instagram_post_again", "youtube_post_again"):
            self._run(name, now=at, first_event=NEW_EVENTS, one_of=round(1 / share))
        return self.counts()

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        database = self._settings.clickhouse_raw_database
        return {
            name: int(self._client.query(f"SELECT count() FROM {database}.{name}").result_rows[0][0])
            for name in TABLES
        }

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _log(self, name: str, rows: int, *, is_new: bool, at: datetime) -> None:
        first = NEW_EVENTS if is_new else 1
        self._run(
            name, profiles=self._profiles, log_rows=rows, is_new=is_new, now=at, first_event=first
        )  # fmt: skip

    def _post_log(self, at: datetime, *, is_new: bool, steps: int, one_of: int) -> None:
        first = NEW_EVENTS if is_new else 1
        self._run("post_log", now=at, is_new=is_new, steps=steps, one_of=one_of, first_event=first)

    def _run(self, name: str, **parameters: Any) -> None:
        statement = SQL[name].replace("{database}", self._settings.clickhouse_raw_database)
        self._client.command(statement, parameters=parameters)

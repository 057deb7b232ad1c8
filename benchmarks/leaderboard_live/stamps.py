"""Sends events at random moments and notes when each is where: in the outbox, in ClickHouse, in the API's answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from clickhouse_connect.driver.exceptions import ClickHouseError

from benchmarks.leaderboard_live.legs import Event
from upbeat.events.consumers import load_consumers
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings
from upbeat.stores import clickhouse

KIND = "instagram_account"
CREATORS = 90
PAGE = 200
"""More rows than creators, so that one who falls behind another is still on the first page."""
SECONDS_BETWEEN = (20.0, 30.0)
LOOK_EVERY = 1.0
ATTEMPTS = 5
COMES_WITHIN = timedelta(minutes=45)
"""What was not seen so long after the last event was sent is counted as not seen."""
INGESTED = f"""
SELECT handle, followers_count, min(_ingested_at) FROM {KIND}
WHERE followers_count IN {{counts:Array(Int64)}} GROUP BY handle, followers_count
"""
Say = Callable[[str], None]


class Stamps:
    """Creators of the leaderboard in turn, each with a count of its own per event.

    The sandbox is told the count, too: what is collected meanwhile confirms it and does not put the old one back.
    """

    def __init__(self, settings: Settings, key: str, say: Say) -> None:
        self._settings, self._say = settings, say
        self._api = httpx.Client(
            base_url=f"http://127.0.0.1:{settings.api_port}", headers={"X-API-Key": key}, timeout=60
        )
        self._raw = clickhouse.client(
            settings, database=settings.clickhouse_raw_database, comment="benchmark"
        )
        self._accounts = self._collected_accounts()
        self.events: list[Event] = []

    def gather(self, minutes: float) -> list[Event]:
        """Send for so many minutes, then wait for those under way."""
        chance = random.Random(29)
        ends_at = datetime.now(UTC) + timedelta(minutes=minutes)
        next_at = datetime.now(UTC)
        while (now := datetime.now(UTC)) < ends_at or (self._open() and now < ends_at + COMES_WITHIN):
            if next_at <= now < ends_at:
                self._send()
                next_at = now + timedelta(seconds=chance.uniform(*SECONDS_BETWEEN))
            try:
                self._look_into_clickhouse()
                self._look_at_the_leaderboard()
            except (httpx.HTTPError, OSError, ClickHouseError) as error:
                self._say(f"no answer, so the next look tells: {clickhouse.reason(error)}")
            time.sleep(LOOK_EVERY)
        return self.events

    def _open(self) -> list[Event]:
        return [event for event in self.events if event.seen_at is None]

    def _collected_accounts(self) -> list[dict[str, Any]]:
        """The payloads of the largest creators, as they stand in ClickHouse."""
        names = ", ".join(column.name for column in load_consumers()[KIND].columns)
        largest = f"SELECT {names} FROM {KIND} FINAL ORDER BY followers_count DESC LIMIT {CREATORS}"
        return list(self._raw.query(largest).named_results())

    def _leaderboard(self) -> list[dict[str, Any]]:
        answer = self._api.get("/v1/leaderboard", params={"platform": "INSTAGRAM", "limit": PAGE})
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    def _send(self) -> None:
        number = len(self.events) + 1
        account = self._accounts[number % len(self._accounts)]
        account["followers_count"] += number
        handle, followers = account["handle"], account["followers_count"]
        with SandboxControl(self._settings.sandbox_url()) as sandbox:
            sandbox.change_creator(handle, followers=followers)
        sent_at = datetime.now(UTC)
        payload = account | {"observed_at": sent_at.isoformat()}
        event = {"id": f"live-{sent_at.timestamp():.6f}", "kind": KIND, "payload": payload}
        self._post(event)
        self.events.append(Event(handle, followers, sent_at, datetime.now(UTC)))

    def _post(self, event: dict[str, Any]) -> None:
        """Under its id an event counts once, however often it is sent; what a broken answer costs is in its time."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._api.post("/v1/events", json={"events": [event]}, params={"atomic": True})
                answer.raise_for_status()
                return
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise

    def _look_into_clickhouse(self) -> None:
        awaited = {
            (event.handle, event.followers): event for event in self.events if event.ingested_at is None
        }
        if awaited:
            counts = [followers for _, followers in awaited]
            for handle, followers, at in self._raw.query(INGESTED, {"counts": counts}).result_rows:
                if event := awaited.get((handle, followers)):
                    event.ingested_at = at.replace(tzinfo=UTC)

    def _look_at_the_leaderboard(self) -> None:
        if not (awaited := self._open()):
            return
        shown = {row["handle"]: row for row in self._leaderboard()}
        seen_at = datetime.now(UTC)
        for event in awaited:
            row = shown.get(event.handle)
            if row and row["followers"] == event.followers:
                event.seen_at, event.built_at = seen_at, datetime.fromisoformat(row["updated_at"])
                minutes = (seen_at - event.sent_at).total_seconds() / 60
                still = len(self._open())
                self._say(
                    f"@{event.handle} {event.followers}: seen after {minutes:.1f} min; {len(self.events)} sent, {still} under way"
                )

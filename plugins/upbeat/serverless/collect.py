"""Reads the stream of scores shard by shard and hands each page on, from where the last run came to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.serverless.outage import ATTEMPTS, Outage
from upbeat.serverless.records import Found, read_records
from upbeat.serverless.store import Checkpoint
from upbeat.stores.kinesis import IteratorGoneError, Page

RECORDS_OF_A_PAGE = 20
"""Some ten thousand scores: one transaction of a second or so."""
ROUND_SECONDS = 0.25
"""Least time from one look at a shard to the next: Kinesis allows five reads a second for all readers together."""
IDLE_SECONDS = 1.0
IDLE_ROUNDS = 2
"""A record is seen a moment after it was put: a single look that finds none does not mean that there is none."""
LISTING_SECONDS = 30.0

log = get_logger("serverless.collect")


class Stream(Protocol):
    """What is read; see `stores.kinesis.KinesisStream`."""

    def shards(self) -> list[str]:
        """The ids of the shards."""

    def iterator(self, shard: str, after: str | None) -> str:
        """A place to read from."""

    def read(self, iterator: str, limit: int) -> Page:
        """The next records."""


class Store(Protocol):
    """Where it goes; see `store.ScoreStore`."""

    def checkpoints(self) -> dict[str, Checkpoint]:
        """How far each shard was read."""

    def write(self, shard: str, checkpoint: Checkpoint, found: Found) -> int:
        """Write a page and how far it goes."""


@dataclass(slots=True)
class Collected:
    """What a run did.

    Attributes:
        records: of the stream.
        scores: in them, those that came before included.
        changed: scores that are new or differ from what was there: each is one event.
        set_aside: what is no score; `upbeat events errors` shows it.
    """

    records: int = 0
    scores: int = 0
    changed: int = 0
    set_aside: int = 0


@dataclass(slots=True)
class _Shard:
    id: str
    checkpoint: Checkpoint
    iterator: str | None = None


class Collector:
    """Reads all shards in turn. Two at once on one stream do the same work twice and no harm."""

    def __init__(
        self,
        stream: Stream,
        store: Store,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        on_progress: Callable[[Collected], None] = lambda collected: None,
    ) -> None:
        self._stream = stream
        self._store = store
        self._sleep = sleep
        self._clock = clock
        self._on_progress = on_progress
        self._shards: dict[str, _Shard] = {}
        self._listed_at = float("-inf")
        self.collected = Collected()

    def run(
        self,
        *,
        until_idle: bool,
        seconds: float = float("inf"),
        stopped: Callable[[], bool] = lambda: False,
    ) -> Collected:
        """Read until the stream is empty, the time is over or somebody stops it; a page in hand is written first.

        A page that could not be read or written, as Postgres or Kinesis was away or throttled, is read again after a wait.

        Raises:
            StoreUnavailableError: AWS refuses our login; or a store was away several times in a row of a run until the stream is
                empty, or still when the time was over: run again, it goes on from where it came to.
            InputError: there is no such stream.
        """
        outage = Outage(self._sleep, attempts=ATTEMPTS if until_idle else None)
        begun, idle = self._clock(), 0
        while not stopped() and self._clock() - begun < seconds:
            at = self._clock()
            try:
                found = self._round(stopped)
            except StoreUnavailableError as error:
                outage.met(error)
                continue
            outage.over()
            idle = 0 if found else idle + 1
            if until_idle and idle >= IDLE_ROUNDS:
                break
            self._sleep(max(0.0, at + (ROUND_SECONDS if found else IDLE_SECONDS) - self._clock()))
        if outage.error is not None and not stopped():
            raise outage.error
        return self.collected

    def _round(self, stopped: Callable[[], bool]) -> bool:
        """A page of each shard; whether there was anything, or may be more."""
        self._list_shards()
        found = False
        for shard in [shard for shard in self._shards.values() if not shard.checkpoint.has_ended]:
            if stopped():
                break
            found |= self._page(shard)
        return found

    def _list_shards(self) -> None:
        """Shards come and go while the stream is scaled; those that were split or merged are read to their end."""
        if self._clock() - self._listed_at < LISTING_SECONDS:
            return
        known = self._store.checkpoints() if not self._shards else {}
        for name in self._stream.shards():
            self._shards.setdefault(name, _Shard(name, known.get(name, Checkpoint())))
        self._listed_at = self._clock()

    def _page(self, shard: _Shard) -> bool:
        page = self._read(shard)
        if page is None:
            return True
        ended = page.next_iterator is None
        if page.records or ended:
            after = page.records[-1].sequence if page.records else shard.checkpoint.after
            self._write(shard, page, Checkpoint(after, ended))
        shard.iterator = page.next_iterator
        if ended:
            # What came of it is to be read now.
            self._listed_at = float("-inf")
        return bool(page.records) or ended or page.behind_seconds > 0

    def _read(self, shard: _Shard) -> Page | None:
        """The next page; None when its place is gone and is asked for anew at the next round."""
        try:
            if shard.iterator is None:
                shard.iterator = self._stream.iterator(shard.id, shard.checkpoint.after)
        except IteratorGoneError:
            log.warning("the checkpoint is unknown to the stream, reading from its start", shard=shard.id)
            shard.checkpoint = Checkpoint()
            return None
        try:
            return self._stream.read(shard.iterator, RECORDS_OF_A_PAGE)
        except IteratorGoneError:
            shard.iterator = None
            return None

    def _write(self, shard: _Shard, page: Page, checkpoint: Checkpoint) -> None:
        found = read_records(shard.id, page.records)
        if found.set_aside:
            log.warning("what is no score was set aside", shard=shard.id, rows=len(found.set_aside))
        self.collected.changed += self._store.write(shard.id, checkpoint, found)
        self.collected.records += len(page.records)
        self.collected.scores += len(found.scores)
        self.collected.set_aside += len(found.set_aside)
        shard.checkpoint = checkpoint
        self._on_progress(self.collected)

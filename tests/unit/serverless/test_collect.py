"""The stream is read to its end, through splits, lost places and restarts, without missing a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from upbeat.errors import StoreUnavailableError
from upbeat.serverless.collect import LISTING_SECONDS, Collector
from upbeat.serverless.records import Found
from upbeat.serverless.store import Checkpoint
from upbeat.stores.kinesis import IteratorGoneError, Page, StreamRecord


@dataclass
class Stream:
    """Shards of numbered records, a few to a page; closed ones end. Iterators are `shard:place`."""

    records: dict[str, list[str]]
    closed: set[str] = field(default_factory=set)
    page: int = 2
    expire_after: int | None = None
    unknown: set[str] = field(default_factory=set)
    reads: int = 0
    on_read: Callable[[], None] = lambda: None

    def shards(self) -> list[str]:
        return sorted(self.records)

    def iterator(self, shard: str, after: str | None) -> str:
        if after in self.unknown:
            raise IteratorGoneError
        place = 0 if after is None else self.records[shard].index(after) + 1
        return f"{shard}:{place}"

    def read(self, iterator: str, limit: int) -> Page:
        self.reads += 1
        self.on_read()
        if self.reads == self.expire_after:
            raise IteratorGoneError
        shard, _, place = iterator.partition(":")
        start, told = int(place), self.records[shard]
        end = min(start + min(limit, self.page), len(told))
        is_over = shard in self.closed and end == len(told)
        records = [StreamRecord(name, b"") for name in told[start:end]]
        return Page(records, None if is_over else f"{shard}:{end}", float(len(told) - end))


@dataclass
class Store:
    """Keeps the places that were written, in memory that outlives a collector."""

    places: dict[str, Checkpoint] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    break_at: int | None = None

    def checkpoints(self) -> dict[str, Checkpoint]:
        return dict(self.places)

    def write(self, shard: str, checkpoint: Checkpoint, found: Found) -> int:
        if self.break_at is not None and len(self.seen) >= self.break_at:
            raise ConnectionError
        # Empty records are no scores: each is set aside under its shard and sequence.
        self.seen += [one.key for one in found.set_aside]
        self.places[shard] = checkpoint
        return 0


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def collector(stream: Stream, store: Store, time: Time | None = None) -> Collector:
    time = time or Time()
    return Collector(stream, store, sleep=time.sleep, clock=time.clock)


def names(shard: str, count: int) -> list[str]:
    return [f"{shard}{number}" for number in range(count)]


def test_every_record_of_every_shard_is_read_once() -> None:
    stream, store = Stream({"a": names("a", 5), "b": names("b", 3), "c": []}), Store()
    collected = collector(stream, store).run(until_idle=True)
    assert sorted(store.seen) == [
        f"{shard}:{shard}{number}" for shard, count in (("a", 5), ("b", 3)) for number in range(count)
    ]
    assert (collected.records, collected.set_aside) == (8, 8)


def test_a_new_run_goes_on_where_the_last_one_came_to() -> None:
    stream, store = Stream({"a": names("a", 4)}), Store()
    collector(stream, store).run(until_idle=True)
    stream.records["a"] += ["late"]
    assert collector(stream, store).run(until_idle=True).records == 1
    assert store.seen[-1] == "a:late"


def test_a_page_that_was_not_written_is_read_again() -> None:
    stream, store = Stream({"a": names("a", 6)}), Store(break_at=2)
    try:
        collector(stream, store).run(until_idle=True)
    except ConnectionError:
        store.break_at = None
    collector(stream, store).run(until_idle=True)
    assert store.seen == [f"a:a{number}" for number in range(6)]


def test_a_shard_that_was_split_is_read_to_its_end_and_then_left_alone() -> None:
    stream, store = Stream({"a": names("a", 3), "b": names("b", 1)}, closed={"a"}), Store()
    collector(stream, store).run(until_idle=True)
    assert store.places["a"] == Checkpoint("a2", has_ended=True)
    reads = stream.reads
    collector(stream, store).run(until_idle=True)
    assert len(store.seen) == 4
    assert stream.reads - reads == 2, "two looks at shard b"


def test_an_empty_shard_that_was_split_ends_without_a_record() -> None:
    stream, store = Stream({"a": []}, closed={"a"}), Store()
    collector(stream, store).run(until_idle=True)
    assert store.places == {"a": Checkpoint(None, has_ended=True)}


def test_shards_that_come_of_a_split_are_found_while_it_runs() -> None:
    stream, store = Stream({"a": names("a", 2)}), Store()

    def split() -> None:
        if stream.reads == 2:
            stream.closed = {"a"}
            stream.records |= {"a1": names("x", 1), "a2": names("y", 1)}

    stream.on_read = split
    collector(stream, store).run(until_idle=True)
    assert sorted(store.seen) == ["a1:x0", "a2:y0", "a:a0", "a:a1"]


def test_new_shards_are_found_by_looking_now_and_then() -> None:
    stream, store, time = Stream({"a": []}), Store(), Time()

    def grow() -> None:
        stream.records.setdefault("b", names("b", 1))

    stream.on_read = grow
    collector(stream, store, time).run(until_idle=False, seconds=LISTING_SECONDS + 5)
    assert store.seen == ["b:b0"]


def test_a_place_that_is_too_old_is_asked_for_again() -> None:
    stream, store = Stream({"a": names("a", 6)}, expire_after=2), Store()
    collector(stream, store).run(until_idle=True)
    assert store.seen == [f"a:a{number}" for number in range(6)]


def test_a_checkpoint_that_the_stream_does_not_know_means_its_start() -> None:
    stream = Stream({"a": names("a", 3)}, unknown={"gone"})
    store = Store({"a": Checkpoint("gone")})
    collector(stream, store).run(until_idle=True)
    assert store.seen == ["a:a0", "a:a1", "a:a2"]


def test_it_ends_with_its_time_or_when_it_is_stopped() -> None:
    stream, time = Stream({"a": []}), Time()
    collector(stream, Store(), time).run(until_idle=False, seconds=10)
    assert 10 <= time.now < 12
    before = stream.reads
    collector(stream, Store()).run(until_idle=False, stopped=lambda: True)
    assert stream.reads == before


def test_a_service_reads_on_when_a_store_is_back() -> None:
    stream, store, time = Stream({"a": names("a", 4)}), Store(), Time()
    left = 8

    def away() -> None:
        nonlocal left
        left -= 1
        if left > 0 and left % 4:
            raise StoreUnavailableError("throttled")

    stream.on_read = away
    collector(stream, store, time).run(until_idle=False, seconds=600)
    assert store.seen == [f"a:a{number}" for number in range(4)]


def test_a_store_that_stays_away_ends_a_run_that_has_an_end() -> None:
    for until_idle in (True, False):
        stream, time = Stream({"a": names("a", 4)}), Time()

        def away() -> None:
            raise StoreUnavailableError("gone")

        stream.on_read = away
        with pytest.raises(StoreUnavailableError, match="gone"):
            collector(stream, Store(), time).run(until_idle=until_idle, seconds=60)
        assert (time.now < 60) is until_idle

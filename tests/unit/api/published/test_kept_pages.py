"""Which pages are kept, and for how long."""

from __future__ import annotations

from upbeat.api.published.kept_pages import BYTES_BESIDE, LONGEST_SECONDS, KeptPage, KeptPages, Key
from upbeat.api.published.page import Freshness, Publication

ONE = BYTES_BESIDE + 1 + 10
"""Bytes of an entry with a query of one letter and an answer of ten bytes."""


def key(name: str) -> Key:
    return ("leaderboard", (), name.encode())


def page(run: int | None = 1, *, length: int = 10, read_at: float = 0.0) -> KeptPage:
    return KeptPage(bytes(length), Freshness('{"sync_run": "r"}', 1.0, None, Publication(run, 5), read_at))


def test_the_pages_that_were_asked_for_last_are_kept_up_to_the_bytes_allowed() -> None:
    pages = KeptPages(3 * ONE, clock=lambda: 0.0)
    for name in "abc":
        pages.keep(key(name), page())
    assert pages.find(key("a")), "asked for again, so that it is not the oldest any more"

    pages.keep(key("d"), page())

    assert [name for name in "abcd" if pages.find(key(name))] == ["a", "c", "d"]
    pages.keep(key("a"), page(length=11))
    assert [name for name in "abcd" if pages.find(key(name))] == ["a", "d"]


def test_pages_without_a_row_take_their_place_too() -> None:
    pages = KeptPages(100 * BYTES_BESIDE, clock=lambda: 0.0)
    names = [f"search={number}" for number in range(200)]
    for name in names:
        pages.keep(key(name), page(length=0))

    assert 90 < sum(pages.find(key(name)) is not None for name in names) < 100


def test_neither_a_page_beyond_the_bytes_nor_one_of_a_table_that_no_sync_published_is_kept() -> None:
    pages = KeptPages(3 * ONE, clock=lambda: 0.0)
    pages.keep(key("large"), page(length=3 * ONE))
    pages.keep(key("unlogged"), page(run=None))
    assert pages.find(key("large")) is pages.find(key("unlogged")) is None
    off = KeptPages(0, clock=lambda: 0.0)
    off.keep(key("a"), page(length=1))
    assert off.find(key("a")) is None


def test_a_page_is_forgotten_after_a_minute() -> None:
    now = 100.0
    pages = KeptPages(3 * ONE, clock=lambda: now)
    pages.keep(key("a"), page(read_at=now))
    now += LONGEST_SECONDS
    assert pages.find(key("a"))
    now += 0.1
    assert pages.find(key("a")) is None

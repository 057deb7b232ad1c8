"""Pages that this process has read, for as long as the publication stands that they are of.

A published table changes when a sync publishes it, and each publish is another entry of its log. So a page may be told again while the
newest entry is the one that the page was read under: that is asked of Postgres for every request, which costs a tenth of the page.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from upbeat.api.published.page import Freshness
from upbeat.api.state import ApiState

LONGEST_SECONDS = 60.0
"""A page is read anew after so long all the same: somebody may have written to a table by hand."""
BYTES_BESIDE = 1_200
"""What an entry takes beside its answer and its query, about: an empty page is not free."""
Key = tuple[str, tuple[tuple[str, str], ...], bytes]
"""Resource, place and query, as they were sent."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """An answer up to its freshness, and what that is."""

    head: bytes
    read: Freshness


class KeptPages:
    """The pages that were asked for last, up to so many bytes; with 0 nothing is kept."""

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._bytes = 0
        self._pages: OrderedDict[Key, KeptPage] = OrderedDict()

    def find(self, key: Key) -> KeptPage | None:
        """What was kept. It may be told where its publication still stands."""
        kept = self._pages.get(key)
        if kept is None:
            return None
        if self._clock() - kept.read.read_at > LONGEST_SECONDS:
            self._drop(key)
            return None
        self._pages.move_to_end(key)
        return kept

    def keep(self, key: Key, kept: KeptPage) -> None:
        """Keep a page in the place of what was kept under its key. One of a table that no sync has published is not."""
        self._drop(key)
        if kept.read.publication.run is None or bytes_of(key, kept) > self._most_bytes:
            return
        self._pages[key] = kept
        self._bytes += bytes_of(key, kept)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._pages)))

    def _drop(self, key: Key) -> None:
        kept = self._pages.pop(key, None)
        if kept is not None:
            self._bytes -= bytes_of(key, kept)


def bytes_of(key: Key, kept: KeptPage) -> int:
    """About how much memory an entry takes."""
    return len(kept.head) + len(key[2]) + BYTES_BESIDE


@asynccontextmanager
async def kept_pages(state: ApiState) -> AsyncIterator[KeptPages]:
    """Those of a process: a part of its state."""
    yield KeptPages(state.settings.api_page_memory_bytes)

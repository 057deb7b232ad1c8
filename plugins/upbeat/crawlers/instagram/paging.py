"""Follows cursors until there are enough posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from upbeat.records import Parsed

MAX_PAGES = 100


async def collect_pages(fetch: Callable[[str | None], Awaitable[Parsed]], limit: int) -> Parsed:
    """All pages that `limit` posts take, as one. Ends at the last page, and at a cursor that was given before."""
    collected = await fetch(None)
    seen: set[str] = set()
    while len(collected.posts) < limit and len(seen) < MAX_PAGES:
        cursor = collected.next_cursor
        if cursor is None or cursor in seen:
            break
        seen.add(cursor)
        page = await fetch(cursor)
        collected.extend(page)
        if not page.posts:
            break
    del collected.posts[limit:]
    return collected

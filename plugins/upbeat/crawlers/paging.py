"""Follows cursors until there is enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from upbeat.records import Fact, Parsed, Post, Profile

MAX_PAGES = 500


async def collect_pages(
    fetch: Callable[[str | None, int], Awaitable[Parsed]],
    limit: int,
    *,
    of: type[Profile | Post | Fact] = Post,
) -> Parsed:
    """All pages that `limit` records of type `of` take, as one. Ends at the last page, and at a cursor that was given before.

    Args:
        fetch: asks for the page behind a cursor (None: the first); the number is how many records came before it.
    """
    collected = await fetch(None, 0)
    so_far = len(collected.of(of))
    seen: set[str] = set()
    while so_far < limit and len(seen) < MAX_PAGES:
        cursor = collected.next_cursor
        if cursor is None or cursor in seen:
            break
        seen.add(cursor)
        page = await fetch(cursor, so_far)
        collected.extend(page)
        found = len(page.of(of))
        if not found:
            break
        so_far += found
    collected.cut(of, limit)
    return collected

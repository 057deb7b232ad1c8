"""Posts in lists that are not their owner's: what was asked for says which list it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast, get_args

from upbeat.records import ListedPost, Listing, Platform


def listing_params(listing: Listing, key: str, offset: int) -> dict[str, str]:
    """What a request for one page of a list keeps for the parser; `offset` is how many posts came before the page."""
    return {"listing": listing, "listing_key": key, "offset": str(offset)}


def listed_posts(
    post_ids: Iterable[str],
    params: Mapping[str, str],
    *,
    platform: Platform,
    source: str,
    observed_at: datetime,
) -> list[ListedPost]:
    """The entries of a page, in its order; none when the request was not for a list."""
    listing, key = params.get("listing"), params.get("listing_key")
    if listing not in get_args(Listing) or not key:
        return []
    offset = params.get("offset", "")
    first = int(offset) + 1 if offset.isdigit() else 1
    return [
        ListedPost(
            platform=platform,
            source=source,
            observed_at=observed_at,
            listing=cast(Listing, listing),
            listing_key=key,
            post_id=post_id,
            position=position,
        )
        for position, post_id in enumerate(dict.fromkeys(post_ids), first)
    ]

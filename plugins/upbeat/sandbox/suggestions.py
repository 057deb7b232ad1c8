"""The accounts that the platform suggests: beside another one, and for a search."""

from __future__ import annotations

from collections.abc import Sequence

from upbeat.sandbox.creators import Creator, digest
from upbeat.sandbox.world import World

MAX_SIMILAR = 20
MAX_FOUND = 50


def similar_accounts(world: World, creator: Creator) -> Sequence[Creator]:
    """Creators of the same category or with an audience in the same country, both first; never the account itself."""

    def closeness(other: Creator) -> tuple[int, int]:
        shared = (other.category == creator.category) + (other.audience_country == creator.audience_country)
        return -shared, digest(f"similar:{creator.handle}:{other.handle}")

    others = [other for other in world.creators() if other.handle != creator.handle]
    return sorted(others, key=closeness)[:MAX_SIMILAR]


def search_accounts(world: World, query: str) -> Sequence[Creator]:
    """Accounts with every word of the query in their handle or name, largest first."""
    words = query.lower().removeprefix("@").split()
    found = [
        creator
        for creator in world.creators()
        if words and all(word in f"{creator.handle} {creator.full_name}".lower() for word in words)
    ]
    return sorted(found, key=lambda creator: (-creator.followers, creator.handle))[:MAX_FOUND]

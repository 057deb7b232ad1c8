"""The posts and creators of one of the product's collections: asked for one after another, one bad one costs the others nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from upbeat.errors import DropError, NotFoundError
from upbeat.records import CollectionItem, Parsed, Post, Problem, Profile


async def collect_items(
    fetch: Callable[[str], Awaitable[Parsed]], subjects: Sequence[str], collection_id: str
) -> Parsed:
    """What is found for `subjects`, each found item with its entry in the collection.

    A subject that does not exist or is private is a problem. When none exists the last of these errors is raised.
    """
    collected = Parsed()
    last: NotFoundError | DropError | None = None
    for subject in subjects:
        try:
            found = await fetch(subject)
        except (NotFoundError, DropError) as error:
            collected.problems.append(Problem(subject, str(error)))
            last = error
            continue
        found.facts += collection_items(found, collection_id)
        collected.extend(found)
    if last is not None and not collected.profiles and not collected.posts:
        raise last
    return collected


def collection_items(found: Parsed, collection_id: str) -> list[CollectionItem]:
    """The entries of what was found."""
    records: list[Profile | Post] = [*found.profiles, *found.posts]
    return [_item(record, collection_id) for record in records]


def _item(record: Profile | Post, collection_id: str) -> CollectionItem:
    entity: Literal["profile", "post"] = "profile" if isinstance(record, Profile) else "post"
    return CollectionItem(
        platform=record.platform,
        source=record.source,
        observed_at=record.observed_at,
        collection_id=collection_id,
        entity=entity,
        item_id=record.profile_id if isinstance(record, Profile) else record.post_id,
        handle=record.handle,
    )

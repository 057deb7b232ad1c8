"""What a story bears on its picture: mentioned accounts, hashtags, a link. Pure.

Names: HikerAPI's `mentions`, `hashtags`, `links`; the private API's `reel_mentions`, `story_hashtags`, `story_link_stickers`; web GraphQL's
`tappable_objects` and `story_cta_url`. A list that the body has and that is empty is a fact; one that it has not is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upbeat.crawlers.fields import FieldReader

_MENTIONS = ("mentions", "reel_mentions")
_HASHTAGS = ("hashtags", "story_hashtags")
_LINKS = ("links", "story_link_stickers", "story_cta")
_LINK_PATHS = ("webUri", "link", "url", "story_link.url", "story_link.display_url", "links.0.webUri")


def mentions_of(record: Mapping[str, Any]) -> list[str] | None:
    """The handles of mentioned accounts, each once."""
    return _told(record, _MENTIONS, "Mention", "user.username", "username")


def hashtags_of(record: Mapping[str, Any]) -> list[str] | None:
    """The hashtags without `#`, lower case, each once."""
    found = _told(record, _HASHTAGS, "Hashtag", "hashtag.name", "name")
    return None if found is None else [name.removeprefix("#").lower() for name in found]


def link_of(record: Mapping[str, Any]) -> str | None:
    """Where the story's link leads."""
    told = FieldReader(record, []).text("", "story_cta_url")
    links = (FieldReader(item, []).text("", *_LINK_PATHS) for item in _objects(record, _LINKS))
    return told or next((link for link in links if link), None)


def _told(record: Mapping[str, Any], names: tuple[str, ...], tappable: str, *paths: str) -> list[str] | None:
    known = (*names, "tappable_objects")
    if not any(isinstance(record.get(name), list) for name in known):
        return None
    tapped = [o for o in _objects(record, ("tappable_objects",)) if tappable in str(o.get("__typename", ""))]
    found = (FieldReader(item, []).text("", *paths) for item in (*_objects(record, names), *tapped))
    return list(dict.fromkeys(text for text in found if text))


def _objects(record: Mapping[str, Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    lists = [record[name] for name in names if isinstance(record.get(name), list)]
    return [item for items in lists for item in items if isinstance(item, dict)]

"""The Graph API's shape of stories: the `stories` edge of an account, stories alone, stories asked for by their ids. Pure.

Shapes: recorded pages with few and with all fields. A story's address, `https://instagram.com/stories/<handle>/<id>`, holds the
id that all other sources tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.graph_envelopes import (
    SOURCE,
    Edge,
    as_object,
    find_items,
    malformed,
    require_edge,
    require_some,
    user_id,
)
from upbeat.crawlers.instagram.graph_media import is_media
from upbeat.crawlers.instagram.media_ids import post_id_of
from upbeat.crawlers.instagram.observation import NOT_TOLD
from upbeat.crawlers.instagram.posts import read_post_type
from upbeat.records import Parsed, Platform, Story

_ADDRESS = re.compile(r"/stories/([\w.]{1,64})/(\d{1,25})")
# A story without any of these cannot be told from a post.
_SHOWN = frozenset({"permalink", "media_url", "timestamp", "media_product_type"})
_FOLDERS_OF_POSTS = ("/p/", "/reel/", "/tv/")


def story_id(read: FieldReader) -> str | None:
    """The id that all other sources tell of a story; Graph's own when nothing else is told."""
    told = read.identifier("story_id", "ig_id")
    found = _ADDRESS.search(read.text("permalink", "permalink") or "")
    shortcode = read.text("shortcode", "shortcode")
    computed = post_id_of(shortcode) if shortcode else None
    return told or (found[2] if found else None) or computed or read.identifier("story_id", "id")


def read_stories(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The stories of one page, or one story.

    Raises:
        MalformedBodyError: no list of stories, or none of its entries can be read.
    """
    edge = find_items(document, is_media, "stories")
    if edge is None:
        raise malformed("no stories in the answer")
    require_edge(edge, "stories")
    parsed = Parsed()
    for number, item in enumerate(edge.items):
        read = FieldReader(as_object(item), parsed.problems, f"stories[{number}].")
        story = _read_story(item, read, edge, observed_at, params)
        if story is not None:
            parsed.facts.append(story)
    require_some(parsed, edge, parsed.facts, "stories")
    parsed.next_cursor = edge.next_cursor(parsed)
    return parsed


def _read_story(
    item: Any, read: FieldReader, edge: Edge, observed_at: datetime, params: Mapping[str, str]
) -> Story | None:
    permalink = read.text("permalink", "permalink")
    product = FieldReader(read.record, []).text("", "media_product_type")
    of_posts = permalink is not None and any(folder in permalink for folder in _FOLDERS_OF_POSTS)
    bare = _SHOWN.isdisjoint(read.record)
    if not is_media(item) or of_posts or bare or product not in (None, "STORY"):
        read.note("story_id", f"expected a story, found {show(item)}")
        return None
    node, name = edge.address()
    identity = story_id(read)
    profile_id = (
        user_id(FieldReader(edge.parent, []))
        or params.get("profile_id")
        or params.get("user_id")
        or read.identifier("profile_id", "owner.ig_id", "owner.id")
        or (node if name == "stories" else None)
    )
    if profile_id is None and not params:
        read.note("profile_id", NOT_TOLD)
        profile_id = ""
    if identity is None or profile_id is None:
        lacking = "id" if identity is None else "owner's id: pass profile_id"
        read.note("story_id", f"the story has no {lacking}")
        return None
    address = _ADDRESS.search(permalink or "")
    parent = FieldReader(edge.parent, []).handle("", "username")
    return Story(
        platform=Platform.INSTAGRAM,
        source=SOURCE,
        observed_at=observed_at,
        story_id=identity,
        profile_id=profile_id,
        handle=read.handle("handle", "username")
        or (address[1].lower() if address else None)
        or parent
        or params.get("handle"),
        media_type=read_post_type(read),
        caption=read.text_or_empty("caption", "caption"),
        media_url=read.text("media_url", "media_url", "thumbnail_url"),
        permalink=permalink,
        published_at=read.instant("published_at", "timestamp"),
    )

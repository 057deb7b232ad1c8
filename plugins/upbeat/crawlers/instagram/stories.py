"""Stories, highlights, and the stories in a highlight. Pure.

Shapes: the private API's `reel`, `reels`, `tray` (recorded); HikerAPI's flattened lists (recorded); web GraphQL's `reels_media` and
`edge_highlight_reels` (public clients). A story lives 24 hours: where the body does not say when it expires, that is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from upbeat.crawlers.coercions import to_seconds
from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.envelopes import ListNames, find_page, wrappers_of
from upbeat.crawlers.instagram.item_kinds import is_highlight, is_story
from upbeat.crawlers.instagram.observation import Observation
from upbeat.crawlers.instagram.posts import read_post_type
from upbeat.crawlers.instagram.story_stickers import hashtags_of, link_of, mentions_of
from upbeat.errors import MalformedBodyError, PrivateAccountError
from upbeat.records import Highlight, HighlightItem, Parsed, Problem, Story

LIFETIME = timedelta(hours=24)
_HIGHLIGHTS = ListNames(
    ("tray", "highlights", "items", "edges", "nodes", "data", "results"),
    ("edge_highlight_reels", "highlights"),
)
_MAX_DEPTH = 6
Reel = tuple[Mapping[str, Any], list[Any]]
"""What stands around a list of stories (owner, title), and the list."""


def read_stories(document: Any, asked: Observation) -> Parsed | None:
    """The stories that an account shows; none is no error; None when there is no list of stories.

    Raises:
        PrivateAccountError: the owner is private.
        MalformedBodyError: it is a highlight, or none of the entries is a story that can be read.
    """
    reels = _find_reels(document, 0)
    if reels is None:
        return None
    if any(is_highlight(reel) for reel, _ in reels):
        raise MalformedBodyError("a highlight, not the stories of now", source=asked.source)
    parsed = Parsed()
    for reel, items in reels:
        parsed.facts += _read_reel(reel, items, parsed.problems, asked)
    return parsed


def read_highlights(document: Any, asked: Observation) -> Parsed | None:
    """The highlights of an account; None when there is no list.

    Raises:
        MalformedBodyError: none of the entries is a highlight that can be read.
    """
    page = find_page(document, _HIGHLIGHTS)
    if page is None:
        return None
    parsed = Parsed()
    for number, item in enumerate(page.items):
        record = _node(item)
        place = f"highlights[{number}]"
        if not isinstance(record, dict) or not is_highlight(record):
            parsed.problems.append(Problem(place, f"expected a highlight, found {show(record)}"))
        elif (highlight := _read_highlight(record, f"{place}.", parsed.problems, asked)) is not None:
            parsed.facts.append(highlight)
    if page.items and not parsed.facts:
        raise MalformedBodyError(
            f"none of {len(page.items)} highlights can be read ({parsed.problems[0]})", source=asked.source
        )
    return parsed


def read_highlight_items(document: Any, asked: Observation) -> Parsed | None:
    """A highlight, its stories, and which story stands where in it; None when there is none.

    Raises:
        MalformedBodyError: it is something else, or none of the entries is a story that can be read.
    """
    reels = _find_reels(document, 0)
    if reels is None or (len(reels) > 1 and not any(items for _, items in reels)):
        return None
    parsed = Parsed()
    for reel, items in reels:
        record = dict(reel) if is_highlight(reel) else {**reel, "pk": asked.params.get("highlight_id")}
        if not is_highlight(reel) and "highlight_id" not in asked.params:
            raise MalformedBodyError("stories of no highlight", source=asked.source)
        highlight = _read_highlight(record, "highlight.", parsed.problems, asked)
        stories = _read_reel(reel, items, parsed.problems, asked)
        if highlight is None:
            parsed.facts += stories
            continue
        if highlight.items_count is not None and len(items) < highlight.items_count:
            message = f"the highlight states {highlight.items_count} and holds {len(items)}"
            parsed.problems.append(Problem("media_count", message))
        parsed.facts += [highlight, *stories, *_entries(highlight, stories, asked)]
    return parsed


def _entries(highlight: Highlight, stories: list[Story], asked: Observation) -> Iterator[HighlightItem]:
    for position, story in enumerate(stories, 1):
        yield HighlightItem(
            **asked.base(),
            highlight_id=highlight.highlight_id,
            story_id=story.story_id,
            position=position,
        )


def _find_reels(document: Any, depth: int) -> list[Reel] | None:
    """The lists of stories in an answer; an account without stories has an empty `reel`."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        inner = [item for item in document if isinstance(item, dict) and isinstance(item.get("items"), list)]
        if inner:
            return [(reel, reel["items"]) for reel in inner]
        return [({}, document)]
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("items"), list):
        return [(document, document["items"])]
    if is_story(document):
        return [({}, [document])]
    if isinstance(document.get("edges"), list):
        return _find_reels([_node(edge) for edge in document["edges"]], depth + 1)
    for name in ("reels_media", "stories"):
        if isinstance(document.get(name), list):
            found = _find_reels(document[name], depth + 1)
            return [({**document, **reel}, items) for reel, items in found or []]
    reels = document.get("reels")
    if isinstance(reels, dict):
        return [reel for value in reels.values() for reel in _find_reels(value, depth + 1) or []]
    if "reel" in document:
        return _find_reels(document["reel"], depth + 1) if document["reel"] else []
    found_in = (_find_reels(document.get(name), depth + 1) for name in wrappers_of(document))
    return next((found for found in found_in if found is not None), None)


def _node(edge: Any) -> Any:
    return edge.get("node", edge) if isinstance(edge, dict) else edge


def _read_reel(
    reel: Mapping[str, Any], items: list[Any], problems: list[Problem], asked: Observation
) -> list[Story]:
    owner = FieldReader(reel, problems, "reel.")
    if FieldReader(reel, []).flag("", "user.is_private", "owner.is_private"):
        raise PrivateAccountError("the account is private: its stories are not public data")
    profile_id = owner.identifier("profile_id", "user.pk", "user.id", "owner.id", "owner.pk")
    handle = owner.handle("handle", "user.username", "owner.username")
    stories = []
    for number, item in enumerate(items):
        record = item.get("node", item.get("media", item)) if isinstance(item, dict) else item
        read = FieldReader(record if isinstance(record, dict) else {}, problems, f"stories[{number}].")
        if not isinstance(record, dict) or not is_story(record):
            read.note("story_id", f"expected a story, found {show(record)}")
            continue
        story = _read_story(read, profile_id or asked.params.get("user_id"), handle, asked)
        if story is not None:
            stories.append(story)
    if items and not stories:
        raise MalformedBodyError(
            f"none of {len(items)} stories can be read ({problems[-1]})", source=asked.source
        )
    return stories


def _read_story(
    read: FieldReader, profile_id: str | None, handle: str | None, asked: Observation
) -> Story | None:
    story_id, _, suffix = (read.identifier("story_id", "pk", "id", "strong_id__") or "").partition("_")
    owner = (
        read.identifier("profile_id", "user.pk", "user.id", "owner.id", "owner.pk", "user_id") or profile_id
    )
    owner = owner or (suffix if suffix.isdigit() else None)
    if not story_id or owner is None:
        read.note("story_id", f"the story has no {'id' if not story_id else 'owner'}")
        return None
    handle = read.handle("handle", "user.username", "owner.username") or handle
    media_type = read_post_type(read)
    published_at = read.instant("published_at", "taken_at", "taken_at_timestamp", "taken_at_ts")
    expires_at = read.instant("expires_at", "expiring_at", "expiring_at_timestamp")
    return Story(
        **asked.base(),
        story_id=story_id,
        profile_id=owner,
        handle=handle,
        media_type=media_type.value if media_type else None,
        caption=read.text("caption", "caption.text", "caption_text"),
        media_url=read.text(
            "media_url",
            "video_url",
            "video_versions.0.url",
            "video_resources.0.src",
            "image_versions2.candidates.0.url",
            "display_url",
            "thumbnail_url",
        ),
        permalink=f"https://www.instagram.com/stories/{handle}/{story_id}/" if handle else None,
        link_url=link_of(read.record),
        duration_seconds=read.value("duration_seconds", to_seconds, "video_duration"),
        mentions=mentions_of(read.record),
        hashtags=hashtags_of(read.record),
        published_at=published_at,
        expires_at=expires_at or (published_at + LIFETIME if published_at else None),
    )


def _read_highlight(
    record: Mapping[str, Any], prefix: str, problems: list[Problem], asked: Observation
) -> Highlight | None:
    read = FieldReader(record, problems, prefix)
    highlight_id = read.identifier("highlight_id", "pk", "id", "strong_id__")
    owner = read.identifier("profile_id", "user.pk", "user.id", "owner.id", "owner.pk")
    profile_id = owner or asked.params.get("user_id")
    if highlight_id is None or profile_id is None:
        read.note("highlight_id", f"the highlight has no {'id' if highlight_id is None else 'owner'}")
        return None
    return Highlight(
        **asked.base(),
        highlight_id=highlight_id.removeprefix("highlight:"),
        profile_id=profile_id,
        title=read.text("title", "title"),
        cover_url=read.text(
            "cover_url",
            "cover_media.cropped_image_version.url",
            "cover_media_cropped_thumbnail.url",
            "cover_media.thumbnail_src",
            "cover_media.full_image_version.url",
            "cover_url",
        ),
        items_count=read.count("items_count", "media_count"),
        created_time=read.instant("created_time", "created_at"),
    )

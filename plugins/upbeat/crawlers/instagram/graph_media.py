"""The Graph API's shape of posts (IG Media): an account's own, in lists of others, in a mention. Pure.

Shapes: recorded pages of business discovery, of `media`, `tags` and a hashtag's `top_media`, single posts, posts asked for by
their ids, a mention. Graph's `id` of a post is foreign to all other sources; the post's id is read out of its permalink. Lists
that are not the owner's tell no owner: they give entries of the list, and posts only where an owner is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.instagram.graph_envelopes import (
    SOURCE,
    Edge,
    as_object,
    find_edge,
    find_items,
    malformed,
    require_edge,
    require_some,
    user_id,
)
from upbeat.crawlers.instagram.graph_users import has_figures
from upbeat.crawlers.instagram.media_ids import post_id_of, shortcode_in
from upbeat.crawlers.instagram.observation import NOT_TOLD
from upbeat.crawlers.instagram.posts import read_post_type
from upbeat.crawlers.listings import listed_posts
from upbeat.records import ListedPost, Parsed, Platform, Post

_OF_MEDIA = frozenset({"media_type", "media_product_type", "permalink", "shortcode"})
_OF_OTHERS = frozenset({"permalink_url", "pk"})
# Parts of an album have a type and an address too, and none of these.
_OF_POSTS = frozenset({"caption", "comments_count", "like_count", "username", "owner", "media_product_type"})
_LISTING_EDGES = {"top_media": "hashtag_top", "recent_media": "hashtag_recent", "tags": "tagged"}
_NO_POSTS = frozenset({"STORY", "LIVE"})


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose the posts of a page are, as far as that is known beside the posts themselves.

    `needed` is False where nothing was told of what was asked for: what is unknown is empty then, with a problem.
    """

    profile_id: str | None = None
    handle: str | None = None
    needed: bool = True


def is_media(node: Any) -> bool:
    """Whether a JSON object is a post, story or part of an album; what has a `pk` is another API's."""
    return isinstance(node, dict) and not _OF_MEDIA.isdisjoint(node) and _OF_OTHERS.isdisjoint(node)


def media_id(read: FieldReader) -> tuple[str | None, str | None]:
    """The id that all other sources tell of a post, and its shortcode; Graph's own id when nothing else is told."""
    permalink = read.text("permalink", "permalink")
    shortcode = read.text("shortcode", "shortcode") or (shortcode_in(permalink) if permalink else None)
    post_id = (post_id_of(shortcode) if shortcode else None) or read.identifier("post_id", "ig_id", "id")
    return post_id, shortcode


def read_posts(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """A page of posts: records where the owner is known, and entries of the list where the page is one.

    Raises:
        MalformedBodyError: no list of posts, or none of its entries can be read.
    """
    edge = find_items(document, is_media, "media", "top_media", "recent_media", "tags")
    if edge is None:
        user = as_object(as_object(document).get("business_discovery"))
        if user and not has_figures(user):
            return Parsed()  # Graph leaves out an edge without entries
        raise malformed("no posts in the answer")
    require_edge(edge, "media", *_LISTING_EDGES)
    parsed = Parsed()
    listing = _listing(edge, params)
    owner = _Owner() if listing else _owner(edge, params)
    if edge.parent and not listing and owner.needed and (owner.profile_id is None or owner.handle is None):
        lacking = "id: pass profile_id" if owner.profile_id is None else "username: pass handle"
        raise malformed(f"the posts' owner has no {lacking}")
    bare = not listing and not edge.parent and len(edge.items) > 1 and edge.address()[1] is None
    listed: list[str] = []
    for number, item in enumerate(edge.items):
        read = FieldReader(as_object(item), parsed.problems, f"posts[{number}].")
        if not _is_post(read, parts_possible=bare):
            continue
        post_id, _ = media_id(FieldReader(read.record, []))
        if listing and post_id is not None:
            listed.append(post_id)
        post = _read_post(read, owner, observed_at, owner_needed=not listing)
        if post is not None:
            parsed.posts.append(post)
    found: list[ListedPost] = _entries(listed, listing, observed_at)
    parsed.facts += found
    require_some(parsed, edge, [*parsed.posts, *found], "posts")
    parsed.next_cursor = edge.next_cursor(parsed)
    return parsed


def read_single(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """One post, or the post in which an account is mentioned.

    Raises:
        MalformedBodyError: no post in the body.
    """
    mention = as_object(document).get("mentioned_media")
    if mention is not None:
        return _read_mention(document, as_object(mention), observed_at, params)
    parsed = Parsed()
    edge = find_edge(document)
    if edge is not None:
        require_edge(edge, "media", *_LISTING_EDGES)
    nodes = [document] if edge is None else edge.items
    read = FieldReader(as_object(nodes[0] if len(nodes) == 1 else None), parsed.problems)
    if not _is_post(read):
        raise malformed(f"no post in the answer ({parsed.problems[0]})")
    post = _read_post(read, _owner(Edge(nodes, {}, {}), params), observed_at)
    if post is None:
        raise malformed(f"the post cannot be read ({parsed.problems[0]})")
    parsed.posts.append(post)
    return parsed


def read_kind(document: Any) -> Parsed:
    """What kind of post a node is (`media_type`, `media_product_type`), as a look-up on the way to its insights."""
    if not is_media(document):
        raise malformed("no post in the answer")
    parsed = Parsed()
    read = FieldReader(document, parsed.problems)
    for name, path in (("media_type", "media_type"), ("product", "media_product_type")):
        told = read.text(name, path)
        if told is not None:
            parsed.identifiers[name] = told
    return parsed


def _read_mention(
    document: Mapping[str, Any], media: Mapping[str, Any], observed_at: datetime, params: Mapping[str, str]
) -> Parsed:
    parsed = Parsed()
    read = FieldReader(media, parsed.problems, "mentioned_media.")
    mentioned = user_id(FieldReader(document, parsed.problems)) or params.get("profile_id")
    post_id, _ = media_id(FieldReader(media, []))
    if not is_media(media) or mentioned is None or post_id is None:
        raise malformed("the mention has no post, or no id of the account that is mentioned")
    handle = FieldReader(document, parsed.problems).handle("handle", "username")
    if handle is not None:
        parsed.identifiers["handle"] = handle
    parsed.facts += _entries([post_id], {"listing": "mention", "listing_key": mentioned}, observed_at)
    post = _read_post(read, _Owner(), observed_at, owner_needed=False)
    if post is not None:
        parsed.posts.append(post)
    return parsed


def _entries(post_ids: list[str], listing: Mapping[str, str], observed_at: datetime) -> list[ListedPost]:
    return listed_posts(
        post_ids, listing, platform=Platform.INSTAGRAM, source=SOURCE, observed_at=observed_at
    )


def _listing(edge: Edge, params: Mapping[str, str]) -> dict[str, str]:
    """The list that a page is of: the one that was asked for, else the one in the address of another page; empty for none."""
    if params.get("listing") and params.get("listing_key"):
        return {name: params.get(name, "") for name in ("listing", "listing_key", "offset")}
    node, name = edge.address()
    if node is None and edge.name in _LISTING_EDGES:
        node, name = user_id(FieldReader(edge.parent, [])), edge.name
    if node is not None and name in _LISTING_EDGES:
        return {"listing": _LISTING_EDGES[name], "listing_key": node}
    return {}


def _owner(edge: Edge, params: Mapping[str, str]) -> _Owner:
    read = FieldReader(edge.parent, [])
    node, name = edge.address()
    return _Owner(
        user_id(read)
        or params.get("profile_id")
        or params.get("user_id")
        or (node if name == "media" else None),
        read.handle("", "username") or params.get("handle"),
        needed=bool(params),
    )


def _is_post(read: FieldReader, *, parts_possible: bool = False) -> bool:
    """Whether it is a post, and no story, broadcast or part of an album; a problem says what it is instead."""
    product = FieldReader(read.record, []).text("", "media_product_type")
    permalink = FieldReader(read.record, []).text("", "permalink") or ""
    if product in _NO_POSTS or "/stories/" in permalink:
        read.note("post_id", f"{product or 'STORY'}: expected a post")
        return False
    if not is_media(read.record):
        read.note("post_id", "expected a post: an object with media_type, permalink or shortcode")
        return False
    if parts_possible and _OF_POSTS.isdisjoint(read.record):
        read.note("post_id", "expected a post, found a part of an album")
        return False
    return True


def _read_post(
    read: FieldReader, owner: _Owner, observed_at: datetime, *, owner_needed: bool = True
) -> Post | None:
    post_id, shortcode = media_id(read)
    profile_id = owner.profile_id or read.identifier("profile_id", "owner.ig_id", "owner.id")
    handle = read.handle("handle", "username", "owner.username") or owner.handle
    if owner_needed and not owner.needed:
        for field, value in (("profile_id", profile_id), ("handle", handle)):
            if value is None:
                read.note(field, NOT_TOLD)
        profile_id, handle = profile_id or "", handle or ""
    if post_id is None or ((profile_id is None or handle is None) and owner_needed):
        lacking = "neither permalink nor id" if post_id is None else "no owner: pass handle and profile_id"
        read.note("post_id", f"the post has {lacking}")
    if post_id is None or profile_id is None or handle is None:
        return None
    return Post(
        platform=Platform.INSTAGRAM,
        post_id=post_id,
        profile_id=profile_id,
        handle=handle,
        source=SOURCE,
        observed_at=observed_at,
        shortcode=shortcode,
        post_type=read_post_type(read),
        caption=read.text_or_empty("caption", "caption"),
        permalink=read.text("permalink", "permalink"),
        media_url=read.text("media_url", "media_url", "thumbnail_url"),
        thumbnail_url=read.text("thumbnail_url", "thumbnail_url"),
        published_at=read.instant("published_at", "timestamp"),
        likes=read.count("likes", "like_count"),
        comments=read.count("comments", "comments_count"),
        plays=read.count("plays", "view_count"),
    )

"""Instagram's own shapes of a post. Pure.

Taken together: web GraphQL (`edge_media_preview_like.count`), private API (`like_count`), the flattened shape of HikerAPI's `v1_`
and Lama, and the names that public clients of instagram-data1 read. Names are tried in the order in which they stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.coercions import to_seconds
from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.envelopes import unwrap_item
from upbeat.crawlers.instagram.item_kinds import TIMES_OF_POSTS, is_post
from upbeat.crawlers.instagram.media_ids import post_id_of, shortcode_in, shortcode_of
from upbeat.crawlers.instagram.observation import NOT_TOLD
from upbeat.crawlers.listings import listed_posts
from upbeat.errors import MalformedBodyError, PrivateAccountError
from upbeat.records import Parsed, Platform, Post, PostType, Problem

_MEDIA_TYPES = {
    "1": PostType.IMAGE,
    "2": PostType.VIDEO,
    "8": PostType.CAROUSEL,
    "image": PostType.IMAGE,
    "photo": PostType.IMAGE,
    "graphimage": PostType.IMAGE,
    "xdtgraphimage": PostType.IMAGE,
    "video": PostType.VIDEO,
    "graphvideo": PostType.VIDEO,
    "xdtgraphvideo": PostType.VIDEO,
    "igtv": PostType.VIDEO,
    "graphstoryimage": PostType.IMAGE,
    "graphstoryvideo": PostType.VIDEO,
    "carousel": PostType.CAROUSEL,
    "album": PostType.CAROUSEL,
    "sidecar": PostType.CAROUSEL,
    "carousel_album": PostType.CAROUSEL,
    "graphsidecar": PostType.CAROUSEL,
    "xdtgraphsidecar": PostType.CAROUSEL,
    "reel": PostType.REEL,
    "reels": PostType.REEL,
    "clips": PostType.REEL,
}
_PLAYED = (PostType.VIDEO, PostType.REEL)


def read_posts(
    items: list[Any],
    *,
    source: str,
    observed_at: datetime,
    beside: Mapping[str, Any] | None = None,
    params: Mapping[str, str] | None = None,
) -> Parsed:
    """The posts of one page. One that cannot be read is a problem, and costs the others nothing.

    A list of somebody else's posts (`listing_params`) also gives its entries, one for each post with an id, whether or not its
    owner is told. Where nothing was told of what was asked for, a post whose owner the body does not name is read with an empty
    owner and a problem.

    Args:
        beside: what stood around the list; its `id`/`user.pk` and `username` are the owner's where a post names none.
        params: what was asked for: `handle`, `profile_id`, those of a list.

    Raises:
        PrivateAccountError: the owner is private, and no post of anybody else is there.
        MalformedBodyError: there are posts, and not one of them can be read.
    """
    parsed = Parsed()
    params = params or {}
    is_listing = "listing" in params
    owner = (None, None) if is_listing else _owner(beside or {}, params)
    listed: list[str] = []
    private: PrivateAccountError | None = None
    if (
        not items
        and not is_listing
        and FieldReader(beside or {}, []).flag("", "is_private", "user.is_private")
    ):
        raise PrivateAccountError(f"@{owner[1] or '?'} is private: its posts are not public data")
    for number, item in enumerate(items):
        place = f"posts[{number}]"
        try:
            record = unwrap_item(item)
            post = read_post(
                record, parsed.problems, f"{place}.", source, observed_at, owner, owner_needed=bool(params)
            )
        except PrivateAccountError as error:
            private = error
            parsed.problems.append(Problem(place, str(error)))
            continue
        if post is not None:
            parsed.posts.append(post)
        if is_listing and (post_id := _post_id(record)) is not None:
            listed.append(post_id)
    owned = {post.post_id for post in parsed.posts if post.profile_id or post.handle}
    parsed.posts = [
        post for post in parsed.posts if post.profile_id or post.handle or post.post_id not in owned
    ]
    if private is not None and not parsed.posts:
        raise private
    parsed.facts += listed_posts(
        listed, params, platform=Platform.INSTAGRAM, source=source, observed_at=observed_at
    )
    if items and not parsed.posts and not parsed.facts:
        reason = str(parsed.problems[0]) if parsed.problems else "unknown shape"
        raise MalformedBodyError(f"none of {len(items)} posts can be read ({reason})", source=source)
    return parsed


def _post_id(record: Any) -> str | None:
    return (
        _identity(FieldReader(record, [])).post_id if isinstance(record, dict) and is_post(record) else None
    )


def _is_dated(record: Mapping[str, Any]) -> bool:
    """Whether it tells its time, which parts of albums and what only resembles a post do not."""
    return any(name in record for name in TIMES_OF_POSTS)


def _owner(beside: Mapping[str, Any], params: Mapping[str, str]) -> tuple[str | None, str | None]:
    read = FieldReader(beside, [])
    profile_id = read.identifier("", "user.pk", "user.id", "owner.id", "owner.pk", "user_id", "owner_id")
    profile_id = profile_id or params.get("profile_id") or params.get("user_id")
    handle = read.handle("", "user.username", "owner.username", "username")
    if profile_id is None and handle is not None:
        profile_id = read.identifier("", "pk", "id")
    return profile_id, handle or params.get("handle")


def read_post(
    record: Any,
    problems: list[Problem],
    prefix: str,
    source: str,
    observed_at: datetime,
    owner: tuple[str | None, str | None],
    *,
    owner_needed: bool = True,
) -> Post | None:
    """One post; None with a problem when it is none or lacks its id or its owner's.

    Without `owner_needed` an owner who is not told is empty, with a problem.

    Raises `PrivateAccountError` when its owner is private.
    """
    if not isinstance(record, dict) or not is_post(record):
        problems.append(Problem(prefix.rstrip("."), f"expected a post, found {show(record)}"))
        return None
    read = FieldReader(record, problems, prefix)
    handle = read.handle("handle", "user.username", "owner.username", "username") or owner[1]
    if read.flag("is_private", "user.is_private", "owner.is_private"):
        raise PrivateAccountError(f"@{handle or '?'} is private: its posts are not public data")
    identity = _identity(read)
    profile_id = identity.owner or owner[0]
    if not owner_needed and _is_dated(record):
        for field, value in (("profile_id", profile_id), ("handle", handle)):
            if value is None:
                read.note(field, NOT_TOLD)
        profile_id, handle = profile_id or "", handle or ""
    if identity.post_id is None or profile_id is None or handle is None:
        lacking = [
            name
            for name, value in (
                ("id", identity.post_id),
                ("owner's id", profile_id),
                ("owner's handle", handle),
            )
            if value is None
        ]
        read.note("post_id", f"the post has no {' and no '.join(lacking)}")
        return None
    post_type = read_post_type(read)
    return Post(
        platform=Platform.INSTAGRAM,
        post_id=identity.post_id,
        profile_id=profile_id,
        handle=handle,
        source=source,
        observed_at=observed_at,
        shortcode=identity.shortcode,
        post_type=post_type,
        caption=_caption(read),
        permalink=_permalink(read, identity.shortcode, post_type),
        media_url=_media_url(read),
        thumbnail_url=_thumbnail_url(read),
        location_id=read.identifier("location_id", "location.pk", "location.pk_id", "location.id"),
        is_paid_partnership=read.flag("is_paid_partnership", "is_paid_partnership"),
        duration_seconds=read.value("duration_seconds", to_seconds, "video_duration", "videoDuration"),
        published_at=read.instant(
            "published_at", "taken_at_ts", "taken_at", "taken_at_timestamp", "timestamp", "created_time"
        ),
        likes=read.count(
            "likes",
            "like_count",
            "likes_count",
            "edge_media_preview_like.count",
            "edge_liked_by.count",
            "likes.count",
            "likes",
            "likesCount",
        ),
        comments=read.count(
            "comments",
            "comment_count",
            "comments_count",
            "edge_media_to_comment.count",
            "edge_media_to_parent_comment.count",
            "comments.count",
            "comments",
            "commentsCount",
        ),
        plays=_plays(read) if post_type in _PLAYED else None,
        shares=read.count("shares", "reshare_count", "share_count", "shares_count"),
        saves=read.count("saves", "save_count", "saves_count"),
    )


class _Identity:
    """A post's id, code and owner, each from the others where it is missing."""

    def __init__(self, post_id: str | None, shortcode: str | None, owner: str | None) -> None:
        self.post_id = post_id or (post_id_of(shortcode) if shortcode else None)
        self.shortcode = shortcode or (shortcode_of(post_id) if post_id else None)
        self.owner = owner


def _identity(read: FieldReader) -> _Identity:
    raw = read.identifier("post_id", "pk", "id", "pk_id", "media_id", "strong_id__")
    post_id, _, suffix = (raw or "").partition("_")
    # `id` is `<post>_<owner>` in the private API, also where `pk` stands beside it.
    if not suffix:
        both = FieldReader(read.record, []).identifier("", "id", "strong_id__") or ""
        suffix = both.partition("_")[2]
    shortcode = read.text("shortcode", "code", "shortcode", "short_code", "shortCode")
    if shortcode is None:
        address = FieldReader(read.record, []).text("", "permalink", "link", "url")
        shortcode = shortcode_in(address) if address else None
    if post_id and not post_id.isdigit():
        # Some scrapers put the shortcode under `id`.
        post_id, shortcode = "", shortcode or post_id
    owner = read.identifier("profile_id", "user.pk", "user.id", "owner.id", "owner.pk", "user_id", "owner_id")
    return _Identity(post_id or None, shortcode, owner or (suffix if suffix.isdigit() else None))


def read_post_type(read: FieldReader) -> PostType | None:
    """The format: what the product says (`clips` is a reel), else what the media says."""
    product = FieldReader(read.record, []).text("", "product_type", "media_product_type", "productType")
    media = FieldReader(read.record, []).text("", "media_type", "__typename", "type", "mediaType")
    if product is not None and product.lower() in ("clips", "reels", "reel"):
        return PostType.REEL
    if media is not None:
        found = _MEDIA_TYPES.get(media.lower())
        if found is not None:
            return found
        read.note("post_type", f"{show(media)}: expected a known media type")
    is_video = FieldReader(read.record, []).flag("", "is_video", "isVideo")
    if is_video is None:
        return None
    return PostType.VIDEO if is_video else PostType.IMAGE


def _caption(read: FieldReader) -> str | None:
    edges = read.record.get("edge_media_to_caption")
    if isinstance(edges, dict) and edges.get("edges") == []:
        return ""
    return read.text_or_empty(
        "caption",
        "caption.text",
        "caption_text",
        "edge_media_to_caption.edges.0.node.text",
        "caption",
        "description",
        "text",
    )


def _permalink(read: FieldReader, shortcode: str | None, post_type: PostType | None) -> str | None:
    told = read.text("permalink", "permalink", "link")
    if told is not None or shortcode is None:
        return told
    return f"https://www.instagram.com/{'reel' if post_type is PostType.REEL else 'p'}/{shortcode}/"


def _media_url(read: FieldReader) -> str | None:
    return read.text(
        "media_url",
        "video_url",
        "video_versions.0.url",
        "media_url",
        "display_url",
        "image_versions2.candidates.0.url",
        "image_versions.0.url",
        "thumbnail_url",
        "thumbnail_src",
        "resources.0.thumbnail_url",
        "carousel_media.0.image_versions2.candidates.0.url",
    )


def _thumbnail_url(read: FieldReader) -> str | None:
    return read.text(
        "thumbnail_url",
        "thumbnail_url",
        "thumbnail_src",
        "display_url",
        "image_versions2.candidates.0.url",
        "image_versions.0.url",
        "resources.0.thumbnail_url",
        "carousel_media.0.image_versions2.candidates.0.url",
    )


def _plays(read: FieldReader) -> int | None:
    """Plays of a video. Flattened shapes write 0 for "not told": a video that was liked was also played."""
    names = ("play_count", "ig_play_count", "video_play_count", "view_count", "video_view_count", "views")
    counts = [read.count("plays", name) for name in (*names, "video_views", "playCount")]
    told = next((count for count in counts if count), None)
    if told is None and 0 in counts:
        liked = FieldReader(read.record, []).count("", "like_count", "edge_media_preview_like.count", "likes")
        return 0 if liked == 0 else None
    return told

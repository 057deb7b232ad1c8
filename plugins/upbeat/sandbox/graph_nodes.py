"""The nodes of the Graph API that the sandbox tells of: users, posts, stories, comments, hashtags, each with the fields asked for.

Shapes: recorded answers (business discovery, media, stories, comments) and the reference (IG User, IG Media, IG Comment). `ig_id` of
a user or post is the id that all other sources know; `id` is the Graph API's own. Fields without a value are left out, as Graph does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from upbeat.records import PostType
from upbeat.sandbox.comments import SandboxComment
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.graph_edges import nested_edge
from upbeat.sandbox.graph_errors import missing_field
from upbeat.sandbox.graph_fields import Field
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.stories import SandboxStory

_MEDIA_TYPES = {
    PostType.IMAGE: "IMAGE",
    PostType.VIDEO: "VIDEO",
    PostType.REEL: "VIDEO",
    PostType.CAROUSEL: "CAROUSEL_ALBUM",
}


def timestamp(seconds: int) -> str:
    """A time as Graph writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


USER_FIELDS: dict[str, Callable[[Creator], Any]] = {
    "id": lambda c: c.graph_id,
    "ig_id": lambda c: c.pk,
    "username": lambda c: c.handle,
    "name": lambda c: c.full_name,
    "biography": lambda c: c.biography,
    "website": lambda c: c.external_url,
    "profile_picture_url": lambda c: f"https://cdn.sandbox.invalid/profile/{c.pk}.jpg",
    "followers_count": lambda c: c.followers,
    "follows_count": lambda c: c.following,
    "media_count": lambda c: c.media_count,
}
MEDIA_FIELDS: dict[str, Callable[[Creator, SandboxPost], Any]] = {
    "id": lambda c, p: p.graph_id,
    "ig_id": lambda c, p: str(p.pk),
    "caption": lambda c, p: p.caption,
    "comments_count": lambda c, p: p.comments,
    "like_count": lambda c, p: p.likes,
    "media_type": lambda c, p: _MEDIA_TYPES[p.post_type],
    "media_product_type": lambda c, p: product_type(p),
    "media_url": lambda c, p: p.picture_url if p.plays is None else p.video_url,
    "thumbnail_url": lambda c, p: p.picture_url if p.plays is not None else None,
    "permalink": lambda c, p: p.permalink,
    "shortcode": lambda c, p: p.code,
    "timestamp": lambda c, p: timestamp(p.published_at),
    "username": lambda c, p: c.handle,
}
CHILD_FIELDS = ("id", "media_type", "media_url", "permalink", "shortcode", "timestamp")
# Nothing that tells whose a post is.
HASHTAG_MEDIA_FIELDS = frozenset(MEDIA_FIELDS) - {"username", "ig_id", "shortcode", "thumbnail_url"}
STORY_FIELDS: dict[str, Callable[[Creator, SandboxStory], Any]] = {
    "id": lambda c, s: s.graph_id,
    "ig_id": lambda c, s: str(s.pk),
    "caption": lambda c, s: s.caption,
    "comments_count": lambda c, s: 0,
    "like_count": lambda c, s: 0,
    "media_type": lambda c, s: "VIDEO" if s.is_video else "IMAGE",
    "media_product_type": lambda c, s: "STORY",
    "media_url": lambda c, s: s.video_url if s.is_video else s.picture_url,
    "owner": lambda c, s: {"id": c.graph_id},
    "permalink": lambda c, s: f"https://instagram.com/stories/{c.handle}/{s.pk}",
    "shortcode": lambda c, s: s.code,
    "timestamp": lambda c, s: timestamp(s.published_at),
    "username": lambda c, s: c.handle,
}
COMMENT_FIELDS: dict[str, Callable[[SandboxComment], Any]] = {
    "id": lambda c: str(c.pk),
    "text": lambda c: c.text,
    "timestamp": lambda c: timestamp(c.published_at),
    "username": lambda c: c.author.handle,
    "like_count": lambda c: c.likes,
}
DEFAULT_COMMENT_FIELDS = (Field("timestamp"), Field("text"), Field("id"))


def product_type(post: SandboxPost) -> str:
    """Where a post is published."""
    return "REELS" if post.post_type is PostType.REEL else "FEED"


def render_media(creator: Creator, post: SandboxPost, fields: Sequence[Field]) -> dict[str, Any]:
    """A post: the fields asked for, and always `id`. `owner` is told to the owner alone, by `render_own_media`."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.name == "children":
            if post.post_type is PostType.CAROUSEL:
                body["children"] = {"data": [_render_child(creator, post, n, field.fields) for n in range(3)]}
        elif field.name == "owner":
            continue
        elif field.name not in MEDIA_FIELDS:
            raise missing_field(field.name, "InstagramMedia")
        elif (value := MEDIA_FIELDS[field.name](creator, post)) not in (None, ""):
            body[field.name] = value
    return body | {"id": post.graph_id}


def render_own_media(creator: Creator, post: SandboxPost, fields: Sequence[Field]) -> dict[str, Any]:
    """A post as its owner is told of it."""
    owner = {"owner": {"id": creator.graph_id}} if any(field.name == "owner" for field in fields) else {}
    return render_media(creator, post, fields) | owner


def _render_child(
    creator: Creator, post: SandboxPost, number: int, fields: Sequence[Field]
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for field in fields:
        if field.name not in CHILD_FIELDS:
            raise missing_field(field.name, "InstagramMedia")
        body[field.name] = "IMAGE" if field.name == "media_type" else MEDIA_FIELDS[field.name](creator, post)
    return body | {"id": str(int(post.graph_id) + 1 + number)}


def render_hashtag_media(creator: Creator, post: SandboxPost, fields: Sequence[Field]) -> dict[str, Any]:
    """A post under a hashtag, whose owner nobody is told."""
    for field in fields:
        if field.name not in HASHTAG_MEDIA_FIELDS and field.name != "children":
            raise missing_field(field.name, "InstagramMedia")
    return render_media(creator, post, fields)


def render_story(creator: Creator, story: SandboxStory, fields: Sequence[Field]) -> dict[str, Any]:
    """A story: the fields asked for, and always `id`."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.name not in STORY_FIELDS:
            raise missing_field(field.name, "InstagramMedia")
        if (value := STORY_FIELDS[field.name](creator, story)) not in (None, ""):
            body[field.name] = value
    return body | {"id": story.graph_id}


def render_comment(comment: SandboxComment, fields: Sequence[Field]) -> dict[str, Any]:
    """A comment: the fields asked for, and always `id`."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.name == "replies":
            if comment.replies:
                asked = field.fields or DEFAULT_COMMENT_FIELDS
                body["replies"] = {"data": [render_comment(reply, asked) for reply in comment.replies]}
        elif field.name not in COMMENT_FIELDS:
            raise missing_field(field.name, "IGComment")
        else:
            body[field.name] = COMMENT_FIELDS[field.name](comment)
    return body | {"id": str(comment.pk)}


def render_user(creator: Creator, posts: Sequence[SandboxPost], fields: Sequence[Field]) -> dict[str, Any]:
    """The value of `business_discovery`: the fields asked for, and always `id`."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.name == "media":
            body["media"] = nested_edge(
                posts,
                lambda post: str(post.pk),
                field.arguments,
                lambda post, asked=field.fields: render_media(creator, post, asked),  # type: ignore[misc]
            )
        elif field.name not in USER_FIELDS:
            raise missing_field(field.name, "ShadowIGUser")
        elif (value := USER_FIELDS[field.name](creator)) not in (None, ""):
            body[field.name] = value
    return body | {"id": creator.graph_id}

"""Bodies of Instagram's web GraphQL, which scrapers pass on. No recording exists: names are those that public clients read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from upbeat.records import PostType
from upbeat.sandbox.comments import SandboxComment
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.people import Person
from upbeat.sandbox.places import place_of
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.private_api_bodies import PRODUCT_TYPES
from upbeat.sandbox.stories import SandboxStory

TYPENAMES = {
    PostType.IMAGE: "GraphImage",
    PostType.VIDEO: "GraphVideo",
    PostType.REEL: "GraphVideo",
    PostType.CAROUSEL: "GraphSidecar",
}


def web_user(creator: Creator) -> dict[str, Any]:
    """A profile, from `graphql.user` downwards."""
    return {
        "id": str(creator.pk),
        "username": creator.handle,
        "full_name": creator.full_name,
        "biography": creator.biography,
        "external_url": creator.external_url or None,
        "edge_followed_by": {"count": creator.followers},
        "edge_follow": {"count": creator.following},
        "edge_owner_to_timeline_media": {"count": creator.media_count},
        "is_private": creator.is_private,
        "is_verified": creator.is_verified,
        "is_business_account": creator.is_business,
        "is_professional_account": creator.is_professional,
        "category_name": creator.category or None,
        "business_category_name": (creator.category or None) if creator.is_business else None,
        "profile_pic_url": creator.picture_url,
        "profile_pic_url_hd": creator.picture_url,
    }


def web_short_user(account: Creator | Person) -> dict[str, Any]:
    """An account in a list."""
    return {
        "id": str(account.pk),
        "username": account.handle,
        "full_name": account.full_name,
        "profile_pic_url": account.picture_url,
        "is_private": account.is_private,
        "is_verified": account.is_verified,
    }


def web_post(creator: Creator, post: SandboxPost, *, by_handle: bool = True) -> dict[str, Any]:
    """A post. Lists under a hashtag tell the owner by id alone."""
    place = place_of(post)
    owner = {"id": str(creator.pk), **({"username": creator.handle} if by_handle else {})}
    body = {
        "__typename": TYPENAMES[post.post_type],
        "id": str(post.pk),
        "shortcode": post.code,
        "product_type": PRODUCT_TYPES[post.post_type],
        "display_url": post.picture_url,
        "thumbnail_src": post.picture_url,
        "is_video": post.plays is not None,
        "taken_at_timestamp": post.published_at,
        "edge_media_to_caption": {"edges": [{"node": {"text": post.caption}}] if post.caption else []},
        "edge_media_to_comment": {"count": post.comments},
        "edge_liked_by": {"count": post.likes},
        "edge_media_preview_like": {"count": post.likes},
        "location": {"id": str(place.pk), "name": place.name} if place else None,
        "owner": owner,
    }
    if post.plays is not None:
        body |= {"video_view_count": post.plays, "video_url": post.video_url, "video_duration": post.duration}
    return body


def edge_list(nodes: Sequence[dict[str, Any]], total: int, end_cursor: str | None) -> dict[str, Any]:
    """A page of a list: `count` is of the whole list."""
    return {
        "count": total,
        "page_info": {"has_next_page": end_cursor is not None, "end_cursor": end_cursor},
        "edges": [{"node": node} for node in nodes],
    }


def web_comment(comment: SandboxComment) -> dict[str, Any]:
    """A comment with the answers to it."""
    answers = [web_comment(answer) for answer in comment.replies]
    return {
        "id": str(comment.pk),
        "text": comment.text,
        "created_at": comment.published_at,
        "owner": {"id": str(comment.author.pk), "username": comment.author.handle},
        "edge_liked_by": {"count": comment.likes},
        "edge_threaded_comments": edge_list(answers, len(answers), None),
    }


def web_story(creator: Creator, story: SandboxStory) -> dict[str, Any]:
    """A story of now."""
    mentions = [{"__typename": "GraphTappableMention", "username": handle} for handle in story.mentions]
    hashtags = [{"__typename": "GraphTappableHashtag", "name": name} for name in story.hashtags]
    body: dict[str, Any] = {
        "__typename": "GraphStoryVideo" if story.is_video else "GraphStoryImage",
        "id": str(story.pk),
        "display_url": story.picture_url,
        "is_video": story.is_video,
        "taken_at_timestamp": story.published_at,
        "expiring_at_timestamp": story.expires_at,
        "story_cta_url": story.link_url or None,
        "tappable_objects": [*mentions, *hashtags],
        "owner": {"id": str(creator.pk), "username": creator.handle},
    }
    if story.is_video:
        body |= {"video_duration": story.duration, "video_resources": [{"src": story.video_url}]}
    return body

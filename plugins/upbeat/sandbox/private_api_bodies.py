"""Bodies of Instagram's private API, which scrapers pass on. Each has keys and types of a recorded one (HikerAPI's `v2_`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from upbeat.records import PostType
from upbeat.sandbox.comments import SandboxComment
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.people import Person
from upbeat.sandbox.places import Place, place_of
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.stories import SandboxHighlight, SandboxStory

MEDIA_TYPES = {PostType.IMAGE: 1, PostType.VIDEO: 2, PostType.REEL: 2, PostType.CAROUSEL: 8}
PRODUCT_TYPES = {
    PostType.IMAGE: "feed",
    PostType.VIDEO: "feed",
    PostType.REEL: "clips",
    PostType.CAROUSEL: "carousel_container",
}


def private_user(creator: Creator) -> dict[str, Any]:
    """A profile."""
    return {
        "pk": creator.pk,
        "pk_id": str(creator.pk),
        "username": creator.handle,
        "full_name": creator.full_name,
        "biography": creator.biography,
        "external_url": creator.external_url,
        "follower_count": creator.followers,
        "following_count": creator.following,
        "media_count": creator.media_count,
        "is_private": creator.is_private,
        "is_verified": creator.is_verified,
        "is_business": creator.is_business,
        "account_type": 2 if creator.is_business else 3 if creator.is_professional else 1,
        "category": creator.category or None,
        "profile_pic_url": creator.picture_url,
    }


def private_short_user(account: Creator | Person, *, text_pk: bool = False) -> dict[str, Any]:
    """An account in a list. Lists of followers tell `pk` as a text, others as a number."""
    pk = str(account.pk)
    return {
        "pk": pk if text_pk else account.pk,
        "pk_id": pk,
        "id": pk,
        "strong_id__": pk,
        "username": account.handle,
        "full_name": account.full_name,
        "is_private": account.is_private,
        "is_verified": account.is_verified,
        "profile_pic_url": account.picture_url,
    }


def private_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post."""
    place = place_of(post)
    body = {
        "pk": post.pk,
        "id": f"{post.pk}_{creator.pk}",
        "code": post.code,
        "media_type": MEDIA_TYPES[post.post_type],
        "product_type": PRODUCT_TYPES[post.post_type],
        "taken_at": post.published_at,
        "caption": {"text": post.caption} if post.caption else None,
        "like_count": post.likes,
        "comment_count": post.comments,
        "is_paid_partnership": False,
        "location": private_place(place) if place else None,
        "image_versions2": {"candidates": [{"width": 1080, "height": 1350, "url": post.picture_url}]},
        "user": {"pk": creator.pk, "username": creator.handle, "full_name": creator.full_name},
    }
    if post.plays is not None:
        video = {"width": 720, "height": 1280, "type": 101, "url": post.video_url}
        body |= {"play_count": post.plays, "video_duration": post.duration, "video_versions": [video]}
    return body


def private_place(place: Place) -> dict[str, Any]:
    """A place as posts tell it."""
    return {
        "pk": place.pk,
        "name": place.name,
        "address": "",
        "city": "",
        "short_name": place.name,
        "lng": place.longitude,
        "lat": place.latitude,
        "external_source": "facebook_places",
        "facebook_places_id": place.pk,
    }


def post_grid(posts: Sequence[tuple[Creator, SandboxPost]]) -> list[dict[str, Any]]:
    """Posts in rows of three, as lists of hashtags and places show them."""
    rows = [posts[start : start + 3] for start in range(0, len(posts), 3)]
    return [
        {
            "layout_type": "media_grid",
            "feed_type": "media",
            "layout_content": {"medias": [{"media": private_post(*owned)} for owned in row]},
        }
        for row in rows
    ]


def private_comment(
    post: SandboxPost, comment: SandboxComment, parent: SandboxComment | None = None
) -> dict[str, Any]:
    """A comment with its answers, or an answer to `parent`."""
    body: dict[str, Any] = {
        "pk": str(comment.pk),
        "strong_id__": str(comment.pk),
        "media_id": post.pk,
        "user_id": comment.author.pk,
        "user": private_short_user(comment.author, text_pk=True),
        "text": comment.text,
        "type": 2 if parent else 0,
        "content_type": "comment",
        "status": "Active",
        "created_at": comment.published_at,
        "created_at_utc": comment.published_at,
        "comment_like_count": comment.likes,
    }
    if parent is not None:
        return {**body, "parent_comment_id": str(parent.pk), "replied_to_comment_id": str(parent.pk)}
    answers = [private_comment(post, answer, comment) for answer in comment.replies]
    return {**body, "like_count": comment.likes, "preview_child_comments": answers}


def private_story(creator: Creator, story: SandboxStory) -> dict[str, Any]:
    """A story of now."""
    body: dict[str, Any] = {
        "pk": story.pk,
        "id": f"{story.pk}_{creator.pk}",
        "strong_id__": f"{story.pk}_{creator.pk}",
        "code": story.code,
        "media_type": 2 if story.is_video else 1,
        "product_type": "story",
        "is_reel_media": True,
        "taken_at": story.published_at,
        "expiring_at": story.expires_at,
        "caption": {"text": story.caption} if story.caption else None,
        "user": {"pk": creator.pk, "pk_id": str(creator.pk), "id": str(creator.pk)},
        "image_versions2": {"candidates": [{"width": 1080, "height": 1920, "url": story.picture_url}]},
        "reel_mentions": [{"user": {"username": handle}, "x": 0.5, "y": 0.5} for handle in story.mentions],
        "story_hashtags": [{"hashtag": {"name": name}} for name in story.hashtags],
        "story_link_stickers": [{"story_link": {"url": story.link_url}}] if story.link_url else [],
    }
    if story.is_video:
        video = {"width": 720, "height": 1280, "type": 101, "url": story.video_url}
        body |= {"video_duration": story.duration, "video_versions": [video]}
    return body


def story_reel(creator: Creator, stories: Sequence[SandboxStory]) -> dict[str, Any]:
    """The stories of an account now."""
    return {
        "id": creator.pk,
        "strong_id__": str(creator.pk),
        "reel_type": "user_reel",
        "latest_reel_media": max(story.published_at for story in stories),
        "expiring_at": max(story.expires_at for story in stories),
        "media_count": len(stories),
        "user": private_short_user(creator),
        "items": [private_story(creator, story) for story in stories],
    }


def highlight_reel(creator: Creator, highlight: SandboxHighlight, *, items: bool) -> dict[str, Any]:
    """A highlight: in the tray of a profile without its stories, alone with them."""
    told = highlight.stories if items else ()
    return {
        "id": f"highlight:{highlight.pk}",
        "strong_id__": f"highlight:{highlight.pk}",
        "pk": str(highlight.pk),
        "reel_type": "highlight_reel",
        "highlight_reel_type": "DEFAULT",
        "title": highlight.title,
        "created_at": highlight.created_at,
        "media_count": len(highlight.stories),
        "latest_reel_media": highlight.stories[-1].published_at,
        "is_pinned_highlight": False,
        "cover_media": {"cropped_image_version": {"height": 150, "url": highlight.cover_url, "width": 150}},
        "user": private_short_user(creator, text_pk=True),
        "items": [private_story(creator, story) for story in told],
    }

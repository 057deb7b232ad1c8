"""Bodies in HikerAPI's flattened `v1_` form, which the free service used. Each has the keys and types of a recorded one.

What the free service does not tell is null, empty or 0, as it is in the recordings: plays, category, contact data.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from upbeat.records import PostType
from upbeat.sandbox.comments import SandboxComment
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.people import Person
from upbeat.sandbox.places import Place, place_of
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.private_api_bodies import MEDIA_TYPES, PRODUCT_TYPES
from upbeat.sandbox.stories import SandboxHighlight, SandboxStory


def render_user(creator: Creator) -> dict[str, Any]:
    """A profile with exactly the recorded keys."""
    return {
        "pk": creator.pk,
        "username": creator.handle,
        "full_name": creator.full_name,
        "is_private": creator.is_private,
        "profile_pic_url": creator.picture_url,
        "profile_pic_url_hd": None,
        "is_verified": creator.is_verified,
        "media_count": creator.media_count,
        "follower_count": creator.followers,
        "following_count": creator.following,
        "biography": creator.biography,
        "external_url": creator.external_url,
        "account_type": 2 if creator.is_business else 3 if creator.is_professional else 1,
        "is_business": creator.is_business,
        "public_email": "",
        "contact_phone_number": "",
        "public_phone_country_code": "",
        "public_phone_number": "",
        "business_contact_method": "UNKNOWN",
        "business_category_name": None,
        "category_name": None,
        "category": "",
        "address_street": "",
        "city_id": "0",
        "city_name": "",
        "latitude": None,
        "longitude": None,
        "zip": "",
        "instagram_location_id": "",
        "interop_messaging_user_fbid": creator.pk,
    }


def render_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post with the recorded keys. Plays are 0, as in the recorded pages."""
    return {
        "pk": str(post.pk),
        "id": f"{post.pk}_{creator.pk}",
        "code": post.code,
        "taken_at": _instant(post.published_at),
        "taken_at_ts": post.published_at,
        "media_type": MEDIA_TYPES[post.post_type],
        "product_type": PRODUCT_TYPES[post.post_type],
        "thumbnail_url": None if post.post_type is PostType.CAROUSEL else post.picture_url,
        "location": render_place(place, of_post=True) if (place := place_of(post)) else None,
        "user": _render_owner(creator),
        "comment_count": post.comments,
        "comments_disabled": False,
        "like_count": post.likes,
        "play_count": 0,
        "has_liked": False,
        "caption_text": post.caption,
        "accessibility_caption": None,
        "usertags": [],
        "sponsor_tags": [],
        "video_url": post.video_url if post.plays is not None else None,
        "view_count": 0,
        "video_duration": post.duration,
        "title": "",
        "resources": _render_resources(creator, post) if post.post_type is PostType.CAROUSEL else [],
        "image_versions": [],
        "video_versions": [],
        "like_and_view_counts_disabled": False,
        "coauthor_producers": [],
        "is_paid_partnership": False,
    }


def render_single_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post as `media/by/code` gives it: without the keys that only the recorded pages have."""
    body = render_post(creator, post)
    del body["location"], body["accessibility_caption"], body["user"]["profile_pic_url_hd"]
    return body


def _render_owner(creator: Creator) -> dict[str, Any]:
    return {
        "pk": str(creator.pk),
        "id": str(creator.pk),
        "username": creator.handle,
        "full_name": creator.full_name,
        "profile_pic_url": creator.picture_url,
        "profile_pic_url_hd": None,
        "is_private": creator.is_private,
        "is_verified": creator.is_verified,
    }


def _render_resources(creator: Creator, post: SandboxPost) -> list[dict[str, Any]]:
    parent = f"{post.pk}_{creator.pk}"
    return [
        {
            "pk": str(post.pk + number),
            "id": f"{post.pk + number}_{creator.pk}",
            "video_url": None,
            "thumbnail_url": post.picture_url,
            "media_type": 1,
            "product_type": "carousel_item",
            "image_versions": [],
            "video_versions": [],
            "preview": None,
            "carousel_parent_id": parent,
            "commerciality_status": "not_commercial",
            "taken_at": post.published_at,
        }
        for number in (1, 2, 3)
    ]


def render_short_user(account: Creator | Person) -> dict[str, Any]:
    """An account in a list of followers, followed accounts or likers."""
    return {
        "pk": str(account.pk),
        "id": str(account.pk),
        "username": account.handle,
        "full_name": account.full_name,
        "profile_pic_url": account.picture_url,
        "is_private": account.is_private,
        "is_verified": account.is_verified,
    }


def render_found_user(creator: Creator) -> dict[str, Any]:
    """An account that a search found."""
    return {
        "pk": creator.pk,
        "id": str(creator.pk),
        "username": creator.handle,
        "full_name": creator.full_name,
        "profile_pic_url": creator.picture_url,
        "profile_pic_url_hd": None,
        "is_private": None,
        "is_verified": None,
    }


def render_comment(comment: SandboxComment) -> dict[str, Any]:
    """A comment; its answers are not told."""
    author = render_short_user(comment.author)
    return {
        "pk": str(comment.pk),
        "text": comment.text,
        "user": {**author, "profile_pic_url_hd": None},
        "created_at_utc": _instant(comment.published_at),
        "content_type": "comment",
        "status": "Active",
        "has_liked": False,
        "like_count": comment.likes,
    }


def render_place(place: Place, *, of_post: bool = False) -> dict[str, Any]:
    """A place, as posts tell it or alone."""
    return {
        "pk": place.pk,
        "name": place.name,
        "phone": "",
        "website": "",
        "category": "" if of_post else place.category,
        "hours": {},
        "address": "",
        "city": "" if of_post else place.city,
        "zip": None if of_post else "",
        "lng": place.longitude,
        "lat": place.latitude,
        "external_id": str(place.pk),
        "external_id_source": "facebook_places",
    }


def render_story(creator: Creator, story: SandboxStory) -> dict[str, Any]:
    """A story, of now or in a highlight."""
    return {
        "pk": str(story.pk),
        "id": f"{story.pk}_{creator.pk}",
        "code": story.code,
        "taken_at": _instant(story.published_at),
        "media_type": 2 if story.is_video else 1,
        "product_type": "story",
        "thumbnail_url": story.picture_url,
        "user": _render_owner(creator),
        "video_url": story.video_url if story.is_video else None,
        "video_duration": story.duration,
        "sponsor_tags": [],
        "mentions": [{"user": {"username": handle}, "x": 0.0, "y": 0.0} for handle in story.mentions],
        "links": [{"webUri": story.link_url}] if story.link_url else [],
        "hashtags": [{"hashtag": {"name": name}} for name in story.hashtags],
        "locations": [],
        "stickers": [],
        "medias": [],
    }


def render_highlight(creator: Creator, highlight: SandboxHighlight, *, items: bool) -> dict[str, Any]:
    """A highlight: in the list of a profile without its stories, alone with them."""
    told = highlight.stories if items else ()
    return {
        "pk": str(highlight.pk),
        "id": f"highlight:{highlight.pk}",
        "latest_reel_media": highlight.stories[-1].published_at,
        "cover_media": {"cropped_image_version": {"height": 150, "url": highlight.cover_url, "width": 150}},
        "user": _render_owner(creator),
        "title": highlight.title,
        "created_at": _instant(highlight.created_at),
        "is_pinned_highlight": False,
        "media_count": len(highlight.stories),
        "media_ids": [story.pk for story in told],
        "items": [render_story(creator, story) for story in told],
    }


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

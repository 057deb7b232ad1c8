"""Lama, the free service of last resort, as `lama`.

Its service returned HikerAPI's `v1_` shape, of which recordings exist (`v1_user_by_username`, `v1_user_medias_chunk`,
`v1_media_by_code`). All recorded keys are there; what the free service does not tell is null, empty or 0, as it
is in the recordings: plays, category, contact data. No credential. Error bodies (`detail`, `exc_type`) are those of the
library behind both services.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from upbeat.records import PostType
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.upstream import Answer, Request, Upstream, json_answer
from upbeat.sandbox.world import World

PAGE = 12

_MEDIA_TYPES = {PostType.IMAGE: 1, PostType.VIDEO: 2, PostType.REEL: 2, PostType.CAROUSEL: 8}
_PRODUCT_TYPES = {
    PostType.IMAGE: "feed",
    PostType.VIDEO: "feed",
    PostType.REEL: "clips",
    PostType.CAROUSEL: "carousel_container",
}


def render_user(creator: Creator) -> dict[str, Any]:
    """A profile with exactly the recorded keys."""
    return {
        "pk": creator.pk,
        "username": creator.handle,
        "full_name": creator.full_name,
        "is_private": creator.is_private,
        "profile_pic_url": f"https://cdn.sandbox.invalid/profile/{creator.pk}.jpg",
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
    published = datetime.fromtimestamp(post.published_at, UTC)
    return {
        "pk": str(post.pk),
        "id": f"{post.pk}_{creator.pk}",
        "code": post.code,
        "taken_at": published.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "taken_at_ts": post.published_at,
        "media_type": _MEDIA_TYPES[post.post_type],
        "product_type": _PRODUCT_TYPES[post.post_type],
        "thumbnail_url": None if post.post_type is PostType.CAROUSEL else post.picture_url,
        "location": None,
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
        "profile_pic_url": f"https://cdn.sandbox.invalid/profile/{creator.pk}.jpg",
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


def _missing(detail: str, exc_type: str) -> Answer:
    return json_answer({"detail": detail, "exc_type": exc_type}, 404)


def _required(parameter: str) -> Answer:
    problem = {"type": "missing", "loc": ["query", parameter], "msg": "Field required", "input": None}
    return json_answer({"detail": [problem]}, 422)


class Lama(Upstream):
    """`/v1/user/by/username`, `/v1/user/medias/chunk` and `/v1/media/by/code`."""

    name = "lama"
    host = "lama.sandbox"
    limit = Limit(60, 60)

    def credential(self, request: Request) -> str:
        """None is needed."""
        return ""

    def subject(self, request: Request, world: World) -> str:
        """The handle, the handle behind the user id, or the shortcode of a single post."""
        query = request.query
        if "user_id" in query:
            creator = world.creator_by_pk(query["user_id"])
            return creator.handle if creator else ""
        return query.get("username", "").lower() or query.get("code", "")

    def answer(self, request: Request, world: World) -> Answer:
        """A profile, a page of posts with its cursor, or one post."""
        match request.path.rstrip("/"):
            case "/v1/user/by/username":
                return self._user(request, world)
            case "/v1/user/medias/chunk":
                return self._posts(request, world)
            case "/v1/media/by/code":
                return self._post(request, world)
        return json_answer({"detail": "Not Found"}, 404)

    def _user(self, request: Request, world: World) -> Answer:
        if not request.query.get("username"):
            return _required("username")
        creator = world.creator(request.query["username"])
        return json_answer(render_user(creator)) if creator else _missing("User not found", "UserNotFound")

    def _posts(self, request: Request, world: World) -> Answer:
        if not request.query.get("user_id"):
            return _required("user_id")
        creator = world.creator_by_pk(request.query["user_id"])
        if creator is None:
            return _missing("User not found", "UserNotFound")
        if creator.is_private:
            return json_answer({"detail": "Private account", "exc_type": "PrivateAccount"}, 403)
        posts = world.posts(creator)
        cursor, start = request.query.get("end_cursor", ""), 0
        if cursor:
            start = next((n + 1 for n, p in enumerate(posts) if cursor == f"{p.pk}_{creator.pk}"), len(posts))
        page = posts[start : start + PAGE]
        more = start + PAGE < len(posts)
        return json_answer(
            [[render_post(creator, post) for post in page], f"{page[-1].pk}_{creator.pk}" if more else None]
        )

    def _post(self, request: Request, world: World) -> Answer:
        if not request.query.get("code"):
            return _required("code")
        found = world.post(request.query["code"])
        return (
            json_answer(render_single_post(*found)) if found else _missing("Media not found", "MediaNotFound")
        )

    def refused(self, request: Request, state: str) -> Answer:
        """The service is free; asked for by a fault only."""
        return json_answer({"detail": "Login required", "exc_type": "LoginRequired"}, 401)

    def throttled(self, usage: Usage) -> Answer:
        """429 with `Retry-After` in seconds."""
        body = {
            "detail": "Please wait a few minutes before you try again.",
            "exc_type": "PleaseWaitFewMinutes",
        }
        return json_answer(body, 429, ((b"retry-after", str(max(1, round(usage.reset_after))).encode()),))

    def failed(self) -> Answer:
        """500 with the library's envelope."""
        return json_answer({"detail": "Internal Server Error", "exc_type": "ClientError"}, 500)


UPSTREAM = Lama()

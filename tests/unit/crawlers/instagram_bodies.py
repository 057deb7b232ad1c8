"""Objects as Instagram's private API (`PRIVATE_…`), its web GraphQL (`WEB_…`) and the Graph API (`GRAPH_…`) write them.

Written from their documentation and from public client code, none from a recording and none by the sandbox.
"""

from __future__ import annotations

from typing import Any

SHORT_USER = {
    "pk": "787132",
    "id": "787132",
    "username": "natgeo",
    "full_name": "National Geographic",
    "is_private": False,
}
PRIVATE_USER = SHORT_USER | {
    "follower_count": 283_000_000,
    "following_count": 150,
    "media_count": 29_000,
    "biography": "Wonder",
    "account_type": 2,
    "hd_profile_pic_url_info": {"url": "https://example.com/p.jpg"},
}
WEB_USER = {
    "id": "787132",
    "username": "natgeo",
    "edge_followed_by": {"count": 283_000_000},
    "edge_follow": {"count": 150},
    "edge_owner_to_timeline_media": {"count": 29_000, "edges": []},
    "business_category_name": "None",
    "is_private": False,
}
PRIVATE_POST = {
    "pk": "2421224614649404224",
    "id": "2421224614649404224_787132",
    "code": "CGZ6vV1nBtA",
    "taken_at": 1602806400,
    "media_type": 2,
    "product_type": "clips",
    "like_count": 70,
    "comment_count": 7,
    "play_count": 900,
    "caption": {"pk": "1", "text": "Caption", "created_at": 1602806400},
    "user": SHORT_USER,
}
WEB_POST = {
    "__typename": "XDTGraphImage",
    "id": "2421224614649404224",
    "shortcode": "CGZ6vV1nBtA",
    "taken_at_timestamp": 1602806400,
    "edge_media_preview_like": {"count": 70},
    "edge_media_to_comment": {"count": 7},
    "display_url": "https://example.com/a.jpg",
    "owner": {"id": "787132", "username": "natgeo"},
}
OWNERLESS_POST = {name: value for name, value in WEB_POST.items() if name != "owner"}
COMMENT = {
    "pk": "17",
    "user": {"pk": "5", "username": "a"},
    "text": "Nice",
    "created_at": 1602806400,
    "comment_like_count": 2,
    "media_id": "2421224614649404224",
}
ACCOUNT = {"pk": "5", "username": "a", "full_name": "A", "is_private": True, "is_verified": False}
STORY = {
    "pk": "33",
    "id": "33_787132",
    "taken_at": 1602806400,
    "expiring_at": 1602892800,
    "media_type": 1,
    "user": SHORT_USER,
}
REEL = {
    "id": "787132",
    "reel_type": "user_reel",
    "user": SHORT_USER,
    "expiring_at": 1602892800,
    "items": [STORY],
}
HIGHLIGHT = {
    "id": "highlight:77",
    "title": "Trip",
    "media_count": 1,
    "cover_media": {"cropped_image_version": {"url": "https://example.com/c.jpg"}},
    "user": SHORT_USER,
    "reel_type": "highlight_reel",
}
PLACE = {"pk": 213, "name": "Berlin", "lat": "52.5", "lng": 13.4}
HASHTAG = {"id": "178", "name": "Love", "media_count": "1.2M"}
MORE = {"has_next_page": True, "end_cursor": "next"}

GRAPH_USER = {
    "id": "17841405309211844",
    "ig_id": 787132,
    "username": "natgeo",
    "followers_count": 5,
    "follows_count": 1,
    "media_count": 2,
}
GRAPH_POST = {
    "id": "17895695668004550",
    "caption": "x",
    "media_type": "IMAGE",
    "media_product_type": "FEED",
    "like_count": 3,
    "comments_count": 1,
    "permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/",
    "timestamp": "2020-10-16T00:00:00+0000",
}
GRAPH_STORY = GRAPH_POST | {
    "media_product_type": "STORY",
    "permalink": "https://instagram.com/stories/natgeo/33",
}
GRAPH_COMMENT = {"id": "17870913679156914", "text": "Nice", "timestamp": "2017-08-31T19:16:02+0000"}
CURSORS = {"cursors": {"before": "b", "after": "next"}}


def connection(*nodes: Any, **more: Any) -> dict[str, Any]:
    """A page of web GraphQL."""
    return {"edges": [{"node": node, "cursor": "of the node"} for node in nodes], "page_info": MORE, **more}


def metric(
    name: str, period: str = "lifetime", node: str = "17841405309211844", **more: Any
) -> dict[str, Any]:
    """A metric of the Graph API."""
    return {"name": name, "period": period, "title": name, "id": f"{node}/insights/{name}/{period}", **more}

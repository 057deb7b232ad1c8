"""Bodies of `youtube138` that were never recorded, as its clients show them, through `upbeat parse`."""

from __future__ import annotations

import pytest
from tests.unit.crawlers.command_line_parse import Reading, Refusal, Run, named

CHANNEL_ID, VIDEO_ID = "UCabcdefghijklmnopqrstuv", "a1B2c3D4e5F"

SCRAPED = [
    Reading(
        "a channel in texts",
        "youtube138",
        "profile",
        {
            "channelId": CHANNEL_ID, "title": "A", "username": "@Some-One", "canonicalBaseUrl": "/@Some-One", "country": "India",
            "joinedDateText": "Joined Feb 20, 2012", "badges": [{"text": "Verified", "type": "VERIFIED_CHANNEL"}], "description": "d",
            "avatar": [{"url": "https://yt3/s88", "width": 88, "height": 88}, {"url": "https://yt3/s900", "width": 900}],
            "stats": {"subscribers": None, "subscribersText": "12.3 lakh subscribers", "videos": "1,234", "viewsText": "9,876,543 views"},
        },
        [{
            "handle": "some-one", "country": "IN", "joined_at": "2012-02-20T00:00:00+00:00", "is_verified": True, "followers": 1230000,
            "media_count": 1234, "total_views": 9876543, "profile_pic_url": "https://yt3/s900",
        }],
    ),
    Reading(
        "a channel of a search in its wrapper",
        "youtube138",
        "profile",
        {"data": {"type": "channel", "channel": {"channelId": CHANNEL_ID, "title": "A", "stats": {"subscribersText": "1.5M"}}}},
        [{"followers": 1500000, "handle": CHANNEL_ID}],
    ),
    Reading(
        "several channels",
        "youtube138",
        "profiles",
        {"contents": [{"type": "channel", "channel": {"channelId": f"{CHANNEL_ID[:-1]}{n}", "title": "A", "stats": {"subscribers": n}}} for n in (1, 2)], "cursorNext": "n"},
        [{"followers": 1}, {"followers": 2}],
        cursor="n",
    ),
    Reading(
        "videos of a channel, ages in several forms",
        "youtube138",
        "posts",
        {
            "contents": [
                {"type": "video", "video": {"videoId": f"a1B2c3D4e5{n}", "title": "A", "publishedTimeText": age, "lengthSeconds": 61, "stats": {"views": views}}}
                for n, (age, views) in enumerate([("5 hours ago", 10), ("Streamed 1 day ago", "1.2K views"), ("an hour ago", "No views"), ("3d ago", None), ("Premiered Jan 5, 2023", 1), ("2 weeks ago", 1), (None, 1)])
            ],
            "cursorNext": "4qmFsg",
        },
        [
            {"published_at": "2026-11-22T10:00:00+00:00", "plays": 10}, {"published_at": "2026-11-21T00:00:00+00:00", "plays": 1200},
            {"published_at": "2026-11-22T14:00:00+00:00", "plays": 0}, {"published_at": "2026-11-19T00:00:00+00:00", "plays": None},
            {"published_at": "2023-01-05T00:00:00+00:00"}, {"published_at": None}, {"published_at": None},
        ],
        cursor="4qmFsg",
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading(
        "videos of a channel that nothing names",
        "youtube138",
        "posts",
        {"contents": [{"type": "video", "video": {"videoId": VIDEO_ID, "title": "A", "stats": {"views": 5}}}]},
        [{"post_id": VIDEO_ID, "profile_id": "", "plays": 5}],
        ["videos[0].profile_id"],
    ),
    Reading(
        "shorts",
        "youtube138",
        "posts",
        {"contents": [{"type": "shorts", "shorts": {"videoId": VIDEO_ID, "title": "A", "stats": {"viewsText": "1.5M views"}}}]},
        [{"post_type": "short", "plays": 1500000}],
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading(
        "a video",
        "youtube138",
        "post",
        {
            "videoId": VIDEO_ID, "title": "A", "description": "d\r\n", "author": {"channelId": CHANNEL_ID, "title": "B", "canonicalBaseUrl": "/c/old"},
            "category": "Music", "isLiveContent": False, "isLiveNow": None, "lengthSeconds": "282", "publishedDate": "2023-01-05",
            "stats": {"comments": None, "likes": "1,234", "views": 10.0}, "keywords": [], "superTitle": {"items": ["#1"]},
        },
        [{"profile_id": CHANNEL_ID, "handle": CHANNEL_ID, "caption": "d", "duration_seconds": 282.0, "likes": 1234, "comments": None, "plays": 10, "published_at": "2023-01-05T00:00:00+00:00"}],
    ),
    Reading(
        "comments",
        "youtube138",
        "comments",
        {
            "totalCommentsCount": "1,234", "filters": [], "cursorNext": "Eg0",
            "comments": [{"commentId": "Ugx1", "content": "a", "author": {"channelId": CHANNEL_ID, "title": "@x.y", "badges": []}, "publishedTimeText": "5 minutes ago (edited)", "stats": {"replies": 0, "votes": "1.2K"}, "pinned": {"status": False}}],
        },
        [{"comment_id": "Ugx1", "author_handle": "x.y", "likes_count": 1200, "replies_count": 0, "published_at": "2026-11-22T15:25:00+00:00"}],
        cursor="Eg0",
        params=(f"post_id={VIDEO_ID}",),
    ),
    Reading("comments, none", "youtube138", "comments", {"comments": [], "cursorNext": None, "totalCommentsCount": 0}, []),
    Reading(
        "a search of everything",
        "youtube138",
        "search",
        {
            "contents": [
                {"type": "channel", "channel": {"channelId": CHANNEL_ID, "title": "A", "username": "@a-b", "stats": {"subscribers": 5}}},
                {"type": "video", "video": {"videoId": VIDEO_ID, "title": "B", "author": {"channelId": CHANNEL_ID}}},
                {"type": "playlist", "playlist": {"playlistId": "PL1"}},
            ],
            "cursorNext": "n", "estimatedResults": "1234", "filterGroups": [], "refinements": [],
        },
        [{"entity": "profile", "handle": "a-b", "followers_count": 5}, {"entity": "post", "item_id": VIDEO_ID, "position": 2}],
        cursor="n",
    ),
]  # fmt: skip

REFUSED = [
    Refusal("not subscribed", "youtube138", "profile", {"message": "You are not subscribed to this API."}, "not subscribed"),
    Refusal("the month is used up", "youtube138", "posts", {"message": "You have exceeded the MONTHLY quota for Requests on your current plan, BASIC."}, "MONTHLY"),
    Refusal("too many requests", "youtube138", "search", {"message": "Too many requests"}, "Too many requests"),
    Refusal("a channel of nothing", "youtube138", "profile", {"channelId": None, "title": None, "stats": {}}, "no such channel"),
    Refusal("an error with an empty list", "youtube138", "posts", {"error": "Channel not found", "contents": []}, "not found"),
    Refusal("a video as a channel", "youtube138", "profile", {"videoId": VIDEO_ID, "title": "A", "author": {"channelId": CHANNEL_ID}}, "no channel"),
    Refusal("the official API's channel", "youtube138", "profile", {"kind": "youtube#channelListResponse", "items": []}, "official"),
    Refusal("cut off, scraped", "youtube138", "posts", b'{"contents": [{"type": "vid', "not JSON"),
    Refusal("comments as videos", "youtube138", "posts", {"comments": [{"commentId": "Ugx1", "content": "a"}]}, "expected a video"),
    Refusal("an HTML page, scraped", "youtube138", "profile", b"<html><body>504</body></html>", "not JSON"),
]  # fmt: skip


@pytest.mark.parametrize("case", named(SCRAPED))
def test_a_body_of_its_kind_is_read(case: Reading, parse_command: Run) -> None:
    parse_command(case)


@pytest.mark.parametrize("case", named(REFUSED))
def test_a_body_that_is_none_is_refused_in_one_line(case: Refusal, parse_command: Run) -> None:
    parse_command(case)

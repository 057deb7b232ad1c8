"""Bodies of `ytapi` that were never recorded, as the references show them, through `upbeat parse`."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.crawlers.command_line_parse import Reading, Refusal, Run, named

CHANNEL_ID, VIDEO_ID = "UCabcdefghijklmnopqrstuv", "a1B2c3D4e5F"


def answer(kind: str, *items: Any, **more: Any) -> dict[str, Any]:
    return {
        "kind": f"youtube#{kind}ListResponse",
        "etag": "e",
        "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
        "items": list(items),
        **more,
    }


def channel(identity: str = CHANNEL_ID, **parts: Any) -> dict[str, Any]:
    return {"kind": "youtube#channel", "etag": "e", "id": identity, **parts}


def video(identity: str = VIDEO_ID, **parts: Any) -> dict[str, Any]:
    return {"kind": "youtube#video", "etag": "e", "id": identity, **parts}


def comment(identity: str, **snippet: Any) -> dict[str, Any]:
    return {"kind": "youtube#comment", "etag": "e", "id": identity, "snippet": snippet}


def thread(identity: str, first: dict[str, Any], *replies: Any, **snippet: Any) -> dict[str, Any]:
    body = {
        "kind": "youtube#commentThread",
        "id": identity,
        "snippet": {"topLevelComment": first, **snippet},
    }
    return body | ({"replies": {"comments": list(replies)}} if replies else {})


def listed(video_id: str, position: int | None, title: str = "A") -> dict[str, Any]:
    snippet: dict[str, Any] = {
        "title": title,
        "playlistId": "PL123",
        "resourceId": {"kind": "youtube#video", "videoId": video_id},
    }
    if position is not None:
        snippet["position"] = position
    return {"kind": "youtube#playlistItem", "id": "UEw=", "snippet": snippet}


def found(identity: Any, **snippet: Any) -> dict[str, Any]:
    return {"kind": "youtube#searchResult", "id": identity, "snippet": snippet}


def error(status: int, reason: str, **more: Any) -> dict[str, Any]:
    message = f'Something is <code>wrong</code>: <a href="/x">{reason}</a>.'
    entry = {"message": message, "domain": "youtube.video", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [entry], **more}}


SNIPPET = {"channelId": CHANNEL_ID, "title": "A", "publishedAt": "2026-11-01T10:00:00Z"}
COUNTS = {"viewCount": "1000", "likeCount": "10", "favoriteCount": "0", "commentCount": "3"}

CHANNELS = [
    Reading(
        "every part",
        "ytapi",
        "profile",
        answer(
            "channel",
            channel(
                snippet={
                    "title": "A",
                    "description": "line\u2028separator\u0085and\nbreak",
                    "customUrl": "@some.one",
                    "publishedAt": "2012-02-20T00:42:42.123456Z",
                    "country": "IN",
                    "defaultLanguage": "hi",
                    "localized": {"title": "अ", "description": "व"},
                    "thumbnails": {"default": {"url": "https://yt3/s88"}, "high": {"url": "https://yt3/s800"}},
                },
                statistics={"viewCount": "9007199254740993", "subscriberCount": "1230000", "hiddenSubscriberCount": False, "videoCount": "77"},
                topicDetails={"topicIds": None, "topicCategories": ["https://en.wikipedia.org/wiki/Music_of_Asia"]},
                status={"privacyStatus": "public", "madeForKids": False},
                brandingSettings={"channel": {"title": "B", "unsubscribedTrailer": "x"}, "hints": []},
                contentOwnerDetails={},
                auditDetails={"overallGoodStanding": True},
                localizations={"hi": {"title": "अ"}},
            ),
        ),
        [{
            "type": "profile", "profile_id": CHANNEL_ID, "handle": "some.one", "full_name": "A",
            "biography": "line\u2028separator\u0085and\nbreak", "country": "IN", "followers": 1230000,
            "total_views": 9007199254740993, "media_count": 77, "category": "Music of Asia",
            "profile_pic_url": "https://yt3/s800", "joined_at": "2012-02-20T00:42:42.123456+00:00",
        }],
    ),
    Reading(
        "hidden subscribers",
        "ytapi",
        "profile",
        answer("channel", channel(snippet={"title": "A"}, statistics={"viewCount": "5", "hiddenSubscriberCount": True, "videoCount": "0"})),
        [{"followers": None, "total_views": 5, "media_count": 0, "handle": CHANNEL_ID}],
    ),
    Reading(
        "statistics alone, as numbers",
        "ytapi",
        "profile",
        answer("channel", channel(statistics={"viewCount": 5, "subscriberCount": 12.0, "videoCount": None})),
        [{"followers": 12, "total_views": 5, "media_count": None, "full_name": None}],
    ),
    Reading(
        "no statistics",
        "ytapi",
        "profile",
        answer("channel", channel(snippet={"title": "A", "thumbnails": None, "country": ""})),
        [{"full_name": "A", "followers": None}],
        ["followers"],
    ),
    Reading(
        "a title of the localised part alone",
        "ytapi",
        "profile",
        answer("channel", channel(snippet={"localized": {"title": "L"}, "customUrl": "oldname"}, statistics={"subscriberCount": "1"})),
        [{"full_name": "L", "handle": "oldname"}],
    ),
    Reading(
        "two, one of them no object",
        "ytapi",
        "profiles",
        answer("channel", channel(statistics={"subscriberCount": "1"}), None),
        [{"profile_id": CHANNEL_ID, "followers": 1}],
        ["channels[1]"],
    ),
    Reading("a list of none", "ytapi", "activities", {"kind": "youtube#activityListResponse", "pageInfo": {"totalResults": 0}}, []),
]  # fmt: skip

VIDEOS = [
    Reading(
        "every part",
        "ytapi",
        "post",
        answer(
            "video",
            video(
                snippet={**SNIPPET, "description": "", "tags": ["a"], "categoryId": "10", "liveBroadcastContent": "none", "defaultAudioLanguage": "hi-Latn"},
                contentDetails={"duration": "PT1M1S", "dimension": "2d", "contentRating": {"ytRating": "ytAgeRestricted"}, "regionRestriction": {"blocked": ["DE"]}},
                status={"uploadStatus": "processed", "privacyStatus": "unlisted"},
                statistics={**COUNTS, "dislikeCount": "1"},
                player={"embedHtml": "<iframe>"},
                topicDetails={"topicCategories": []},
                recordingDetails={},
                paidProductPlacementDetails={"hasPaidProductPlacement": True},
            ),
        ),
        [{
            "type": "post", "post_id": VIDEO_ID, "profile_id": CHANNEL_ID, "post_type": "video", "caption": "", "category": "Music",
            "language": "hi-Latn", "duration_seconds": 61.0, "likes": 10, "comments": 3, "plays": 1000,
            "published_at": "2026-11-01T10:00:00+00:00", "permalink": f"https://www.youtube.com/watch?v={VIDEO_ID}",
        }],
    ),
    Reading(
        "likes hidden, comments off",
        "ytapi",
        "post",
        answer("video", video(snippet=SNIPPET, statistics={"viewCount": "1000"})),
        [{"likes": None, "comments": None, "plays": 1000}],
    ),
    Reading(
        "live now",
        "ytapi",
        "post",
        answer("video", video(
            snippet={**SNIPPET, "liveBroadcastContent": "live"}, statistics=COUNTS, contentDetails={"duration": "P0D"},
            liveStreamingDetails={"actualStartTime": "2026-11-22T15:00:00Z", "concurrentViewers": "55", "activeLiveChatId": "x"},
        )),
        [{"post_type": "live", "duration_seconds": 0.0, "plays": 1000}],
    ),
    Reading(
        "upcoming, nothing counted",
        "ytapi",
        "posts",
        answer("video", video(
            snippet={**SNIPPET, "liveBroadcastContent": "upcoming"}, statistics={"viewCount": "0", "likeCount": "0"},
            liveStreamingDetails={"scheduledStartTime": "2026-12-01T15:00:00Z"},
        )),
        [{"post_type": "live", "plays": 0, "likes": 0, "comments": None}],
    ),
    Reading(
        "a page of a chart with a cursor and an unreadable count",
        "ytapi",
        "posts",
        answer(
            "video",
            video(snippet=SNIPPET, statistics={**COUNTS, "likeCount": "many"}),
            video("b1B2c3D4e5F", snippet=SNIPPET, statistics=COUNTS),
            nextPageToken="CAUQAA",
        ),
        [{"likes": None, "plays": 1000}, {"post_id": "b1B2c3D4e5F", "likes": 10}],
        ["videos[0].likes"],
        cursor="CAUQAA",
    ),
    Reading(
        "without snippet, for the channel that was asked for",
        "ytapi",
        "post",
        answer("video", video(statistics=COUNTS)),
        [{"profile_id": CHANNEL_ID, "likes": 10}],
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading(
        "statistics alone, of a channel that nothing names",
        "ytapi",
        "posts",
        answer("video", video(statistics=COUNTS), video("b1B2c3D4e5F", statistics={"viewCount": 5})),
        [{"profile_id": "", "likes": 10, "comments": 3}, {"profile_id": "", "plays": 5}],
        ["videos[0].profile_id", "videos[1].profile_id"],
    ),
    Reading("none in a list", "ytapi", "posts", answer("video"), []),
]  # fmt: skip

LISTS = [
    Reading(
        "a thread with replies, one from a deleted author",
        "ytapi",
        "comments",
        answer(
            "commentThread",
            thread(
                "Ugx1",
                comment("Ugx1", videoId=VIDEO_ID, textDisplay="a<br>b", textOriginal="a\nb", authorDisplayName="@x-y", authorChannelId={"value": CHANNEL_ID}, likeCount=2, publishedAt="2026-11-01T10:00:00Z"),
                comment("Ugx1.9", textDisplay="c", parentId="Ugx1", authorDisplayName="", authorChannelUrl="", likeCount=0),
                videoId=VIDEO_ID, totalReplyCount=6, canReply=True, isPublic=True,
            ),
            nextPageToken="QURT",
        ),
        [
            {"type": "comment", "comment_id": "Ugx1", "text": "a\nb", "author_handle": "x-y", "author_id": CHANNEL_ID, "likes_count": 2, "replies_count": 6},
            {"comment_id": "Ugx1.9", "parent_id": "Ugx1", "post_id": VIDEO_ID, "author_id": None, "author_name": None},
        ],
        cursor="QURT",
    ),
    Reading(
        "replies of comments.list",
        "ytapi",
        "comments",
        answer("comment", comment("Ugx1.9", parentId="Ugx1", textDisplay="c", likeCount="4")),
        [{"comment_id": "Ugx1.9", "parent_id": "Ugx1", "post_id": VIDEO_ID, "text": "c", "likes_count": 4}],
        params=(f"post_id={VIDEO_ID}",),
    ),
    Reading(
        "a playlist with a deleted and a private video",
        "ytapi",
        "playlist",
        answer("playlistItem", listed("aaaaaaaaaaa", 0, "Deleted video"), listed("bbbbbbbbbbb", 1, "Private video"), listed("ccccccccccc", None)),
        [
            {"type": "listed_post", "listing": "playlist", "listing_key": "PL123", "post_id": "aaaaaaaaaaa", "position": 1},
            {"post_id": "bbbbbbbbbbb", "position": 2},
            {"post_id": "ccccccccccc", "position": 3},
        ],
    ),
    Reading(
        "a playlist of contentDetails alone, kinds stripped",
        "ytapi",
        "playlist",
        {"items": [{"id": "UEw=", "contentDetails": {"videoId": "aaaaaaaaaaa"}}]},
        [{"post_id": "aaaaaaaaaaa", "listing_key": "PL9", "position": 1}],
        params=("listing_key=PL9",),
    ),
    Reading(
        "a playlist that nothing names",
        "ytapi",
        "playlist",
        answer("playlistItem", {"kind": "youtube#playlistItem", "id": "UEw=", "contentDetails": {"videoId": "aaaaaaaaaaa"}}),
        [{"post_id": "aaaaaaaaaaa", "listing_key": "", "position": 1}],
        ["listing_key"],
    ),
    Reading(
        "search hits of all kinds",
        "ytapi",
        "search",
        answer(
            "search",
            found({"kind": "youtube#channel", "channelId": CHANNEL_ID}, title="A &amp; B", channelTitle="A"),
            found({"kind": "youtube#video", "videoId": VIDEO_ID}, title="It&#39;s", liveBroadcastContent="live"),
            found({"kind": "youtube#playlist", "playlistId": "PL1"}, title="P"),
            regionCode="IN", nextPageToken="CAIQAA", pageInfo={"totalResults": 1000000, "resultsPerPage": 3},
        ),
        [
            {"type": "search_hit", "entity": "profile", "item_id": CHANNEL_ID, "title": "A & B", "position": 1},
            {"entity": "post", "item_id": VIDEO_ID, "title": "It's", "position": 2},
        ],
        cursor="CAIQAA",
    ),
    Reading("nothing found", "ytapi", "search", answer("search", regionCode="IN"), []),
    Reading(
        "activities of several types",
        "ytapi",
        "activities",
        answer(
            "activity",
            *(
                {"kind": "youtube#activity", "id": f"MTUx{n}", "snippet": {"channelId": CHANNEL_ID, "type": kind, "title": "A", "publishedAt": "2026-11-01T10:00:00Z"}, "contentDetails": details}
                for n, (kind, details) in enumerate([
                    ("upload", {"upload": {"videoId": VIDEO_ID}}),
                    ("like", {"like": {"resourceId": {"kind": "youtube#video", "videoId": VIDEO_ID}}}),
                    ("recommendation", {"recommendation": {"reason": "videoLiked", "resourceId": {"channelId": CHANNEL_ID}}}),
                    ("bulletin", {}),
                ])
            ),
        ),
        [{"activity_type": "upload", "item_id": VIDEO_ID}, {"activity_type": "like", "item_id": VIDEO_ID},
         {"activity_type": "recommendation", "item_id": CHANNEL_ID}, {"activity_type": "bulletin", "item_id": None}],
    ),
    Reading(
        "sections of several types",
        "ytapi",
        "sections",
        answer(
            "channelSection",
            {"kind": "youtube#channelSection", "id": f"{CHANNEL_ID}.a", "snippet": {"type": "recentUploads", "channelId": CHANNEL_ID, "position": 0}},
            {"kind": "youtube#channelSection", "id": f"{CHANNEL_ID}.b", "snippet": {"type": "multipleChannels", "channelId": CHANNEL_ID, "title": "F", "position": "1"}, "contentDetails": {"channels": [CHANNEL_ID]}},
        ),
        [{"section_type": "recentUploads", "position": 0, "item_ids": None}, {"title": "F", "position": 1, "item_ids": [CHANNEL_ID]}],
    ),
]  # fmt: skip

REASONS = [
    (403, "quotaExceeded"), (403, "dailyLimitExceeded"), (403, "rateLimitExceeded"), (429, "RATE_LIMIT_EXCEEDED"),
    (400, "keyInvalid"), (400, "API_KEY_INVALID"), (401, "authError"), (403, "accessNotConfigured"), (403, "forbidden"),
    (403, "insufficientPermissions"), (404, "channelNotFound"), (404, "videoNotFound"), (404, "playlistNotFound"),
    (404, "commentThreadNotFound"), (403, "channelForbidden"), (403, "commentsDisabled"), (403, "playlistItemsNotAccessible"),
    (403, "subscriptionForbidden"), (403, "videoRatingForbidden"), (400, "invalidPageToken"), (400, "missingRequiredParameter"),
    (400, "incompatibleParameters"), (400, "invalidChannelId"), (400, "processingFailure"), (500, "backendError"), (503, "backendError"),
]  # fmt: skip

REFUSED = [
    *(Refusal(f"{reason} as {kind}", "ytapi", kind, error(status, reason), reason)
      for n, (status, reason) in enumerate(REASONS)
      for kind in (("profile", "posts", "comments", "insights", "search")[n % 5],)),
    Refusal("OAuth's error", "ytapi", "insights", {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, "invalid_grant"),
    Refusal("no such handle", "ytapi", "profile", {"kind": "youtube#channelListResponse", "etag": "e", "pageInfo": {"totalResults": 0, "resultsPerPage": 5}}, "nothing has this id"),
    Refusal("no such video", "ytapi", "post", answer("video"), "nothing has this id"),
    Refusal("a channel as videos", "ytapi", "posts", answer("channel", channel(statistics={"subscriberCount": "1"})), "youtube#channel"),
    Refusal("videos as a profile", "ytapi", "profile", answer("video", video(snippet=SNIPPET)), "youtube#video"),
    Refusal("playlists as entries", "ytapi", "playlist", answer("playlist", {"kind": "youtube#playlist", "id": "PL1", "snippet": {}}), "youtube#playlist"),
    Refusal("cut off", "ytapi", "profile", b'{"kind": "youtube#channelListResponse", "items": [{"id": "UC', "not JSON"),
    Refusal("HTML", "ytapi", "search", b"<!DOCTYPE html><title>Error 502</title>", "not JSON"),
    Refusal("nothing", "ytapi", "comments", b"", "the body is empty"),
    Refusal("a null", "ytapi", "posts", b"null", "no items"),
    Refusal("items that are none", "ytapi", "posts", {"kind": "youtube#videoListResponse", "items": {"a": 1}}, "items"),
    Refusal("a kind with line breaks", "ytapi", "posts", {"kind": "youtube#a\nb", "items": []}, "the answer holds"),
    Refusal("a reason with line breaks", "ytapi", "posts", error(400, "a\nb"), "a b"),
    Refusal("Instagram's account", "ytapi", "profile", {"data": {"user": {"id": "1", "username": "x", "edge_followed_by": {"count": 5}}}}, "no items"),
]  # fmt: skip


@pytest.mark.parametrize("case", named((*CHANNELS, *VIDEOS, *LISTS)))
def test_a_body_of_its_kind_is_read(case: Reading, parse_command: Run) -> None:
    parse_command(case)


@pytest.mark.parametrize("case", named(REFUSED))
def test_a_body_that_is_none_is_refused_in_one_line(case: Refusal, parse_command: Run) -> None:
    parse_command(case)

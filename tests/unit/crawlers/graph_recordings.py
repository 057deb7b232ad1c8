"""Every recorded body of the Graph API that is one of ours: what it is read as, with what was asked for, and what it holds.

Paths are below `api/graph_api`. What is not named here is another API's (Facebook pages, publishing, shops) or an error: refused as
whatever it is read.
"""

from __future__ import annotations

from upbeat.records import PayloadKind

PROFILE, POSTS, POST, COMMENTS = (
    PayloadKind.PROFILE,
    PayloadKind.POSTS,
    PayloadKind.POST,
    PayloadKind.COMMENTS,
)
STORIES, HASHTAG, INSIGHTS = PayloadKind.STORIES, PayloadKind.HASHTAG, PayloadKind.INSIGHTS
IG, BASIC = "instagram/apidata", "instagram_basic/apidata"
OWNER = {"handle": "asked_for", "profile_id": "42"}
ASKED_POST = {"post_id": "43"}
LIST = {"listing": "hashtag_recent", "listing_key": "love", "offset": "5"}

GRAPH_RECORDINGS: tuple[tuple[PayloadKind, str, dict[str, str], dict[str, int]], ...] = (
    (PROFILE, f"{IG}/discovery/user_fields.json", {}, {"profile": 1}),
    (PROFILE, f"{IG}/users/user_fields.json", {}, {"profile": 1}),
    (PROFILE, f"{BASIC}/user/user_info.json", {}, {"profile": 1}),
    (POSTS, "base/discovery_medias_p1.json", OWNER, {"post": 5}),
    (POSTS, "base/discovery_medias_p2.json", OWNER, {"post": 5}),
    (POSTS, f"{IG}/discovery/medias_p1.json", {"handle": "asked_for"}, {"post": 2}),
    (POSTS, f"{IG}/discovery/medias_p2.json", {"handle": "asked_for"}, {"post": 2}),
    (POSTS, f"{IG}/users/medias_p1.json", {"handle": "asked_for"}, {"post": 2}),
    (POSTS, f"{IG}/users/medias_p2.json", OWNER, {"post": 2}),
    (POSTS, f"{IG}/medias/medias_fields.json", OWNER, {"post": 2}),
    (POSTS, f"{BASIC}/user/user_medias_p1.json", {}, {"post": 2}),
    (POSTS, f"{BASIC}/user/user_medias_p2.json", {}, {"post": 2}),
    (POSTS, f"{IG}/hashtags/hashtag_top_medias_p1.json", {}, {"listed_post": 25}),
    (POSTS, f"{IG}/hashtags/hashtag_top_medias_p2.json", LIST, {"listed_post": 25}),
    (POSTS, f"{IG}/hashtags/hashtag_recent_medias_p1.json", LIST, {"listed_post": 5}),
    (POSTS, f"{IG}/hashtags/hashtag_recent_medias_p2.json", LIST, {"listed_post": 5}),
    (POSTS, f"{IG}/users/tagged_medias.json", {"listing": "tagged", "listing_key": "42"}, {"listed_post": 5}),
    (POST, f"{IG}/medias/media_default.json", OWNER, {"post": 1}),
    (POST, f"{BASIC}/media/media_info.json", OWNER, {"post": 1}),
    (POST, f"{IG}/users/mentioned_media.json", {"handle": "mentioned"}, {"listed_post": 1}),
    (COMMENTS, f"{IG}/medias/comments_p1.json", {}, {"comment": 2}),
    (COMMENTS, f"{IG}/medias/comments_p2.json", ASKED_POST, {"comment": 2}),
    (COMMENTS, f"{IG}/comments/comment_fields.json", ASKED_POST, {"comment": 1}),
    (COMMENTS, f"{IG}/comments/comments_fields.json", ASKED_POST, {"comment": 2}),
    (COMMENTS, f"{IG}/comments/replies.json", {**ASKED_POST, "parent_id": "44"}, {"comment": 1}),
    (COMMENTS, f"{IG}/users/mentioned_comment.json", ASKED_POST, {"comment": 1}),
    (STORIES, f"{IG}/stories/stories_default.json", {}, {"story": 3}),
    (STORIES, f"{IG}/stories/stories_fields_p1.json", {}, {"story": 2}),
    (STORIES, f"{IG}/stories/stories_fields_p2.json", {}, {"story": 1}),
    (STORIES, f"{IG}/stories/stories_info.json", {}, {"story": 2}),
    (STORIES, f"{IG}/stories/story_info.json", {}, {"story": 1}),
    (STORIES, f"{IG}/users/stories.json", {"profile_id": "42"}, {"story": 2}),
    (HASHTAG, f"{IG}/hashtags/hashtag_info.json", {}, {"hashtag": 1}),
    (HASHTAG, f"{IG}/hashtags/hashtags_info.json", {}, {"hashtag": 2}),
    (HASHTAG, f"{IG}/users/hashtag_search.json", {}, {"hashtag": 1}),
    (HASHTAG, f"{IG}/users/recently_searched_hashtags.json", {}, {"hashtag": 2}),
    (INSIGHTS, f"{IG}/users/user_insights.json", {}, {"insight": 6}),
    (INSIGHTS, f"{IG}/users/user_insights_new.json", {}, {"insight": 15}),
    (INSIGHTS, f"{IG}/medias/insights.json", {}, {"insight": 3}),
    (INSIGHTS, f"{IG}/medias/insights_new.json", {}, {"insight": 2}),
)
PARTS_OF_POSTS = (
    f"{IG}/medias/children.json",
    f"{BASIC}/media/media_children.json",
    f"{BASIC}/media/medias_info.json",
)
"""Parts of albums, and posts of which nothing tells them from such: no owner, no figures."""

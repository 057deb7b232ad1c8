"""YouTube's parsers on recorded answers: what a person reads in them is what comes out, and nothing else is taken for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.crawlers.youtube_recordings import RAPID, V3, YOUTUBE_PARAMS, YOUTUBE_RECORDINGS

from upbeat.crawlers.registry import crawler_class
from upbeat.errors import MalformedBodyError, RotateCredentialError
from upbeat.records import (
    ChannelActivity,
    ChannelSection,
    Comment,
    ListedPost,
    Parsed,
    PayloadKind,
    Platform,
    PostType,
    SearchHit,
)

OBSERVED = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
NAMES = [f"{source}-{kind}-{path.rpartition('/')[2]}" for source, kind, path, _ in YOUTUBE_RECORDINGS]
SHAPES = {
    "ytapi": {
        "profile": "channel", "profiles": "channel", "post": "video", "posts": "video", "search": "search",
        "comments": "comments", "playlist": "playlist", "identifier": "playlist", "activities": "activities",
        "sections": "sections",
    },
}  # fmt: skip


def parse(shared_data: Path, source: str, kind: PayloadKind, path: str, **params: str) -> Parsed:
    body = (shared_data / "api" / path).read_bytes()
    return crawler_class(source).parse(kind, body, observed_at=OBSERVED, params={**YOUTUBE_PARAMS, **params})


@pytest.mark.parametrize(("source", "kind", "path", "count"), YOUTUBE_RECORDINGS, ids=NAMES)
def test_a_recorded_body_gives_all_its_records(
    shared_data: Path, source: str, kind: PayloadKind, path: str, count: int
) -> None:
    parsed = parse(shared_data, source, kind, path)
    records = [record for _, record in parsed.records()]
    assert len(records) == count
    for record in records:
        assert (record.source, record.observed_at, record.platform) == (source, OBSERVED, Platform.YOUTUBE)
    for post in parsed.posts:
        assert post.title
        assert post.permalink is not None
        assert post.post_id in post.permalink
        assert post.thumbnail_url
    for comment in parsed.of(Comment):
        assert comment.text
        assert comment.likes_count is not None
        assert comment.author_id
    for hit in parsed.of(SearchHit):
        assert hit.title
        assert hit.query == "asked for"


def without_kinds(value: Any) -> Any:
    """A body as projects keep it that strip what they do not read."""
    if isinstance(value, list):
        return [without_kinds(item) for item in value]
    if isinstance(value, dict):
        return {k: without_kinds(v) for k, v in value.items() if k not in ("kind", "etag")}
    return value


@pytest.mark.parametrize(
    ("source", "kind", "path", "count"),
    [case for case in YOUTUBE_RECORDINGS if case[0] == "ytapi" and "update_resp" not in case[2]],
)
def test_a_recorded_body_is_known_without_its_kinds(
    shared_data: Path, source: str, kind: PayloadKind, path: str, count: int
) -> None:
    body = json.dumps(without_kinds(json.loads((shared_data / "api" / path).read_bytes()))).encode()
    parsed = crawler_class(source).parse(kind, body, observed_at=OBSERVED, params=YOUTUBE_PARAMS)
    assert parsed == parse(shared_data, source, kind, path)


# What is short of its own figures in the recordings, or was recorded without the part that tells the counts.
EXPECTED_PROBLEMS = ("followers: statistics.subscriberCount is missing", "statistics: missing", "items: ")


@pytest.mark.parametrize(("source", "kind", "path", "count"), YOUTUBE_RECORDINGS, ids=NAMES)
def test_a_recorded_body_gives_no_other_problem_than_what_it_lacks(
    shared_data: Path, source: str, kind: PayloadKind, path: str, count: int
) -> None:
    problems = [
        f"{problem.field.rpartition('.')[2]}: {problem.message}"
        for problem in parse(shared_data, source, kind, path).problems
    ]
    assert [problem for problem in problems if not problem.startswith(EXPECTED_PROBLEMS)] == []


def test_every_other_recorded_body_is_refused_whatever_it_is_taken_for(shared_data: Path) -> None:
    listed: dict[str, set[PayloadKind]] = {}
    for source, kind, path, _ in YOUTUBE_RECORDINGS:
        if source == "ytapi":
            shape = SHAPES["ytapi"][kind]
            listed.setdefault(path, set()).update(k for k in PayloadKind if SHAPES["ytapi"].get(k) == shape)
    tried = 0
    for folder in (V3, RAPID):
        for file in sorted((shared_data / "api" / folder).rglob("*.json")):
            path = f"{folder}/{file.relative_to(shared_data / 'api' / folder)}"
            tried += 1
            for kind in PayloadKind:
                if kind in listed.get(path, ()):
                    continue
                with pytest.raises((MalformedBodyError, RotateCredentialError)):
                    parse(shared_data, "ytapi", kind, path)
    assert tried == 85


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((PayloadKind.PROFILE, name) for name in ("videoDetails", "ChannelVideos", "VideoComments", "recomendedVideos")),
        *((PayloadKind.POST, name) for name in ("ChannelContentData", "ChannelData", "ChannelVideos", "VideoComments")),
        *((PayloadKind.POSTS, name) for name in ("ChannelContentData", "ChannelData", "VideoComments", "videoDetails")),
        *((PayloadKind.COMMENTS, name) for name in ("ChannelContentData", "ChannelVideos", "videoDetails")),
        *((PayloadKind.SEARCH, name) for name in ("ChannelContentData", "VideoComments", "videoDetails")),
        *((PayloadKind.INSIGHTS, name) for name in ("ChannelContentData", "VideoComments")),
        *(
            (kind, name)
            for kind in (PayloadKind.POST, PayloadKind.COMMENTS, PayloadKind.SEARCH, PayloadKind.PROFILE)
            for name in ("singleVideoData", "singleVideoComments", "youtubeVideosData")
        ),
    ],
)  # fmt: skip
def test_a_body_of_another_kind_is_refused_by_the_scraper(
    shared_data: Path, kind: PayloadKind, name: str
) -> None:
    with pytest.raises(MalformedBodyError):
        parse(shared_data, "youtube138", kind, f"{RAPID}/{name}.json")


def test_a_channel_says_what_was_recorded(shared_data: Path) -> None:
    profile = parse(shared_data, "ytapi", PayloadKind.PROFILE, f"{V3}/channel_info_single.json").profiles[0]
    assert (profile.profile_id, profile.handle) == ("UC_x5XG1OV2P6uZZ5FSM9Ttw", "googledevelopers")
    assert (profile.followers, profile.media_count, profile.total_views) == (1927873, 5026, 160361638)
    assert profile.full_name == "Google Developers"
    assert profile.country == "US"
    assert profile.joined_at == datetime(2007, 8, 23, 0, 34, 43, tzinfo=UTC)
    assert profile.profile_pic_url is not None
    assert "=s800-" in profile.profile_pic_url, "the largest picture"
    assert profile.is_verified is None, "the API does not tell it"


def test_a_channel_without_counts_notes_that_its_followers_are_missing(shared_data: Path) -> None:
    parsed = parse(shared_data, "ytapi", PayloadKind.PROFILE, f"{V3}/channels/info.json")
    assert parsed.profiles[0].followers is None
    assert [problem.field for problem in parsed.problems] == ["followers"]


def test_two_sources_know_one_channel_by_one_id(shared_data: Path) -> None:
    profile = parse(
        shared_data, "youtube138", PayloadKind.PROFILE, f"{RAPID}/ChannelContentData.json"
    ).profiles[0]
    post = parse(shared_data, "ytapi", PayloadKind.POST, f"{RAPID}/singleVideoData.json").posts[0]
    assert profile.profile_id == post.profile_id == "UCX6OQ3DkcsbYNE6H8uQQuVA"
    assert (profile.handle, profile.country, profile.is_verified) == ("mrbeast", "US", True)
    assert (profile.followers, profile.media_count, profile.total_views) == (447000000, 913, 98523924827)
    assert profile.joined_at == datetime(2012, 2, 19, tzinfo=UTC)
    assert profile.external_url == "https://www.teamwater.org"


def test_a_video_says_what_was_recorded(shared_data: Path) -> None:
    post = parse(shared_data, "ytapi", PayloadKind.POST, f"{RAPID}/singleVideoData.json").posts[0]
    assert (post.post_id, post.handle) == ("zo7i8VTpfNM", "UCX6OQ3DkcsbYNE6H8uQQuVA")
    assert (post.plays, post.likes, post.comments) == (72428567, 1852640, 26546)
    assert post.duration_seconds == 25 * 60 + 26
    assert (post.post_type, post.category, post.language) == (PostType.VIDEO, "Entertainment", "en")
    assert post.published_at == datetime(2025, 9, 27, 16, 0, 4, tzinfo=UTC)
    assert post.permalink == "https://www.youtube.com/watch?v=zo7i8VTpfNM"
    assert post.thumbnail_url == "https://i.ytimg.com/vi/zo7i8VTpfNM/maxresdefault.jpg"


def test_a_scraped_video_says_what_was_recorded(shared_data: Path) -> None:
    post = parse(shared_data, "youtube138", PayloadKind.POST, f"{RAPID}/videoDetails.json").posts[0]
    assert (post.post_id, post.profile_id) == ("kJQP7kiw5Fk", "UCLp8RBhQHu9wSsq62j_Md6A")
    assert (post.plays, post.likes, post.comments) == (8845185125, 55375873, 4327795)
    assert post.published_at == datetime(2017, 1, 13, 5, 0, 2, tzinfo=UTC)
    assert (post.duration_seconds, post.post_type) == (282, PostType.VIDEO)


def test_a_scraped_list_tells_ages_of_days_and_leaves_rougher_ones_out(shared_data: Path) -> None:
    parsed = parse(shared_data, "youtube138", PayloadKind.POSTS, f"{RAPID}/ChannelVideos.json")
    assert [post.published_at for post in parsed.posts] == [
        datetime(2026, 11, 10, tzinfo=UTC),
        None,
        None,
        None,
    ]
    assert [post.profile_id for post in parsed.posts] == [YOUTUBE_PARAMS["profile_id"]] * 4
    assert parsed.posts[0].plays == 100896859


def test_a_list_of_shorts_holds_shorts(shared_data: Path) -> None:
    parsed = parse(
        shared_data, "youtube138", PayloadKind.POSTS, f"{RAPID}/ChannelVideos.json", post_type="short"
    )
    assert {post.post_type for post in parsed.posts} == {PostType.SHORT}
    assert parsed.posts[0].permalink == "https://www.youtube.com/shorts/oBXSvS2QKxU"


def test_a_search_of_the_scraper_tells_handles_and_subscribers(shared_data: Path) -> None:
    parsed = parse(
        shared_data,
        "youtube138",
        PayloadKind.SEARCH,
        f"{RAPID}/recomendedVideos.json",
        entity="profile",
        offset="20",
    )
    first, second = parsed.of(SearchHit)
    assert (first.item_id, first.handle, first.followers_count, first.position) == (
        "UCOk-gHyjcWZNj3Br4oxwh0A",
        "technotim",
        308000,
        21,
    )
    assert second.position == 22


def test_the_scraper_finds_the_cursor_that_narrows_a_search(shared_data: Path) -> None:
    parsed = parse(
        shared_data, "youtube138", PayloadKind.IDENTIFIER, f"{RAPID}/recomendedVideos.json", entity="profile"
    )
    assert parsed.identifiers == {"type_cursor": "VUNPay1nSHlqY1daTmozQnI0b3h3aDBBJiYmRWdJUUFnJTNEJTNE"}
    assert list(parsed.records()) == []


def test_titles_of_searches_are_read_without_entities(shared_data: Path) -> None:
    parsed = parse(shared_data, "ytapi", PayloadKind.SEARCH, f"{V3}/search/search_by_event.json")
    titles = [hit.title or "" for hit in parsed.of(SearchHit)]
    assert any("&" in title or "'" in title for title in titles)
    assert not any("&amp;" in title or "&#39;" in title for title in titles)


def test_a_thread_gives_its_comment_with_the_number_of_replies(shared_data: Path) -> None:
    parsed = parse(
        shared_data,
        "ytapi",
        PayloadKind.COMMENTS,
        f"{V3}/comment_threads/comment_threads_by_video_paged_1.json",
    )
    comments = parsed.of(Comment)
    assert {comment.post_id for comment in comments} == {"F1UP7wRCPH8"}
    assert [comment.replies_count for comment in comments] == [0, 0, 0, 0, 2]
    assert parsed.next_cursor is not None


def test_a_reply_names_its_parent_and_the_video_that_was_asked_for(shared_data: Path) -> None:
    path = f"{V3}/comments/comments_by_parent_paged_1.json"
    comment = parse(shared_data, "ytapi", PayloadKind.COMMENTS, path).of(Comment)[0]
    assert (comment.parent_id, comment.post_id) == ("Ugw5zYU6n9pmIgAZWvN4AaABAg", YOUTUBE_PARAMS["post_id"])
    assert (comment.author_name, comment.author_handle) == ("kun liu", None)


def test_a_scraped_comment_says_what_was_recorded(shared_data: Path) -> None:
    parsed = parse(shared_data, "youtube138", PayloadKind.COMMENTS, f"{RAPID}/VideoComments.json")
    first, fourth = parsed.of(Comment)[0], parsed.of(Comment)[3]
    assert (first.likes_count, first.replies_count, first.author_handle) == (776, 914, "user-4005532c")
    assert (first.published_at, fourth.published_at) == (None, datetime(2026, 11, 19, tzinfo=UTC))


def test_a_playlist_tells_the_places_of_its_videos(shared_data: Path) -> None:
    path = f"{V3}/playlist_items/playlist_items_paged_2.json"
    entries = parse(shared_data, "ytapi", PayloadKind.PLAYLIST, path).of(ListedPost)
    assert [entry.position for entry in entries] == [11, 12, 13]
    assert {entry.listing_key for entry in entries} == {"PLOU2XLYxmsIKpaV8h0AGE05so0fAwwfTw"}


def test_a_chart_gives_the_videos_and_their_places(shared_data: Path) -> None:
    listing = {"listing": "trending", "listing_key": "US", "offset": "50"}
    parsed = parse(
        shared_data, "ytapi", PayloadKind.POSTS, f"{V3}/videos/videos_chart_paged_1.json", **listing
    )
    assert [entry.position for entry in parsed.of(ListedPost)] == [51, 52, 53, 54, 55]
    assert [entry.post_id for entry in parsed.of(ListedPost)] == [post.post_id for post in parsed.posts]


def test_a_section_names_its_playlists(shared_data: Path) -> None:
    path = f"{V3}/channel_sections/channel_sections_by_channel.json"
    uploads, _, playlists = parse(shared_data, "ytapi", PayloadKind.SECTIONS, path).of(ChannelSection)
    assert (uploads.section_type, uploads.position, uploads.item_ids) == ("recentUploads", 0, None)
    assert playlists.title == "我的操作诶"
    assert playlists.item_ids == ["PLBaidt0ilCManGDIKr8UVBFZwN_UvMKvS", "PLBaidt0ilCMbUdj0EppB710c_X5OuCP2g"]


def test_an_activity_says_what_was_recorded(shared_data: Path) -> None:
    path = f"{V3}/activities/activities_by_channel_p1.json"
    activity = parse(shared_data, "ytapi", PayloadKind.ACTIVITIES, path).of(ChannelActivity)[0]
    assert (activity.activity_id, activity.activity_type) == (
        "MTUxNTcyNTU1NjEyNjk5ODAxNzY0MzM4MDg=",
        "upload",
    )
    assert activity.published_at == datetime(2019, 10, 31, 21, 0, 12, tzinfo=UTC)


def test_a_page_shorter_than_it_says_is_noted_with_both_numbers(shared_data: Path) -> None:
    parsed = parse(shared_data, "ytapi", PayloadKind.SEARCH, f"{RAPID}/youtubeVideosData.json")
    assert [str(problem) for problem in parsed.problems] == ["items: 6 came where resultsPerPage says 32"]

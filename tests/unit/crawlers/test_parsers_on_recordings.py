"""The parsers on recorded answers: what a person reads in them is what comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.crawlers.recordings import PARAMS, RECORDINGS

from upbeat.crawlers.instagram.media_ids import post_id_of
from upbeat.crawlers.registry import crawler_class
from upbeat.errors import MalformedBodyError
from upbeat.records import Parsed, PayloadKind, Platform, PostType

OBSERVED = datetime(2026, 11, 22, tzinfo=UTC)


def parse(shared_data: Path, source: str, kind: PayloadKind, path: str) -> Parsed:
    body = (shared_data / "api" / path).read_bytes()
    return crawler_class(source).parse(kind, body, observed_at=OBSERVED, params=PARAMS)


@pytest.mark.parametrize(
    ("source", "kind", "path"), RECORDINGS, ids=[r[2].rpartition("/")[2] for r in RECORDINGS]
)
def test_a_recorded_body_is_read_without_a_problem(
    shared_data: Path, source: str, kind: PayloadKind, path: str
) -> None:
    parsed = parse(shared_data, source, kind, path)
    assert parsed.problems == []
    assert len(parsed.profiles) == (1 if kind is PayloadKind.PROFILE else 0)
    assert bool(parsed.posts) == (kind is not PayloadKind.PROFILE)
    for record in (*parsed.profiles, *parsed.posts):
        assert (record.source, record.observed_at, record.platform) == (source, OBSERVED, Platform.INSTAGRAM)
    for profile in parsed.profiles:
        assert profile.followers is not None
        assert profile.media_count is not None
    for post in parsed.posts:
        assert post.published_at is not None
        assert post.likes is not None
        assert post.comments is not None
        assert post.post_type is not None
        assert post.shortcode is not None
        assert post.post_id == post_id_of(post.shortcode)


@pytest.mark.parametrize(
    ("source", "kind", "path"),
    [
        *(
            ("rapidapi-igdata", PayloadKind.PROFILE, f"hikerapi/{name}.json")
            for name in (
                "v1_media_by_code",
                "v1_user_medias_chunk",
                "v1_media_comments_chunk",
                "v1_media_likers",
                "v1_media_user",
                "v1_search_users",
                "v1_user_followers_chunk",
                "v1_user_highlights",
            )
        ),
        *(
            ("lama", PayloadKind.POSTS, f"hikerapi/{name}.json")
            for name in (
                "v1_media_by_code",
                "v1_media_comments_chunk",
                "v1_user_by_username",
                "v1_user_followers_chunk",
                "v1_user_highlights",
            )
        ),
        *(
            ("lama", PayloadKind.POST, f"hikerapi/{name}.json")
            for name in ("v1_user_medias_chunk", "v1_media_comments_chunk", "v1_user_by_username")
        ),
        ("graphapi", PayloadKind.PROFILE, "graph_api/facebook/apidata/pages/single_fields_page.json"),
        ("graphapi", PayloadKind.PROFILE, "graph_api/instagram/apidata/discovery/medias_p1.json"),
        ("graphapi", PayloadKind.POSTS, "graph_api/instagram/apidata/discovery/user_fields.json"),
    ],
)
def test_a_recorded_body_of_another_kind_is_refused(
    shared_data: Path, source: str, kind: PayloadKind, path: str
) -> None:
    with pytest.raises(MalformedBodyError):
        parse(shared_data, source, kind, path)


def test_the_graph_profile_says_what_was_recorded(shared_data: Path) -> None:
    profile = parse(shared_data, *RECORDINGS[0]).profiles[0]
    assert profile.handle == "facebookfordevelopers"
    assert profile.full_name == "Facebook for Developers"
    assert (profile.followers, profile.following, profile.media_count) == (64976, None, 436)
    assert profile.profile_id == "17841407673135339"
    assert profile.is_business is True
    assert profile.category is None


def test_the_graph_page_says_what_was_recorded(shared_data: Path) -> None:
    parsed = parse(
        shared_data, "graphapi", PayloadKind.POSTS, "graph_api/instagram/apidata/discovery/medias_p1.json"
    )
    first = parsed.posts[0]
    assert (len(parsed.posts), parsed.next_cursor) == (2, "after")
    assert (first.shortcode, first.likes, first.comments) == ("CSr71Gzlqo4", 87, 11)
    assert (first.handle, first.profile_id) == ("asked_for", "17841407673135339")
    assert first.published_at == datetime(2021, 8, 17, 19, 0, 42, tzinfo=UTC)
    assert first.post_type is PostType.IMAGE


@pytest.mark.parametrize(
    ("source", "path"),
    [("lama", "hikerapi/v1_user_by_username.json"), ("rapidapi-igdata", "hikerapi/v2_user_by_username.json")],
)
def test_two_shapes_of_one_account_give_one_profile(shared_data: Path, source: str, path: str) -> None:
    profile = parse(shared_data, source, PayloadKind.PROFILE, path).profiles[0]
    assert (profile.profile_id, profile.handle, profile.full_name) == (
        "787132",
        "natgeo",
        "National Geographic",
    )
    assert (profile.followers, profile.following, profile.media_count) == (274988955, 193, 31529)
    assert (profile.is_verified, profile.is_business, profile.is_private) == (True, True, False)
    assert (profile.biography or "").endswith(" National Geographic 🌎")
    assert profile.external_url == "http://visitstore.bio/natgeo"


def test_the_lama_page_says_what_was_recorded(shared_data: Path) -> None:
    parsed = parse(shared_data, "lama", PayloadKind.POSTS, "hikerapi/v1_user_medias_chunk.json")
    first = parsed.posts[0]
    assert parsed.next_cursor == "3868170261056492782_787132"
    assert (first.post_id, first.shortcode) == ("3865659729796199935", "DWllQsJCPX_")
    assert (first.profile_id, first.handle) == ("787132", "natgeo")
    assert (first.likes, first.comments) == (35895, 236)
    assert first.plays is None, "the page writes 0 plays for a reel with 35,895 likes: not told"
    assert first.published_at == datetime(2026, 4, 1, 13, 0, 3, tzinfo=UTC)


def test_a_single_post_is_the_same_in_both_shapes(shared_data: Path) -> None:
    def facts(source: str, path: str) -> tuple[Any, ...]:
        post = parse(shared_data, source, PayloadKind.POST, path).posts[0]
        return (
            post.post_id,
            post.shortcode,
            post.profile_id,
            post.likes,
            post.plays,
            post.post_type,
            post.caption,
        )

    flat = facts("lama", "hikerapi/v1_media_by_code.json")
    assert flat == facts("rapidapi-igdata", "hikerapi/v2_media_info_by_code.json")
    assert flat[:6] == ("3776832898280228145", "DRqAYKuAIUx", "787132", 135428, 2866123, PostType.REEL)

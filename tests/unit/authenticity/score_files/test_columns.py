"""Columns are recognised by their names."""

from __future__ import annotations

import pytest

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.score_files.columns import UnreadableError, recognise


@pytest.mark.parametrize(
    "names",
    [
        ["handle", "full_name", "followers", "following", "posts", "has_picture", "is_private"],
        [
            "username",
            "name",
            "follower_count",
            "following_count",
            "media_count",
            "has_profile_picture",
            "private",
        ],
        ["User Name", "Full Name", "Followers Count", "Follows", "#posts", "profile pic", "Is Private"],
        [
            "screen_name",
            "displayName",
            "followers_count",
            "friends_count",
            "statuses_count",
            "profile_pic_url",
            "protected",
        ],
    ],
)
def test_usual_names_mean_the_same(names: list[str]) -> None:
    layout = recognise(names)
    assert layout is not None
    assert layout.follower(["asha", "Asha", "1", "2", "3", "true", "0"]) == Follower(
        handle="asha", full_name="Asha", followers=1, following=2, posts=3, has_picture=True, is_private=False
    )
    assert layout.others == ()


def test_the_clearer_name_goes_before_the_other_and_the_rest_is_told() -> None:
    layout = recognise(["name", "full_name", "user", "handle", "bio"])
    assert layout is not None
    assert layout.told == {"handle": "handle", "full_name": "full_name"}
    assert [layout.names[place] for place in layout.others] == ["name", "user", "bio"]


def test_without_a_column_of_handles_there_is_no_layout() -> None:
    assert recognise(["full_name", "followers"]) is None


def test_a_cell_that_cannot_be_read_is_named_by_its_field_and_not_quoted() -> None:
    layout = recognise(["handle", "followers"])
    assert layout is not None
    with pytest.raises(UnreadableError, match=r"^followers: is no count: write it like 1200"):
        layout.follower(["asha", "geheim"])

"""Labelled accounts are read under the names of several sets; what is wrong is told by line, never by handle."""

from __future__ import annotations

from pathlib import Path

import pytest

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.model.accounts import read_accounts
from upbeat.errors import InputError


def written(folder: Path, text: str) -> Path:
    path = folder / "labelled.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_names_of_public_sets_are_understood(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "handle,label,media_count,following_count,follower_count,has_profile_picture,is_private\n"
        "@made.up,fake,0,12,3,TRUE,FALSE\nother,genuine,,,,,\n",
    )
    accounts = read_accounts(path)
    assert accounts.followers == [
        Follower(handle="made.up", followers=3, following=12, posts=0, has_picture=True, is_private=False),
        Follower(handle="other"),
    ]
    assert accounts.fake.tolist() == [True, False]


def test_a_default_picture_is_no_picture_of_their_own(tmp_path: Path) -> None:
    accounts = read_accounts(written(tmp_path, "handle,label,default_profile_image\na,bot,TRUE\n"))
    assert accounts.followers[0].has_picture is False


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("secretive,maybe,1", "label is none of fake, bot, genuine"),
        ("secretive,fake,many", "followers is no whole number"),
        ("secretive,fake,-1", "followers is no whole number"),
        (",fake,1", "handle is empty"),
    ],
)
def test_a_bad_line_is_left_out_and_told_of_without_its_handle(
    tmp_path: Path, line: str, problem: str
) -> None:
    accounts = read_accounts(written(tmp_path, f"handle,label,followers\n{line}\ngood,genuine,5\n"))
    assert [follower.handle for follower in accounts.followers] == ["good"]
    assert accounts.fake.tolist() == [False]
    assert accounts.left_out == [f"line 2: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,label\na,fake\n", "no column handle"),
        ("handle,label\n", "no usable line"),
        ("handle,label\nsecretive,maybe\n", "no usable line"),
    ],
)
def test_a_file_without_accounts_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_accounts(written(tmp_path, text))
    assert "secretive" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv"):
        read_accounts(tmp_path / "nothing.csv")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv"
    path.write_bytes(b"handle,label\n\xff\xfe,fake\n")
    with pytest.raises(InputError, match="no CSV in UTF-8"):
        read_accounts(path)


def test_the_columns_may_be_named_as_for_scoring(tmp_path: Path) -> None:
    path = written(tmp_path, "Username,Label,Full Name,Follower Count\nmade.up,fake,Made Up,7\n")
    assert read_accounts(path).followers == [Follower(handle="made.up", full_name="Made Up", followers=7)]

"""Labelled accounts from CSV files. Handles stay in memory: errors name lines, never accounts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.model.features import MOST
from upbeat.authenticity.model.fit import Labels
from upbeat.errors import InputError

TRAINING_FILE = "instagram_srf_labelled_followers.csv"
OUT_OF_DOMAIN_FILES = (
    "instagram_parma_usernames.csv", "twitter_kaggle_bots.csv", "twitter_mib_cresci2015.csv",
)  # fmt: skip

COUNTS = {
    "followers": ("followers", "follower_count", "followers_count", "n_followers"),
    "following": ("following", "following_count", "friends_count", "n_following"),
    "posts": ("posts", "media_count", "statuses_count", "n_posts"),
}
FLAGS = {
    "has_picture": ("has_picture", "has_profile_picture", "profile_pic"),
    "is_private": ("is_private", "private", "protected"),
}
_LABELS = {"fake": True, "bot": True, "genuine": False}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class LabelledAccounts:
    """Accounts with what people said of them.

    Attributes:
        source: name of the file.
        followers: the accounts.
        fake: one label each.
        left_out: what was wrong with lines that are not among them, like `line 7: posts is no whole number`.
    """

    source: str
    followers: list[Follower]
    fake: Labels
    left_out: list[str]


def read_accounts(path: Path) -> LabelledAccounts:
    """The accounts of a CSV file with the columns handle, label (fake, bot or genuine) and, where known, full_name, followers,
    following, posts, has_picture, is_private, under these or the names that public sets use.

    A line that cannot be read is left out and told of; an empty field is unknown.

    Raises:
        InputError: no such file, no columns handle and label, or no usable line.
    """
    followers, labels, left_out = [], [], []
    for line, row in _rows(path):
        try:
            labels.append(_choice(row, "label", _LABELS))
            followers.append(_follower(row))
        except ValueError as error:
            del labels[len(followers) :]
            left_out.append(f"line {line}: {error}")
    if not followers:
        raise InputError(
            f"{path}: no usable line{f' ({left_out[0]})' if left_out else ''}: give labelled accounts"
        )
    return LabelledAccounts(path.name, followers, np.array(labels, dtype=bool), left_out)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = {"handle", "label"} - set(reader.fieldnames or ())
            if missing:
                raise InputError(
                    f"{path}: no column {' or '.join(sorted(missing))}: name them in the first line"
                )
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: no CSV in UTF-8: {type(error).__name__}") from error


def _follower(row: dict[str, str]) -> Follower:
    handle = (row["handle"] or "").strip().removeprefix("@")
    if not handle:
        raise ValueError("handle is empty")
    return Follower(
        handle=handle,
        full_name=_text(row, ("full_name",)) or None,
        followers=_count(row, "followers"),
        following=_count(row, "following"),
        posts=_count(row, "posts"),
        has_picture=_has_picture(row),
        is_private=_flag(row, "is_private", FLAGS["is_private"]),
    )


def _has_picture(row: dict[str, str]) -> bool | None:
    if (has_default := _flag(row, "has_picture", ("default_profile_image",))) is not None:
        return not has_default
    return _flag(row, "has_picture", FLAGS["has_picture"])


def _text(row: dict[str, str], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := (row.get(name) or "").strip())), "")


def _count(row: dict[str, str], field: str) -> int | None:
    text = _text(row, COUNTS[field])
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{field} is no whole number")
    if len(text.lstrip("0")) > len(str(MOST)) or int(text) > MOST:
        raise ValueError(f"{field} is more than any account has")
    return int(text)


def _flag(row: dict[str, str], field: str, names: tuple[str, ...]) -> bool | None:
    text = _text(row, names).lower()
    if not text:
        return None
    if text not in _TRUTHS:
        raise ValueError(f"{field} is neither true nor false")
    return _TRUTHS[text]


def _choice(row: dict[str, str], field: str, choices: dict[str, bool]) -> bool:
    text = _text(row, (field,)).lower()
    if text not in choices:
        raise ValueError(f"{field} is none of {', '.join(choices)}")
    return choices[text]

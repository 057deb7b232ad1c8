"""Whose follower a row of a file is, and under which id."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.serverless.test_batch import AUDIENCE

from upbeat.authenticity.score_files.intake import Intake
from upbeat.authenticity.score_files.source import format_of, open_source
from upbeat.errors import InputError
from upbeat.serverless.batch import Audience
from upbeat.serverless.follower_file import accounts_of

NOBODY = Audience(platform=AUDIENCE.platform, profile_id="", at=AUDIENCE.at)


def read(
    path: Path, text: str, audience: Audience = AUDIENCE
) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Profile, account id and handle of each account, and the reasons of rejects."""
    path.write_text(text, encoding="utf-8")
    reasons: list[str] = []
    with open_source(str(path), format_of(str(path), None), "utf-8") as source:
        intake = Intake(source, None, chunk_rows=2, keep_columns=True)
        found = [
            (whose.profile_id, one.account_id, one.follower.handle)
            for whose, one in accounts_of(intake, audience, reasons.append)
        ]
    return found, reasons + [reason for _, reason in intake.summary.first_broken]


def test_columns_say_whose_follower_it_is_under_which_id(tmp_path: Path) -> None:
    text = "Profile ID,user_id,username,x\n1,10,anna,-\n2,11,bert,-\n,12,cleo,-\n"
    assert read(tmp_path / "f.csv", text)[0] == [
        ("1", "10", "anna"), ("2", "11", "bert"), ("17", "12", "cleo"),
    ]  # fmt: skip


def test_the_handle_stands_for_an_id_that_is_missing(tmp_path: Path) -> None:
    text = '{"handle": "Anna"}\n{"handle": "bert", "account_id": 7}\n{"handle": "cleo", "account_id": 8.0}\n'
    found, _ = read(tmp_path / "f.jsonl", text)
    assert found[0] == ("17", "handle:anna", "Anna")


def test_numbers_are_ids_too(tmp_path: Path) -> None:
    text = '{"handle": "bert", "account_id": 7}\n{"handle": "cleo", "account_id": 8.0}\n'
    assert [one[1] for one in read(tmp_path / "f.jsonl", text)[0]] == ["7", "8"]


def test_a_file_that_names_no_profile_needs_one_beside_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--profile-id"):
        read(tmp_path / "f.csv", "handle\nanna\n", NOBODY)


def test_rows_that_a_message_cannot_hold_are_told_and_cost_the_others_nothing(tmp_path: Path) -> None:
    long = "9" * 300
    text = f"profile_id,id,handle,name\n1,{long},anna,\n{long},2,bert,\n,3,cleo,\n1,4,,\n1,5,dora,{'x' * 2001}\n1,6,eva,\n"
    found, reasons = read(tmp_path / "f.csv", text, NOBODY)
    assert found == [("1", "6", "eva")]
    assert sorted(reasons) == [
        "account_id: is no text of 1 to 256 characters",
        "full_name: has 2,001 characters, which no platform allows",
        "handle: is empty",
        "profile_id: is no text of 1 to 256 characters",
        "profile_id: is no text of 1 to 256 characters",
    ]

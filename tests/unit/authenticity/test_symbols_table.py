"""The shipped table of look-alikes says of each character what Unicode says of it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from upbeat.authenticity.symbols import lookalikes
from upbeat.authenticity.symbols.lookalikes import LOOKALIKES, read_lookalikes
from upbeat.errors import InputError

NAMED = {"Han": "CJK", "Canadian": "CANADIAN SYLLABICS", "Carrier": "CANADIAN SYLLABICS"}


def test_each_letter_stands_under_its_script() -> None:
    for character, entry in LOOKALIKES.items():
        if entry.script not in ("Sign", "Latin"):
            name = unicodedata.name(character).removeprefix("HALFWIDTH ").removeprefix("EXTENDED ")
            if character not in "µᗞ۷٧٥๏ϣϩϥϭϫﻮ":
                assert name.startswith(NAMED.get(entry.script, entry.script.upper())), (character, name)


def test_a_sign_is_no_letter_and_no_character_stands_for_itself() -> None:
    for character, entry in LOOKALIKES.items():
        assert not character.isascii()
        if entry.script == "Sign" and character not in "∂℘":
            assert unicodedata.category(character)[0] in "SP", character


@pytest.mark.parametrize("line", ["Greek\texact", "Greek\tround\tαa", "Greek\texact\tα", "Greek\texact\tαа"])
def test_a_damaged_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    file = tmp_path / "symbols.tsv"
    file.write_text(f"# head\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(lookalikes, "SYMBOLS_FILE", file)
    with pytest.raises(InputError, match="line 2"):
        read_lookalikes()


def test_a_missing_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookalikes, "SYMBOLS_FILE", tmp_path / "none.tsv")
    with pytest.raises(InputError, match="cannot be read"):
        read_lookalikes()

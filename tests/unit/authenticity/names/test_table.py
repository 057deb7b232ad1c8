"""Look-ups by token and by whole name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.authenticity.names.small_table import table_of

from upbeat.authenticity.names import NameTable
from upbeat.authenticity.names.cleaning import WordLists
from upbeat.errors import InputError

# Words of display names and captions that are nobody's name; chosen without a look at the table.
NO_NAMES = [
    "photography",
    "official",
    "insta",
    "vlogs",
    "makeup",
    "fitness",
    "lifestyle",
    "travel",
    "foodie",
    "studio",
    "fashion",
    "gaming",
    "memes",
    "quotes",
    "world",
    "the",
    "and",
    "smt",
    "shri",
    "mr",
    "mrs",
    "dr",
    "prof",
    "adv",
    "bjp",
    "inc",
    "aap",
    "bsp",
    "india",
    "party",
    "love",
    "beauty",
    "teacher",
    "engineer",
    "doctor",
    "singer",
    "actor",
    "writer",
    "page",
    "store",
    "shop",
    "water",
    "table",
    "window",
    "school",
    "market",
    "street",
    "music",
    "happiness",
    "evening",
    "computer",
    "football",
    "cricket",
    "business",
    "company",
    "news",
]


@pytest.fixture(scope="module")
def table() -> NameTable:
    return NameTable.load()


@pytest.mark.parametrize(
    "name", ["pooja", "rahul", "sharma", "iyer", "khan", "kaur", "reddy", "banerjee", "aarohi"]
)
def test_common_names_are_known(table: NameTable, name: str) -> None:
    entry = table.exact(name)
    assert entry is not None
    assert (entry.token, entry.distance) == (name, 0)
    assert entry.uses > 0
    assert entry.sources


@pytest.mark.parametrize("word", NO_NAMES)
def test_words_and_titles_are_not_found(table: NameTable, word: str) -> None:
    assert table.find(word) is None


def test_the_table_holds_as_many_names_as_the_old_system(table: NameTable) -> None:
    assert len(table) >= 35_183


def test_genders_come_with_their_share(table: NameTable) -> None:
    pooja, rahul, krishna = (table.exact(name) for name in ("pooja", "rahul", "krishna"))
    assert pooja is not None
    assert rahul is not None
    assert krishna is not None
    assert (pooja.gender, rahul.gender, krishna.gender) == ("female", "male", None)
    assert pooja.female_share is not None
    assert pooja.female_share >= 0.8


def test_states_are_the_most_frequent_first(table: NameTable) -> None:
    kaur = table.exact("kaur")
    assert kaur is not None
    assert kaur.states[0] == "Punjab"
    assert len(kaur.states) <= 5


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("k. r. narayanan", "narayanan"),
        ("a p j abdul kalam", "abdul"),
        ("Dr. Smt. Pooja", "pooja"),
        ("adv sunita devi ji", "devi"),
        ("md", "md"),
        ("md zubair", "zubair"),
        ("kumari", "kumari"),
        ("POOJA sharma 1998", "sharma"),
    ],
)
def test_titles_and_initials_are_set_aside(table: NameTable, name: str, token: str) -> None:
    found = table.find(name)
    assert found is not None
    assert (found.token, found.distance) == (token, 0)


def test_exact_beats_near_and_more_uses_beat_fewer() -> None:
    table = table_of({"sharma": 90, "verma": 5, "gupta": 7})
    assert [table.find(name).token for name in ("sharmaa verma", "verma gupta")] == ["verma", "gupta"]  # type: ignore[union-attr]
    near = table.find("shrama vermaa")
    assert near is not None
    assert (near.token, near.distance) == ("sharma", 1)


def test_ties_go_by_the_alphabet() -> None:
    table = table_of({"ramona": 4, "ramosa": 4})
    assert [table.find("ramosa ramona").token, table.near("ramota").token] == ["ramona"] * 2  # type: ignore[union-attr]


def test_common_words_and_rare_names_are_no_corrections() -> None:
    words = WordLists(no_names=frozenset(), english=frozenset({"party"}), names=frozenset())
    table = table_of({"parthy": 50, "zorawar": 1}, words)
    assert (table.find("party"), table.find("zorawer")) == (None, None)
    assert (table.near("party").token, table.near("zorawer").token) == ("parthy", "zorawar")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["", " ", "12345", "x" * 10_000, "a " * 5_000, "पूजा", "ab?de", "\x00\ud800", "é" * 7]
)
def test_bad_input_finds_nothing_and_does_not_raise(table: NameTable, text: str) -> None:
    assert (table.exact(text), table.near(text), table.find(text)) == (None, None, None)


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    table = table_of({"sharma": 90, "om": 3})
    found = table.find(text)
    assert found is None or found.token in {"sharma", "om"}
    table.exact(text)
    table.near(text)


def test_a_missing_or_foreign_file_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read.*upbeat train names"):
        NameTable.load(tmp_path / "none")
    (tmp_path / "text").write_bytes(b"hello")
    with pytest.raises(InputError, match=r"not a table of names.*upbeat train names"):
        NameTable.load(tmp_path / "text")

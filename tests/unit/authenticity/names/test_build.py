"""Sources added up and cleaned."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from upbeat.authenticity.names.build import build, words_near_names
from upbeat.authenticity.names.cleaning import WordLists, is_name
from upbeat.authenticity.names.parts import TITLES
from upbeat.authenticity.names.sources import read_sources, words_of
from upbeat.authenticity.names.table import FOLDER, TABLE_FILE
from upbeat.authenticity.names.table_file import decode
from upbeat.authenticity.names.tally import state_name
from upbeat.errors import InputError

FILES = {
    "indian_name_tokens_permissive.csv": "token,n_first,n_last,n_male,n_female,states_top5,sources\n"
    "sita,4,0,1,9,guj|Orissa,eci|naumowicz\nrao,0,3,0,0,,instate\n",
    "eci_candidates_2009_2014.csv": "full_name,state,year\nSITA BONDA alias LALI (RAO),Bihar,2014\nA. BONDA,Goa,2009\n",
    "naumowicz_male.csv": "name\ntarun\nsita\n",
    "naumowicz_female.csv": "name\nsmt-lata\n",
    "naumowicz_surnames.csv": "name\nSingh\n",
    "instate_lastnames_by_state.csv": "state,last_name\nkar,rao\ntel,rao\n",
    "instate_lastnames_freq_femaleprop.csv": "last_name,total_freq,gt_state,female_prop\nrao,9,['kar'],0.5\nbai,4,['up'],1.0\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_what_a_source_has_counted_is_not_counted_again(folder: Path) -> None:
    uses = read_sources(folder).uses
    assert (uses["sita"].n_first, uses["sita"].n_male) == (4, 1)
    assert (uses["bonda"].n_first, uses["bonda"].n_last, dict(uses["bonda"].states)) == (
        2,
        0,
        {"Bihar": 1, "Goa": 1},
    )
    assert (uses["tarun"].n_male, uses["lata"].n_female, uses["singh"].n_last) == (1, 1, 1)
    assert (uses["lali"].n_last, uses["rao"].n_last) == (1, 3)


def test_states_have_one_spelling_and_surnames_their_share_of_women(folder: Path) -> None:
    uses = read_sources(folder).uses
    assert uses["sita"].top_states(5) == ["Gujarat", "Odisha"]
    assert uses["rao"].top_states(5) == ["Karnataka", "Telangana"]
    assert (uses["rao"].female_share, uses["bai"].female_share, uses["sita"].female_share) == (0.5, 1.0, 0.9)
    assert state_name("Andaman & Nicobar Islands") == state_name("andaman") == "Andaman and Nicobar Islands"


def test_a_missing_file_column_or_number_is_named(folder: Path) -> None:
    file = folder / "naumowicz_male.csv"
    file.write_text("first\nx\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column name"):
        read_sources(folder)
    file.unlink()
    with pytest.raises(InputError, match=r"naumowicz_male.csv: cannot be read.*--data"):
        read_sources(folder)
    tokens = folder / "indian_name_tokens_permissive.csv"
    tokens.write_text(FILES[tokens.name].replace("sita,4", "sita,four"), encoding="utf-8")
    with pytest.raises(InputError, match="n_first of 'sita' is no number"):
        read_sources(folder)


@pytest.mark.parametrize(
    ("full_name", "words"),
    [
        ("RAM S/O SHYAM", ["ram"]),
        ("GITA (INDEPENDENT)", ["gita"]),
        ("G.V. ALIAS Babu", ["babu"]),
        ("", []),
        ("१२३", []),
    ],
)
def test_brackets_relations_and_initials_are_left_out_of_full_names(full_name: str, words: list[str]) -> None:
    assert words_of(full_name) == words


def test_the_rules_of_cleaning() -> None:
    words = WordLists(
        no_names=frozenset({"bjp", "vlogs"}),
        english=frozenset({"table", "happy"}),
        names=frozenset({"happy"}),
    )
    kept = ["pooja", "om", "md", "happy", "ng" + "o", "krys"]
    dropped = [
        "smt",
        "bjp",
        "vlogs",
        "table",
        "x",
        "kr",
        "aaamboo",
        "bvh",
        "a" * 21,
        "pooja1",
        "Pooja",
        "zoë",
        "",
    ]
    assert [token for token in [*kept, *dropped] if is_name(token, words)] == kept


def test_words_that_are_kept_from_correction_lie_near_a_name_and_are_none() -> None:
    words = WordLists(
        no_names=frozenset(), english=frozenset({"party", "house", "happy"}), names=frozenset({"happy"})
    )
    assert words_near_names(["parthy", "happy", "happu"], words) == ["party"]


def test_the_lists_that_ship_do_not_contradict_each_other() -> None:
    words = WordLists.read(FOLDER)
    assert set(words.names).isdisjoint({*words.no_names, *TITLES})
    assert all(
        word.isascii() and word.isalpha() and word.islower()
        for word in {*words.no_names, *words.names, *words.english}
    )


def test_the_same_sources_make_the_same_table(folder: Path, tmp_path: Path) -> None:
    words = WordLists.read(FOLDER)
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    first, second = (build(where, words, with_packages=False) for where in (folder, copy))
    assert (
        list(first.tokens)
        == list(second.tokens)
        == ["sita", "rao", "bonda", "bai", "lali", "lata", "singh", "tarun"]
    )
    assert first.states.tolist() == second.states.tolist()


def test_the_table_that_ships_is_what_the_command_makes(shared_data: Path) -> None:
    made = build(shared_data / "names", WordLists.read(FOLDER))
    shipped, _ = decode(TABLE_FILE.read_bytes())
    assert list(made.tokens) == list(shipped.tokens)
    assert list(made.words) == list(shipped.words)
    for column in ("n_first", "n_last", "female", "states", "sources"):
        assert (getattr(made, column) == getattr(shipped, column)).all(), column

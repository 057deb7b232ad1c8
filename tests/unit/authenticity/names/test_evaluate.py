"""The figures that `upbeat evaluate names` tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.authenticity.names.small_table import NO_WORDS

from upbeat.authenticity.names import NameTable
from upbeat.authenticity.names.build import columns_of
from upbeat.authenticity.names.evaluate import evaluate
from upbeat.authenticity.names.table_file import decode, encode
from upbeat.authenticity.names.tally import Tally, Uses
from upbeat.errors import InputError

FILES = {
    "names/indian_full_names_gender.csv": "full_name,gender,n\nsita rao,f,1\nlata,m,1\nsitaa,f,1\n12,f,1\n",
    "names/eci_candidates_2009_2014.csv": "full_name,state,year\nRAO,Goa,2009\nNOBODY,Goa,2009\n",
    "names/indian_name_tokens_merged.csv": "token\nsita\nunseen\n",
    "accounts/instagram_genuine_influencer_handle_name.csv": "handle,full_name,country\na,Jo Sita,Brazil\nb,Someone,Brazil\nc,Sita,India\n",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def table() -> NameTable:
    tally = Tally()
    tally.uses = {
        "sita": Uses(n_first=9, n_female=9, sources={"affidavits", "gist_mf"}),
        "rao": Uses(n_last=5, sources={"eci"}),
        "lata": Uses(n_first=2, n_female=2, sources={"gist_mf"}),
    }
    return NameTable(*decode(encode(columns_of(tally, NO_WORDS))))


def test_what_only_the_left_out_sources_know_is_not_found(data: Path, table: NameTable) -> None:
    figures = {figure.what: figure for figure in evaluate(table, data / "names", data / "accounts")}
    full = "full names, without their own sources"
    # "lata" is known from their own collection alone, "12" holds no name.
    assert (figures[f"{full}: found exactly"].share, figures[f"{full}: found exactly"].of) == (1 / 3, 3)
    assert figures[f"{full}: found exactly or near"].share == 2 / 3
    assert figures["candidates, without their own source: found exactly"].share == 0
    assert figures["tokens of the wider collection, exact"].share == 0.5


def test_genders_and_matches_of_other_names_are_counted(data: Path, table: NameTable) -> None:
    figures = {figure.what: figure for figure in evaluate(table, data / "names", data / "accounts")}
    assert figures["gender known"].share == 2 / 4
    assert figures["gender agrees where known (names of the same collection)"].share == 1 / 2
    elsewhere = figures["names of influencers whose audience is not Indian: matched exactly"]
    assert (elsewhere.share, elsewhere.of) == (1 / 2, 2)


def test_a_missing_file_is_named(data: Path, table: NameTable) -> None:
    (data / "names" / "indian_name_tokens_merged.csv").unlink()
    with pytest.raises(InputError, match=r"indian_name_tokens_merged.csv: cannot be read"):
        evaluate(table, data / "names", data / "accounts")


def test_the_table_that_ships_knows_most_names_that_its_sources_lack(shared_data: Path) -> None:
    figures = {
        figure.what: figure.share
        for figure in evaluate(NameTable.load(), shared_data / "names", shared_data / "accounts")
    }
    assert figures["full names, without their own sources: found exactly"] > 0.75
    assert figures["candidates, without their own source: found exactly"] > 0.85
    assert figures["common names from elsewhere: matched exactly"] < 0.25
    assert figures["common names from elsewhere: matched near"] < 0.10

"""Reads the files of names that may ship (see NOTICE) into a tally."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from upbeat.authenticity.names.table_file import STATES_KEPT
from upbeat.authenticity.names.tally import Tally, state_name
from upbeat.errors import InputError

_LEFT_OUT = re.compile(r"\(.*?\)|\b[swdc]\s*/\s*o\b.*|\b(?:alias|urf)\b", re.I)
_NO_LETTERS = re.compile(r"[^a-z]+")


def read_sources(folder: Path) -> Tally:
    """All files of a folder, added up; InputError names a file or column that is missing.

    The table of tokens goes first: it has counted some of the others already, and what a token's `sources` name is not added twice.
    """
    tally = Tally()
    _add_tokens(tally, folder / "indian_name_tokens_permissive.csv")
    _add_candidates(tally, folder / "eci_candidates_2009_2014.csv")
    for gender in ("male", "female"):
        _add_list(tally, folder / f"naumowicz_{gender}.csv", gender)
    _add_list(tally, folder / "naumowicz_surnames.csv", None)
    _add_surname_states(tally, folder / "instate_lastnames_by_state.csv")
    _add_surname_shares(tally, folder / "instate_lastnames_freq_femaleprop.csv")
    return tally


def rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file that has these columns; InputError for one that cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path}: has no column {missing[0]}: is it the file of that name of the shared data?"
                )
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path}: cannot be read ({error}): --data names the folder with the files of names"
        ) from error


def words_of(full_name: str) -> list[str]:
    """Lower-case words of two letters and more of a full name, without brackets, "alias" and "son of …"."""
    plain = _LEFT_OUT.sub(" ", full_name).lower()
    return [word for word in _NO_LETTERS.split(plain) if len(word) > 1]


def _add_tokens(tally: Tally, path: Path) -> None:
    counts = ("n_first", "n_last", "n_male", "n_female")
    for row in rows(path, ("token", *counts, "states_top5", "sources")):
        uses = tally.of(row["token"])
        for count in counts:
            setattr(uses, count, getattr(uses, count) + _number(path, count, row))
        uses.sources.update(row["sources"].split("|"))
        tally.add_ranked_states(row["token"], filter(None, row["states_top5"].split("|")), STATES_KEPT)


def _number(path: Path, column: str, row: dict[str, str]) -> int:
    try:
        return int(row[column])
    except ValueError as error:
        raise InputError(f"{path}: {column} of {row['token']!r} is no number: {row[column]!r}") from error


def _add_candidates(tally: Tally, path: Path) -> None:
    counted = {token for token in tally.uses if tally.known_from(token, "eci")}
    for row in rows(path, ("full_name", "state")):
        words = words_of(row["full_name"])
        for place, word in enumerate(words):
            if word in counted:
                continue
            uses = tally.of(word)
            if place and place == len(words) - 1:
                uses.n_last += 1
            else:
                uses.n_first += 1
            uses.states[state_name(row["state"])] += 1
            uses.sources.add("eci")


def _add_list(tally: Tally, path: Path, gender: str | None) -> None:
    """Names without counts: one use each, where they are not counted yet. Without a gender they are surnames."""
    for row in rows(path, ("name",)):
        for word in words_of(row["name"]):
            if not tally.known_from(word, "naumowicz"):
                add_use(tally, word, "naumowicz", gender)


def add_use(tally: Tally, token: str, source: str, gender: str | None) -> None:
    """One use of a name: as a first name of that gender, as a last name without one."""
    uses = tally.of(token)
    uses.n_first += gender is not None
    uses.n_last += gender is None
    uses.n_male += gender == "male"
    uses.n_female += gender == "female"
    uses.sources.add(source)


def _add_surname_states(tally: Tally, path: Path) -> None:
    states: dict[str, list[str]] = {}
    for row in rows(path, ("state", "last_name")):
        states.setdefault(row["last_name"], []).append(row["state"])
    for token, spellings in states.items():
        if not tally.known_from(token, "instate"):
            add_use(tally, token, "instate", None)
        if not tally.of(token).states:
            # Their order says nothing of numbers.
            tally.of(token).states.update(state_name(spelling) for spelling in spellings)


def _add_surname_shares(tally: Tally, path: Path) -> None:
    for row in rows(path, ("last_name", "female_prop")):
        token = row["last_name"]
        if not tally.known_from(token, "instate"):
            add_use(tally, token, "instate", None)
        try:
            tally.of(token).surname_female_share = float(row["female_prop"])
        except ValueError as error:
            raise InputError(
                f"{path}: female_prop of {token!r} is no number: {row['female_prop']!r}"
            ) from error

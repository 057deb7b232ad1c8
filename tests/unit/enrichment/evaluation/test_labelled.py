"""Files of labelled rows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson
import pytest

from upbeat.enrichment.evaluation.labelled import read_labelled, shipped_file
from upbeat.enrichment.kinds import KINDS, READS_POSTS, Kind
from upbeat.errors import InputError
from upbeat.sandbox.llm_labels import labelled_rows

GOOD = {"platform": "INSTAGRAM", "handle": "made.up", "biography": "x", "labels": {"gender": "female"}}


def written(path: Path, *lines: object) -> Path:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_rows_of_each_kind_are_all_good(kind: Kind) -> None:
    found = read_labelled(shipped_file(kind), kind)
    assert found.problems == ()
    assert 40 <= len(found.rows) <= 60
    assert (kind in READS_POSTS) == any(row.subject.captions for row in found.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_the_sandbox_labels_are_good(kind: Kind, tmp_path: Path) -> None:
    found = read_labelled(written(tmp_path / "rows.jsonl", *labelled_rows(kind, 50)), kind)
    assert (len(found.rows), found.problems) == (50, ())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "is no JSON"),
        (b"[]", "must be an object"),
        ({**GOOD, "labels": {"gender": "unknown"}}, "labels.gender: must be male, female or mixed"),
        ({**GOOD, "labels": {"gender": None}}, "labels.gender: must not be null: leave the field out where it is not known"),
        ({**GOOD, "labels": {"country": "IN"}}, "labels: must have one of gender"),
        ({**GOOD, "labels": None}, "labels: must be an object"),
        ({**GOOD, "handle": " "}, "handle: must be a text"),
        ({**GOOD, "platform": "ORKUT"}, "platform: must be INSTAGRAM or YOUTUBE"),
        ({**GOOD, "captions": "one"}, "captions: must be a list of texts"),
        ({**GOOD, "biography": 5}, "biography: must be a text or null"),
        ({**GOOD, "made.up": "x"}, "has a key that there is not: there is biography, captions, handle, labels, note, platform"),
        ({**GOOD, "labels": {"gender": "male", "contry": "IN"}}, "labels: has a field that no kind has: there is age_ranges, category, cities, city, country, gender, gender_distribution, language, topics"),
        ({**GOOD, "handle": "FIRST"}, "the same account as line 1"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_line_and_the_others_are_used(
    line: object, problem: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "rows.jsonl", {**GOOD, "handle": "first"}, b"", line, GOOD)
    found = read_labelled(path, "base_gender")
    assert found.problems == (f"line 3: {problem}",)
    assert [row.line for row in found.rows] == [1, 4]


def test_a_row_may_label_some_fields(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", {**GOOD, "labels": {"country": "IN", "gender": "male"}})
    assert read_labelled(path, "base_location").rows[0].labels == {"country": "IN"}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{}\n"])
def test_a_file_without_a_good_row_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no row can be used for base_gender"):
        read_labelled(path, "base_gender")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_labelled(tmp_path / "none.jsonl", "base_gender")


def test_the_name_holds_the_hash_of_the_content(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", GOOD)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_labelled(path, "base_gender").name == f"rows.jsonl sha256:{digest[:16]}"

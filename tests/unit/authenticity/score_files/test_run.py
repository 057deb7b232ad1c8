"""Whole files: forms in and out, broken rows, columns, memory."""

from __future__ import annotations

import csv
import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from upbeat.authenticity.score import Scorer
from upbeat.authenticity.score_files import run, write
from upbeat.authenticity.score_files.run import Plan, score_file
from upbeat.authenticity.score_files.source import format_of, open_source
from upbeat.authenticity.score_files.summary import Summary
from upbeat.errors import InputError
from upbeat.settings import Settings

FOLLOWERS = [("asha.rao", "Asha Rao"), ("eleni", "Ελένη"), ("r_12345", "राम"), ("qzxwv", None)]


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    with Scorer.load(Settings()) as loaded:
        yield loaded


def scored(scorer: Scorer, source: Path, output: Path, **plan: Any) -> Summary:
    """Score a file; forms by the suffixes."""
    made = Plan(output=output, output_format=format_of(str(output), None), **plan)
    with open_source(str(source), format_of(str(source), None), "utf-8") as opened:
        return score_file(opened, scorer, None, made)


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(text.splitlines()))


def write_csv(path: Path, rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same four followers in each form."""
    path = tmp_path / f"in.{request.param}"
    if request.param == "csv":
        return write_csv(path, [["username", "name", "bio"], *([*row, "b"] for row in FOLLOWERS)])
    objects = [{"username": handle, "name": name, "bio": "b"} for handle, name in FOLLOWERS]
    if request.param == "jsonl":
        path.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(objects), path)
    return path


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_form_can_be_read_and_written(
    scorer: Scorer, source: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"out.{suffix}"
    summary = scored(scorer, source, output)
    rows = rows_of(output)
    assert [row["handle"] for row in rows] == [handle for handle, _ in FOLLOWERS]
    assert [float(row["score"]) for row in rows] == [0.0, 1.0, 1.0, 0.0]
    assert [row["decided_by"] for row in rows] == ["none", "lang_flag", "digits", "none"]
    assert [row["script"] or None for row in rows] == ["Latin", "Greek", "Devanagari", None]
    assert (summary.rows, summary.scored, summary.broken) == (4, 4, 0)
    assert summary.shares == {"fake": 0.5, "weak_sign": 0.0, "likely_real": 0.5}
    assert summary.columns == {"handle": "username", "full_name": "name"}
    assert summary.ignored_columns == ["bio"]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_other_columns_are_kept_when_asked_for(
    scorer: Scorer, source: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"out.{suffix}"
    summary = scored(scorer, source, output, keep_columns=True)
    assert [row["bio"] for row in rows_of(output)] == ["b"] * 4
    assert (summary.kept_columns, summary.ignored_columns) == (["bio"], [])


def test_a_kept_column_does_not_hide_one_of_ours(scorer: Scorer, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["handle", "score", "input_score"], ["asha", "7", "8"]])
    scored(scorer, source, tmp_path / "out.jsonl", keep_columns=True)
    (row,) = rows_of(tmp_path / "out.jsonl")
    assert (row["score"], row["input_score"], row["input_input_score"]) == (0.0, "7", "8")


def test_columns_of_the_same_name_are_all_kept(scorer: Scorer, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["handle", "x", "x", "handle"], ["asha", 1, 2, "other"]])
    scored(scorer, source, tmp_path / "out.jsonl", keep_columns=True)
    (row,) = rows_of(tmp_path / "out.jsonl")
    assert (row["handle"], row["x"], row["x_2"], row["handle_2"]) == ("asha", "1", "2", "other")


def test_columns_that_come_later_in_json_lines_are_told_as_ignored(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK_ROWS", 2)
    source = tmp_path / "in.jsonl"
    source.write_text('{"handle":"a","x":[1]}\n{"username":"b"}\n{"handle":"c","y":2}\n', encoding="utf-8")
    summary = scored(scorer, source, tmp_path / "out.csv", keep_columns=True)
    assert [(row["handle"], row["x"]) for row in rows_of(tmp_path / "out.csv")] == [
        ("a", "[1]"), ("b", ""), ("c", ""),
    ]  # fmt: skip
    assert (summary.kept_columns, summary.ignored_columns) == (["x"], ["y"])


def test_broken_rows_go_to_the_rejects_with_line_reason_and_text(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(
        b'\xef\xbb\xbfhandle,full_name,followers\nasha,"Asha\nRao",1\n,Nobody,2\nb,B,many\nc,C\nd,\xff,1\ne,E,\n'
    )
    summary = scored(scorer, source, tmp_path / "out.csv", rejects=tmp_path / "rejects.csv")
    assert [row["handle"] for row in rows_of(tmp_path / "out.csv")] == ["asha", "e"]
    rejects = csv.reader(
        (tmp_path / "rejects.csv").read_bytes().decode("utf-8", "surrogateescape").splitlines()
    )
    assert list(rejects) == [
        ["line", "reason", "text"],
        ["4", "handle: is empty", ",Nobody,2"],
        ["5", "followers: is no count: write it like 1200 or 17.8M, or leave the cell empty", "b,B,many"],
        ["6", "2 cells where the header has 3", "c,C"],
        ["7", "not text in the file's encoding (UTF-8 unless --encoding says otherwise)", "d,\udcff,1"],
    ]
    assert (summary.rows, summary.scored, summary.broken) == (6, 2, 4)
    assert summary.first_broken[0] == (4, "handle: is empty")


def test_a_broken_row_of_parquet_is_kept_as_json(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    pq.write_table(pa.Table.from_pylist([{"handle": "a", "posts": -1}, {"handle": "b", "posts": 1}]), source)
    scored(scorer, source, tmp_path / "out.csv", rejects=tmp_path / "rejects.csv")
    (reject,) = rows_of(tmp_path / "rejects.csv")
    assert (reject["line"], json.loads(reject["text"])) == ("1", {"handle": "a", "posts": -1})


def test_texts_of_parquet_that_are_none_cost_their_rows_alone(scorer: Scorer, tmp_path: Path) -> None:
    source, rejects = tmp_path / "in.parquet", tmp_path / "rejects.csv"
    texts = {
        "handle": [b"asha", b"\xff\xfe", b"ravi", b"amit"],
        "full_name": [b"Asha", b"B", b"\xff", b"Amit"],
    }
    made = {
        name: pa.Array.from_buffers(pa.string(), 4, pa.array(cells, pa.binary()).buffers())
        for name, cells in texts.items()
    }
    pq.write_table(pa.table(made | {"note": made["full_name"]}), source)
    summary = scored(scorer, source, tmp_path / "out.jsonl", rejects=rejects, keep_columns=True)
    assert [row["handle"] for row in rows_of(tmp_path / "out.jsonl")] == ["asha", "amit"]
    assert summary.first_broken == [(2, "handle: is no text"), (3, "full_name: is no text")]
    assert len(rows_of(rejects)) == 2


def test_odd_types_of_parquet_are_read(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    columns = {
        "username": pa.array([b"asha", b"ravi"], pa.binary()).dictionary_encode(),
        "full_name": pa.array(["Asha", "Ravi"], pa.large_string()).dictionary_encode(),
        "followers": pa.array([5, None], pa.uint64()),
        "seen": pa.array([2**62, 0], pa.timestamp("us")),
        "day": pa.array([2**30, 0], pa.date32()),
        "list": pa.array([[1], None]),
    }
    pq.write_table(pa.table(columns), source)
    summary = scored(scorer, source, tmp_path / "out.jsonl", keep_columns=True)
    assert (summary.scored, summary.broken) == (2, 0)
    rows = rows_of(tmp_path / "out.jsonl")
    assert [row["handle"] for row in rows] == ["asha", "ravi"]
    assert [row["seen"] for row in rows] == [2**62, "1970-01-01T00:00:00"]


def test_files_packed_with_gzip_are_read_whatever_their_name(
    scorer: Scorer, source: Path, tmp_path: Path
) -> None:
    for packed in (source.with_suffix(f"{source.suffix}.gz"), tmp_path / f"packed{source.suffix}"):
        packed.write_bytes(gzip.compress(source.read_bytes()))
        shares: list[float | None] = []
        with open_source(str(packed), format_of(str(packed), None), "utf-8") as opened:
            plan = Plan(output=tmp_path / "out.jsonl", output_format="jsonl")
            score_file(opened, scorer, None, plan, lambda summary, share, shares=shares: shares.append(share))
        assert [row["handle"] for row in rows_of(tmp_path / "out.jsonl")] == [name for name, _ in FOLLOWERS]
        assert shares == [None if source.suffix == ".parquet" else 1.0]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("damage", ["cut", "checksum", "start"])
def test_a_damaged_gzip_file_is_told_and_leaves_nothing_behind(
    scorer: Scorer, tmp_path: Path, suffix: str, damage: str
) -> None:
    text = "".join(f'{{"handle": "asha{number}"}}\n' for number in range(20_000)).encode()
    packed = gzip.compress(b"handle\n" + text if suffix == "csv" else text)
    packed = {"cut": packed[:-2000], "checksum": packed[:-8] + bytes(8), "start": packed[:12]}[damage]
    source, output = tmp_path / f"in.{suffix}.gz", tmp_path / "out.jsonl"
    source.write_bytes(packed)
    with pytest.raises(InputError, match=rf"in\.{suffix}\.gz: is no whole gzip file"):
        scored(scorer, source, output)
    assert list(tmp_path.iterdir()) == [source]


def test_a_nul_in_a_row_does_not_make_a_file_of_texts_none(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"handle,full_name\nasha,As\x00ha\nravi,Ravi\n")
    scored(scorer, source, tmp_path / "out.jsonl")
    assert [row["handle"] for row in rows_of(tmp_path / "out.jsonl")] == ["asha", "ravi"]


def test_half_an_emoji_is_scored_and_written_in_every_form(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"handle":"asha","full_name":"Asha \\ud83d"}\n', encoding="utf-8")
    for suffix in ("csv", "jsonl", "parquet"):
        output = tmp_path / f"out.{suffix}"
        assert scored(scorer, source, output).scored == 1
        assert rows_of(output)[0]["latin_name"] == "asha"


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("in.csv", b"", "in.csv: the file is empty"),
        ("in.jsonl", b"", "in.jsonl: the file is empty"),
        ("in.parquet", b"", "in.parquet: is no whole Parquet file"),
        ("in.csv", b"name,bio\na,b\n", "in.csv: no column of handles: the columns are 'name', 'bio'"),
        ("in.csv", b"PAR1....", "is a Parquet file"),
        ("in.csv", "handle\nasha\n".encode("utf-16")[:-1], "in.csv: is no whole utf-16 text"),
        ("in.csv", b"\x7fELF\x00\x00", "is no text file"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing_behind(
    scorer: Scorer, tmp_path: Path, name: str, body: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(InputError) as error:
        scored(scorer, tmp_path / name, tmp_path / "out.jsonl", rejects=tmp_path / "rejects.csv")
    assert told in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_parquet_file_that_was_cut_off_is_told(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    pq.write_table(pa.Table.from_pylist([{"handle": "a"}] * 100), source)
    source.write_bytes(source.read_bytes()[:-100])
    with pytest.raises(InputError, match="cut off"):
        scored(scorer, source, tmp_path / "out.jsonl")


def test_utf_16_and_windows_files_are_read(scorer: Scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes("handle;full_name\nasha;Ashá\n".encode("utf-16"))
    assert scored(scorer, source, tmp_path / "out.jsonl").broken == 0
    source.write_bytes("handle;full_name\nasha;Ashá\n".encode("cp1252"))
    plan = Plan(output=tmp_path / "out.jsonl", output_format="jsonl")
    with open_source(str(source), "csv", "cp1252") as opened:
        assert score_file(opened, scorer, None, plan).broken == 0
    assert rows_of(tmp_path / "out.jsonl")[0]["full_name"] == "Ashá"


def test_a_header_alone_gives_a_header_alone(scorer: Scorer, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["handle", "bio"]])
    summary = scored(scorer, source, tmp_path / "out.csv", keep_columns=True)
    assert (summary.rows, summary.shares["fake"]) == (0, None)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").strip().startswith("handle,full_name,score")
    scored(scorer, source, tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


def test_rows_of_many_chunks_share_a_group_of_parquet(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK_ROWS", 100)
    monkeypatch.setattr(write, "ROWS_OF_A_GROUP", 500)
    source = write_csv(tmp_path / "in.csv", [["handle"], *([f"asha{number}"] for number in range(1_050))])
    scored(scorer, source, tmp_path / "out.parquet")
    file = pq.ParquetFile(tmp_path / "out.parquet")
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [500, 500, 50]
    assert [row["handle"] for row in rows_of(tmp_path / "out.parquet")] == [f"asha{n}" for n in range(1_050)]


def test_progress_tells_rows_and_the_share_that_was_read(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK_ROWS", 100)
    source = write_csv(tmp_path / "in.csv", [["handle"], *([f"asha{number}" * 20] for number in range(1000))])
    told: list[tuple[int, float]] = []
    plan = Plan(output=tmp_path / "out.csv", output_format="csv")
    with open_source(str(source), "csv", "utf-8") as opened:
        score_file(opened, scorer, None, plan, lambda summary, at: told.append((summary.scored, at or 0.0)))
    assert [rows for rows, _ in told] == list(range(100, 1001, 100))
    assert told[0][1] < told[-1][1] == 1.0


def test_ten_broken_rows_among_many_cost_themselves_alone(scorer: Scorer, tmp_path: Path) -> None:
    names = ['"Asha ""A"" Rao"', "राम", '"Virat\nKohli"', "", "Ελένη"]
    rows = [f"asha{number},{names[number % len(names)]},{number}" for number in range(12_000)]
    for number in range(500, 10_500, 1_000):
        rows[number] = [f'b{number},"open,1', f"b{number}", f"b{number},B,many"][number // 1_000 % 3]
    source = tmp_path / "in.csv"
    source.write_text("handle,full_name,followers\n" + "\n".join(rows) + "\n", encoding="utf-8")
    summary = scored(scorer, source, tmp_path / "out.jsonl", rejects=tmp_path / "rejects.csv", processes=2)
    assert (summary.rows, summary.scored, summary.broken) == (12_000, 11_990, 10)
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as rejects:
        assert [row["text"] for row in csv.DictReader(rejects)] == [
            row for row in rows if row.startswith("b")
        ]
    handles = [row["handle"] for row in rows_of(tmp_path / "out.jsonl")]
    assert handles == [row.partition(",")[0] for row in rows if not row.startswith("b")]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_packed_line_without_end_takes_the_memory_of_a_piece_of_it(
    suffix: str, scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upbeat.authenticity.score_files.source.MOST_BYTES_OF_A_LINE", 2**20)
    bomb = tmp_path / f"in.{suffix}.gz"
    bomb.write_bytes(gzip.compress(b"handle\n" + b"a" * 50_000_000, 1))
    tracemalloc.start()
    try:
        summary = scored(scorer, bomb, tmp_path / "out.jsonl")
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 20_000_000
    assert summary.broken > 0

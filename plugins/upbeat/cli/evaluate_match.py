"""`upbeat evaluate match`: how well handles and names that belong together are matched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.evaluate import evaluate_app
from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from upbeat.authenticity.match_quality import Judged, Pair

_WIDTH_OF_TEXT = 130
PAIRS_FILE = "accounts/instagram_genuine_influencer_handle_name.csv"


@evaluate_app.command("match")
def evaluate_match(
    data: Annotated[
        Path,
        typer.Option(
            help=f"Folder of the data (with `{PAIRS_FILE}`), or a CSV file with handle and full_name."
        ),
    ] = Path("../shared/data"),
    split: Annotated[
        str, typer.Option(help="dev (on which the looser measures were chosen), test, or all.")
    ] = "test",
    show: Annotated[
        bool, typer.Option("--show", help="Name the pairs that were not matched; else none is.")
    ] = False,
    json: Json = False,
) -> None:
    """Hold genuine pairs of handle and name against shuffled ones: which are matched at 40 and at 80, by which measure.

    Example: upbeat evaluate match --data ../shared/data
    """
    from upbeat.authenticity.match_quality import in_split, judge
    from upbeat.errors import InputError

    if split not in ("dev", "test", "all"):
        raise InputError(f"--split {split}: is not known: use dev, test or all")
    pairs = [pair for pair in _pairs(data) if in_split(pair.handle, split)]  # type: ignore[arg-type]
    if not pairs:
        raise InputError(f"--data {data}: has no pairs in the split {split}: pass a file with more rows")
    judged = judge(pairs)
    if json:
        print_json({"split": split, "pairs": len(pairs), "measures": [_as_json(one, show) for one in judged]})
    else:
        _print_judged(judged, len(pairs), split, show)


def _pairs(data: Path) -> list[Pair]:
    """The genuine pairs of a file, made ready. Raises `InputError`."""
    from upbeat.authenticity.match_quality import Pair
    from upbeat.authenticity.normalise import normalise_handle, normalise_names
    from upbeat.authenticity.score_files.intake import Intake
    from upbeat.authenticity.score_files.source import open_source
    from upbeat.authenticity.transliteration import Transliterator

    file = data / PAIRS_FILE if data.is_dir() else data
    with open_source(str(file), "csv", "utf-8") as source:
        chunks = Intake(source, None, chunk_rows=10_000, keep_columns=False).chunks()
        followers = [follower for chunk in chunks for follower in chunk]
    names = normalise_names([follower.full_name for follower in followers], Transliterator.load())
    return [
        Pair(normalise_handle(follower.handle), name.latin_name)
        for follower, name in zip(followers, names, strict=True)
    ]


def _as_json(judged: Judged, show: bool) -> dict[str, Any]:
    return {
        "measure": judged.measure,
        "auc": judged.auc,
        "thresholds": [
            {
                "threshold": at.threshold,
                "genuine_matched": at.genuine,
                "shuffled_matched": at.shuffled,
                "errors": at.errors,
                **({"missed": at.missed} if show else {}),
            }
            for at in judged.matched
        ],
    }


def _print_judged(judged: list[Judged], pairs: int, split: str, show: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_TEXT)  # else the kinds of errors wrap at every word
    table = Table(
        "measure", "AUC", "threshold", "genuine matched", "shuffled matched",
        title=f"{pairs} genuine pairs (split {split})", title_justify="left",
    )  # fmt: skip
    for one in judged:
        for at in one.matched:
            bound = f"> {at.threshold:g}" if at.threshold <= 40 else f">= {at.threshold:g}"
            table.add_row(one.measure, f"{one.auc:.4f}", bound, f"{at.genuine:.1%}", f"{at.shuffled:.2%}")
    console.print(table)
    console.print(_table_of_errors(judged))
    if show:
        for at in judged[0].matched:
            for pair in at.missed:
                console.print(
                    f"{at.threshold:g}: {pair.handle} | {pair.latin_name}", markup=False, highlight=False
                )


def _table_of_errors(judged: list[Judged]) -> Table:
    """Kinds of genuine pairs that were not matched, a column for each measure and threshold."""
    from rich.table import Column, Table

    every = [(one.measure, at) for one in judged for at in one.matched]
    table = Table(
        Column("kind", no_wrap=True), *(f"{measure.replace(', ', chr(10))}\n{at.threshold:g}" for measure, at in every),
        title="genuine pairs that were not matched", title_justify="left",
    )  # fmt: skip
    for kind in dict.fromkeys(kind for _, at in every for kind in at.errors):
        table.add_row(kind, *(str(at.errors.get(kind, 0)) for _, at in every))
    return table

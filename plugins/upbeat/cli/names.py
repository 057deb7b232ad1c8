"""`upbeat names …`, `upbeat train names`, `upbeat evaluate names`: the table of Indian names."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.evaluate import evaluate_app
from upbeat.cli.json_output import Json, print_json
from upbeat.cli.train import train_app

if TYPE_CHECKING:
    from upbeat.authenticity.names import NameEntry

names_app = typer.Typer(no_args_is_help=True, help="The table of Indian names that scores of followers use.")

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Folder with the files of names; `../shared/data` beside the checkout when not given."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command group; the other two commands stand in groups that exist."""
    app.add_typer(names_app, name="names")


@names_app.command("show")
def show(
    names: Annotated[
        list[str], typer.Argument(help="Names in Latin letters: one, or a whole name in quotes.")
    ],
    as_json: Json = False,
) -> None:
    """Print what the table knows of names: the best entry of each, exact or one letter away.

    Example: `upbeat names show pooja "Dr. K. R. Narayanan" shrama`
    """
    from upbeat.authenticity.names import NameTable

    table = NameTable.load()
    found = [(name, table.find(name)) for name in names]
    if as_json:
        entries = [{"asked": name, "found": asdict(entry) if entry else None} for name, entry in found]
        print_json({"names_version": table.version, "names": entries})
        return
    for name, entry in found:
        typer.echo(f"{name or 'an empty name'}: {_sentence(entry) if entry else _not_found(name)}")


def _not_found(name: str) -> str:
    """The table holds Latin letters alone, so a name in others is missing for another reason than an unknown one."""
    from upbeat.authenticity.transliteration import language_of

    if language_of(name) is None:
        return "not in the table"
    return "not in the table, which has Latin letters: `upbeat transliterate` spells it in those"


def _sentence(entry: NameEntry) -> str:
    parts = [
        entry.token if entry.distance == 0 else f"{entry.token}, one letter away",
        f"{entry.n_first} times a first name, {entry.n_last} times a last name",
    ]
    if entry.female_share is not None:
        parts.append(f"{entry.gender or 'both'}, {entry.female_share:.0%} women")
    if entry.states:
        parts.append(", ".join(entry.states))
    return "; ".join([*parts, f"from {', '.join(entry.sources)}"])


@train_app.command("names")
def train(
    data: Data = None,
    packages: Annotated[
        bool, typer.Option(help="Add the names that packages for test data bring along.")
    ] = True,
    english: Annotated[
        Path | None,
        typer.Option(
            help="Make `english_words.txt` anew from this dictionary, one word a line, before the table."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; the one that ships when not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the table of names anew from the files that may ship; the same input gives the same table.

    Example: `upbeat train names --data ../shared/data`
    """
    from upbeat.authenticity.names.build import build, write_english_extract
    from upbeat.authenticity.names.cleaning import WordLists
    from upbeat.authenticity.names.table import FOLDER, TABLE_FILE
    from upbeat.authenticity.names.table_file import decode, encode

    folder = _names_folder(data)
    if english is not None:
        write_english_extract(folder, english, FOLDER / "english_words.txt", with_packages=packages)
    content = encode(build(folder, WordLists.read(FOLDER), with_packages=packages))
    path = output or TABLE_FILE
    path.write_bytes(content)
    columns, version = decode(content)
    done: dict[str, Any] = {
        "file": str(path),
        "names": len(columns.tokens),
        "bytes": len(content),
        "names_version": version,
    }
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{path}: {len(columns.tokens)} names, {len(content)} bytes, version {version}")


@evaluate_app.command("names")
def evaluate(data: Data = None, as_json: Json = False) -> None:
    """Judge the table on names of sources that it has not seen, and on names that are not Indian.

    Example: `upbeat evaluate names --json`
    """
    from upbeat.authenticity.names import NameTable
    from upbeat.authenticity.names.evaluate import evaluate as judge

    folder = _names_folder(data)
    figures = judge(NameTable.load(), folder, folder.parent / "accounts")
    if as_json:
        print_json([asdict(figure) for figure in figures])
        return
    for figure in figures:
        typer.echo(f"{figure.what}: {figure.share:.1%} of {figure.of}")


def _names_folder(data: Path | None) -> Path:
    """The folder of the files of names, which may stand in it or in its folder `names`."""
    from upbeat.errors import InputError
    from upbeat.settings import REPOSITORY

    folder = data or REPOSITORY.parent / "shared" / "data"
    folder = folder / "names" if (folder / "names").is_dir() else folder
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder: --data names the one with the files of names")
    return folder

"""`upbeat transliterate`, `upbeat train transliteration` and `upbeat evaluate transliteration`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.evaluate import evaluate_app
from upbeat.cli.json_output import Json, json_line, print_json
from upbeat.cli.train import train_app
from upbeat.errors import InputError

if TYPE_CHECKING:
    from upbeat.authenticity.transliteration import Transliterator
    from upbeat.authenticity.transliteration.evaluation import Quality

LINES_AT_ONCE = 10_000
Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the word lists; default: `transliteration` in $UPBEAT_SHARED_DATA, or in ../shared/data."
    ),
]
Languages = Annotated[
    list[str] | None, typer.Option("--lang", help="ISO 639-1, `hi`; may be repeated. Default: all.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("transliterate")(transliterate)


def transliterate(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS… | FILE | -]", help="Words, one file, or `-` for stdin."),
    ] = None,
    lang: Annotated[
        str,
        typer.Option(help="ISO 639-1: `hi`; `auto` goes by the script of each line (Devanagari is Hindi)."),
    ] = "auto",
    json: Json = False,
) -> None:
    """Spell Indic words in Latin letters: one line in, one line out.

    Example: upbeat transliterate --lang hi राम मोहन
    """
    from upbeat.authenticity.transliteration import Transliterator

    transliterator = Transliterator.load(None if lang == "auto" else [lang])
    lines = _lines(what or ["-"])
    while batch := list(islice(lines, LINES_AT_ONCE)):
        for native, (language, latin) in zip(batch, _spelled(transliterator, batch, lang), strict=True):
            line = {"native": native, "language": language, "latin": latin}
            sys.stdout.write(json_line(line) if json else f"{latin}\n")


def _lines(what: list[str]) -> Iterator[str]:
    if what == ["-"]:
        yield from _decoded(sys.stdin.buffer, "stdin")
    elif len(what) == 1 and Path(what[0]).is_file():
        with Path(what[0]).open("rb") as file:
            yield from _decoded(file, what[0])
    else:
        yield from what


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    """Lines of UTF-8; one that is not does not stop the others."""
    for number, line in enumerate(lines, start=1):
        try:
            yield line.rstrip(b"\r\n").decode()
        except UnicodeDecodeError:
            sys.stderr.write(
                f"{name}: line {number} is not UTF-8 and was read with marks in place of what is wrong\n"
            )
            yield line.rstrip(b"\r\n").decode(errors="replace")


def _spelled(transliterator: Transliterator, lines: list[str], lang: str) -> list[tuple[str | None, str]]:
    from upbeat.authenticity.transliteration import language_of

    languages = [language_of(line) if lang == "auto" else lang for line in lines]
    found: list[tuple[str | None, str]] = [(None, "")] * len(lines)
    for language in set(languages):
        places = [place for place, of_line in enumerate(languages) if of_line == language]
        spellings = transliterator.to_latin([lines[place] for place in places], language or "hi")
        for place, spelling in zip(places, spellings, strict=True):
            found[place] = (language, spelling)
    return found


@train_app.command("transliteration")
def train_transliteration(data: Data = None, lang: Languages = None) -> None:
    """Make the models anew: include/authenticity/transliteration/LANG.model. The same lists give the same bytes.

    Words of the test part, a tenth by their hash, are left out. A language takes one to three minutes.

    Example: upbeat train transliteration --lang hi
    """
    from upbeat.authenticity.transliteration.corpora import read_corpora
    from upbeat.authenticity.transliteration.model_file import write_parameters
    from upbeat.authenticity.transliteration.recipe import recipe_of
    from upbeat.authenticity.transliteration.training import train
    from upbeat.authenticity.transliteration.transliterator import MODELS

    folder = _data_folder(data)
    MODELS.mkdir(parents=True, exist_ok=True)
    for language in _chosen(lang):
        corpora = [corpus.part("train", "dev") for corpus in read_corpora(folder, language)]
        parameters = train(corpora, partial(_say, language), recipe=recipe_of(language))
        path = MODELS / f"{language}.model"
        write_parameters(path, parameters)
        typer.echo(f"{language}: {path.stat().st_size:,} bytes in {path.name}")


@evaluate_app.command("transliteration")
def evaluate_transliteration(data: Data = None, lang: Languages = None, json: Json = False) -> None:
    """Judge the models on the words of the test part, beside a rule mapping and anyascii.

    Example: upbeat evaluate transliteration --lang hi --json
    """
    from upbeat.authenticity.transliteration import Transliterator
    from upbeat.authenticity.transliteration.corpora import read_corpora
    from upbeat.authenticity.transliteration.evaluation import Speller, judge, yardsticks

    folder = _data_folder(data)
    languages = _chosen(lang)
    transliterator = Transliterator.load(languages)
    rows: list[Quality] = []
    for language in languages:
        spellers: dict[str, Speller] = {
            "model": partial(transliterator.to_latin, language=language),
            **yardsticks(language),
        }
        for corpus in read_corpora(folder, language):
            rows += judge(corpus.part("test"), language, spellers)
    if json:
        print_json(rows)
    else:
        _print_table(rows)


def _say(language: str, text: str) -> None:
    typer.echo(f"{language}: {text}", err=True)


def _data_folder(given: Path | None) -> Path:
    from upbeat.settings import REPOSITORY

    shared = Path(os.environ.get("UPBEAT_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    folder = given or shared / "transliteration"
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder of word lists: name one with --data")
    return folder


def _chosen(lang: list[str] | None) -> tuple[str, ...]:
    from upbeat.authenticity.transliteration import LANGUAGES

    for language in lang or ():
        if language not in LANGUAGES:
            raise InputError(f"--lang {language}: there is no such model: use one of {', '.join(LANGUAGES)}")
    return tuple(lang) if lang else LANGUAGES


def _print_table(rows: list[Quality]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Words of the test part", title_justify="left")
    for heading in ("language", "list", "by", "words", "exact", "95 %", "character errors"):
        table.add_column(heading, justify="left" if heading in ("language", "list", "by") else "right")
    for row in rows:
        table.add_row(
            row.language,
            row.corpus,
            row.speller,
            f"{row.words:,}",
            f"{row.exact:.3f}",
            f"{row.low:.3f} to {row.high:.3f}",
            f"{row.character_errors:.3f}",
        )
    Console().print(table)

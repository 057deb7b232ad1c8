"""Names that packages for test data bring along (MIT and BSD, see NOTICE): read where they are installed, at build time only."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from upbeat.authenticity.names.sources import add_use, words_of
from upbeat.authenticity.names.tally import Tally
from upbeat.errors import InputError

_FIRST_AND_LAST: tuple[tuple[str, str | None], ...] = (("male", "male"), ("female", "female"), ("last", None))


def add_packages(tally: Tally) -> None:
    """One use for each name of `faker` (en_IN) and of `indian-names`; InputError where a package is missing."""
    for source, lists in (("faker", _faker()), ("indian_names", _indian_names())):
        listed = {(word, gender) for name, gender in lists for word in words_of(name)}
        for word, gender in sorted(listed, key=str):
            add_use(tally, word, source, gender)


def _faker() -> Iterator[tuple[str, str | None]]:
    try:
        provider = import_module("faker.providers.person.en_IN").Provider
    except ImportError as error:
        raise _missing("faker") from error
    for part, attribute in (
        ("male", "first_names_male"),
        ("female", "first_names_female"),
        (None, "last_names"),
    ):
        for name in getattr(provider, attribute):
            yield name, part


def _indian_names() -> Iterator[tuple[str, str | None]]:
    # Its module parses all on import; only its files are needed.
    found = importlib.util.find_spec("indian_names")
    if found is None or found.origin is None:
        raise _missing("indian-names")
    folder = Path(found.origin).parent
    for part, gender in _FIRST_AND_LAST:
        file = folder / (f"first.{part}.names" if gender else "last.names")
        for line in file.read_text(encoding="utf-8").splitlines():
            yield line, gender


def _missing(package: str) -> InputError:
    return InputError(
        f"the package {package} is not installed: install what requirements-dev.txt lists, or say --no-packages"
    )

"""Words and display names in Latin letters: what the rest of Upbeat uses."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from upbeat.authenticity.transliteration.decoder import Decoder
from upbeat.authenticity.transliteration.joiners import without_joiners
from upbeat.authenticity.transliteration.languages import (
    LANGUAGES,
    language_of,
    letters_by_script,
    share_a_script,
)
from upbeat.authenticity.transliteration.model_file import read_parameters
from upbeat.authenticity.transliteration.rules import to_latin_by_rule
from upbeat.authenticity.transliteration.units import READABLE
from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

MODELS = REPOSITORY / "include" / "authenticity" / "transliteration"
_LONGEST = 64
"""Longer runs of letters are hardly words; they are spelled piece by piece, so that they do not hold up the others of their batch."""
_VIRAMA_CLASS = 9
_RUNS = re.compile("|".join([*(f"[{letters}]+" for letters in letters_by_script()), f"[^{READABLE}]+"]))
_INNER_LONG_A = re.compile("(?<=[a-z])a{2,}")
_READABLE = frozenset(READABLE)


class Transliterator:
    """Models of some languages, loaded. Makes no mistake that raises: any string has a spelling, if only an empty one.

    What is not a letter of an Indic or Perso-Arabic script: ASCII stays, in lower case; digits of any script become ASCII digits; other
    letters give the ASCII letters that they decompose to (é an e); everything else is left out. Joiners are ignored (`joiners`).
    """

    def __init__(self, decoders: dict[str, Decoder]) -> None:
        self._decoders = decoders

    @classmethod
    def load(cls, languages: Iterable[str] | None = None, *, folder: Path | None = None) -> Transliterator:
        """Read the models of `languages` (ISO 639-1), all of `LANGUAGES` when None; InputError for another one or a missing file."""
        chosen = LANGUAGES if languages is None else tuple(languages)
        for language in chosen:
            _check(language, LANGUAGES)
        return cls({name: Decoder(read_parameters((folder or MODELS) / f"{name}.model")) for name in chosen})

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are loaded."""
        return tuple(self._decoders)

    @cached_property
    def version(self) -> str:
        """Of the models that are loaded, whatever their order: 12 hexadecimal digits of their content's hash."""
        parts = sorted(f"{language} {decoder.digest}" for language, decoder in self._decoders.items())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def to_latin(self, words: Sequence[str], language: str) -> list[str]:
        """The most probable Latin spelling of each word, lower-case ASCII, in order. Many words in one call are far cheaper each.

        A word may be any text; blanks in it stay. Runs of letters of another script than the language's go to the model of that
        script, or, where it is not loaded, to a mapping letter by letter. InputError for a language that is not loaded.
        """
        _check(language, self.languages)
        cleaned = [without_joiners(word) for word in words]
        if all(cleaned) and max(map(len, cleaned), default=0) <= _LONGEST and _is_plain(cleaned, language):
            return self._decoders[language].decode(cleaned)
        return self._spell_runs(cleaned, language, _ascii)

    def name_to_latin(self, text: str, language: str) -> str:
        """A whole display name: its Indic words in Latin letters, their digits as ASCII, all the rest as it stands (case, signs, emoji).

        People write long vowels twice in words, but seldom an `aa` in names, unless they begin with it (Aarav, but Raju): within a
        word it becomes one `a`.
        """
        return self.names_to_latin([text], language)[0]

    def names_to_latin(self, texts: Sequence[str], language: str) -> list[str]:
        """As `name_to_latin`, for many names in one call."""
        _check(language, self.languages)
        return self._spell_runs(
            [without_joiners(text) for text in texts], language, _with_ascii_digits, _INNER_LONG_A
        )

    def _spell_runs(
        self,
        texts: list[str],
        language: str,
        kept: Callable[[str], str],
        shortened: re.Pattern[str] | None = None,
    ) -> list[str]:
        """Each run of readable letters of one script by a model, in one batch per language; `kept` makes of what stands between what is to stay.

        What matches `shortened` in a spelling becomes its first letter.
        """
        pieces: list[list[str]] = []
        waiting: dict[str, list[tuple[int, int, str]]] = {}
        for number, text in enumerate(texts):
            of_text: list[str] = []
            for run in _RUNS.findall(text):
                if run[0] not in _READABLE:
                    of_text.append(kept(run))
                    continue
                of_run = waiting.setdefault(_spoken(run, language), [])
                for piece in _pieces(run):
                    of_run.append((number, len(of_text), piece))
                    of_text.append("")
            pieces.append(of_text)
        for spoken, found in waiting.items():
            spellings = self._spell([piece for _, _, piece in found], spoken)
            for (number, place, _), spelling in zip(found, spellings, strict=True):
                pieces[number][place] = shortened.sub(_first_letter, spelling) if shortened else spelling
        return ["".join(of_text) for of_text in pieces]

    def _spell(self, runs: list[str], language: str) -> list[str]:
        decoder = self._decoders.get(language)
        return decoder.decode(runs) if decoder else to_latin_by_rule(runs, language)


def _first_letter(found: re.Match[str]) -> str:
    return found[0][0]


def _pieces(run: str) -> Iterator[str]:
    """The run in pieces of at most `_LONGEST` characters, cut between syllables where there are any."""
    begin = 0
    while len(run) - begin > _LONGEST:
        ends = range(begin + _LONGEST, begin, -1)
        end = next((end for end in ends if _begins_syllable(run, end)), begin + _LONGEST)
        yield run[begin:end]
        begin = end
    yield run[begin:]


def _begins_syllable(run: str, place: int) -> bool:
    """Whether a letter stands there that no virama joins to the one before."""
    return unicodedata.category(run[place]) == "Lo" and unicodedata.combining(run[place - 1]) != _VIRAMA_CLASS


def _is_plain(words: list[str], language: str) -> bool:
    """Whether the words are readable letters of one script, the language's (a line break would be taken for the end of a word)."""
    text = "".join(words)
    scripts = {_spoken(character, language) for character in set(text)}
    return scripts == {language} and _READABLE.issuperset(text)


def _spoken(run: str, language: str) -> str:
    """Whose model spells a run of one script: the language's, unless the script is another."""
    suggested = language_of(run)
    return language if suggested is None or share_a_script(suggested, language) else suggested


def _with_ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(sign, sign)) if sign > "\x7f" else sign for sign in text)


def _ascii(text: str) -> str:
    """ASCII in lower case, decimal digits, and letters that have an ASCII letter in them."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _with_ascii_digits(text))
    return decomposed.encode("ascii", "ignore").decode().lower()


def _check(language: str, known: Sequence[str]) -> None:
    if language not in known:
        raise InputError(f"language {language}: there is no such model: use one of {', '.join(known)}")

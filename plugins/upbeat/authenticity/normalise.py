"""Makes handles and display names ready for comparison (D1–D3).

A handle: plain letters, no accents, lower case. Its separators stay: D4 is stated on the handle, and on genuine pairs
blanks in their place found little more (`upbeat evaluate match` shows both).
A name: NFC, plain letters, its scripts, Indic words transliterated, lower case without accents, and then only letters,
digits and single blanks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from upbeat.authenticity.match import MOST_CHARACTERS
from upbeat.authenticity.scripts import Scripts, read_scripts
from upbeat.authenticity.symbols import plain_letters
from upbeat.authenticity.symbols.ornaments import ORNAMENTS
from upbeat.authenticity.transliteration import Transliterator, language_of

_LETTERS_OF_THEIR_OWN = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "þ": "th",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ə": "e",
    "ſ": "s",
    "ɓ": "b",
    "ɗ": "d",
    "ƙ": "k",
    "ĳ": "ij",
    "ŀ": "l",
}
"""Latin letters that Unicode does not take apart, as they are commonly written in handles."""

_ACCENTS = range(0x300, 0x370)
_NO_GAP = frozenset("'’‘‛ʼʻʹʿʾ`´′＇")
"""Signs within words: `O'Brien` is one part. All other signs separate parts."""

_LETTER = re.compile(r"[a-z]")
_BETWEEN_PARTS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class ReadName:
    """A display name, ready for comparison. The attributes are those of `RuleScore`."""

    latin_name: str | None
    script: str | None
    lang_flag: bool


_NO_NAME = ReadName(None, None, False)


def normalise_handle(handle: str) -> str:
    """The handle as it is compared."""
    if handle.isascii():
        return handle[:MOST_CHARACTERS].lower()
    return _without_accents(plain_letters(handle[:MOST_CHARACTERS]).lower())


def normalise_names(full_names: Sequence[str | None], transliterator: Transliterator) -> list[ReadName]:
    """The display names as they are compared, and what their letters tell. Any text will do, none raises.

    The Indic ones of a language are transliterated in one call, which costs each of them far less than one of its own.
    """
    read = [_NO_NAME] * len(full_names)
    loaded = frozenset(transliterator.languages)
    waiting: dict[str, list[tuple[int, str, Scripts]]] = {}
    for place, full_name in enumerate(full_names):
        if not full_name:
            continue
        if full_name.isascii():
            read[place] = _ascii_name(full_name[:MOST_CHARACTERS])
            continue
        plain = plain_letters(unicodedata.normalize("NFC", full_name[:MOST_CHARACTERS]))
        scripts = read_scripts(plain)
        language = _model_for(plain, scripts, loaded)
        if language is None:
            read[place] = _name(plain, scripts)
        else:
            waiting.setdefault(language, []).append((place, plain, scripts))
    for language, names in waiting.items():
        latin = transliterator.names_to_latin([plain for _, plain, _ in names], language)
        for (place, _, scripts), latin_name in zip(names, latin, strict=True):
            read[place] = _name(latin_name, scripts)
    return read


def _model_for(plain: str, scripts: Scripts, loaded: frozenset[str]) -> str | None:
    """The language whose model reads a name: the detected one, else the one of its letters (Urdu for any Perso-Arabic); None without."""
    if scripts.main == "Latin" and scripts.language is None:
        return None
    language = scripts.language if scripts.language in loaded else language_of(plain)
    return language if language in loaded else None


def _ascii_name(text: str) -> ReadName:
    latin_name = _letters_and_digits(text)
    return ReadName(latin_name or None, "Latin" if _LETTER.search(latin_name) else None, False)


def _name(latin: str, scripts: Scripts) -> ReadName:
    return ReadName(_letters_and_digits(latin) or None, scripts.main, scripts.lang_flag)


def _letters_and_digits(text: str) -> str:
    """Lower-case letters without accents, decimal digits in ASCII, and single blanks."""
    lower = text.lower()
    if not lower.isascii():
        lower = "".join(map(_kept, _without_accents(lower)))
    else:
        lower = _BETWEEN_PARTS.sub(" ", lower.replace("'", "").replace("`", ""))
    return " ".join(lower.split())


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    apart = "".join(sign for sign in unicodedata.normalize("NFD", text) if ord(sign) not in _ACCENTS)
    return unicodedata.normalize("NFC", "".join(_LETTERS_OF_THEIR_OWN.get(sign, sign) for sign in apart))


@lru_cache(maxsize=4096)
def _kept(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign in ORNAMENTS:
        return " "
    if sign in _NO_GAP or category == "Cf":
        return ""  # joiners and marks of direction (Cf) stand within words
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    # Marks are parts of letters in scripts that were not transliterated.
    return sign if category[0] in "LM" else " "

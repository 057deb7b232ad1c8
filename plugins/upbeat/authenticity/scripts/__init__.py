"""In which script a name is written, which language that suggests, and the strong sign `lang_flag` (D2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from upbeat.authenticity.scripts.languages import guess_language
from upbeat.authenticity.scripts.names import script_of_letter

__all__ = ["INDIC_SCRIPTS", "Scripts", "read_scripts"]

_INDIC = """
Devanagari Bengali Gujarati Gurmukhi Kannada Malayalam Oriya Tamil Telugu Sinhala Thaana Tibetan Meetei_Mayek Ol_Chiki Ol_Onal
Lepcha Limbu Newa Chakma Saurashtra Syloti_Nagri Sora_Sompeng Warang_Citi Nag_Mundari Mro Wancho Toto Gunjala_Gondi
    Masaram_Gondi Hanifi_Rohingya Kirat_Rai Sunuwar Gurung_Khema Grantha Tirhuta Kaithi Sharada Takri Dogra Modi Nandinagari Khojki
Khudawadi Mahajani Multani Tulu_Tigalari Ahom Dives_Akuru Brahmi Kharoshthi Siddham Bhaiksuki
"""
INDIC_SCRIPTS = frozenset(_INDIC.split())
"""Scripts of India and its neighbours in South Asia, living and historic: Tibetan is an official script of Sikkim and Ladakh writes it."""

_UNFLAGGED = INDIC_SCRIPTS | {"Latin", "Arabic"}
_READ_BY_LANGUAGE = INDIC_SCRIPTS | {"Arabic"}
_FIRST = 0xE000


@dataclass(frozen=True, slots=True)
class Scripts:
    """What the letters of a text tell. Emoji, digits, punctuation, blanks and vowel signs are no letters here.

    Attributes:
        main: Unicode's long name of the script that most letters are of, of two as many the first in the text; None without letters.
        scripts: each script with its number of letters, most first.
        is_mixed: more than one script; Japanese in kanji and kana is, too.
        language: ISO 639-1, a guess from the characters: that of the foremost Indic or Perso-Arabic script where there is one, even
            beside more Latin letters (it says how to transliterate), else that of the main script. None where they leave it open.
        lang_flag: more than half of the letters are of scripts that are neither Latin nor Indic nor Perso-Arabic.
    """

    main: str | None
    scripts: tuple[tuple[str, int], ...]
    is_mixed: bool
    language: str | None
    lang_flag: bool


class _Classes(dict[int, str | None]):
    """One private character per script, by code point, for `str.translate`; None drops what is no letter."""

    def __init__(self) -> None:
        self.scripts: list[str] = []

    def __missing__(self, code: int) -> str | None:
        script = script_of_letter(chr(code))
        if script is None:
            self[code] = None
            return None
        if script not in self.scripts:
            self.scripts.append(script)
        self[code] = letter = chr(_FIRST + self.scripts.index(script))
        return letter


_CLASSES = _Classes()


def read_scripts(text: str) -> Scripts:
    """The scripts of a text, best after `plain_letters`: imitations (a Cyrillic а in a Latin word) count as what they are.

    Any string is taken, empty or without a letter, with NULs, lone surrogates or directional marks: nothing is raised.
    """
    classes = text.translate(_CLASSES)
    counts = []
    while classes:
        letter = classes[0]
        counts.append((_CLASSES.scripts[ord(letter) - _FIRST], classes.count(letter)))
        classes = classes.replace(letter, "")
    if len(counts) > 1:
        counts.sort(key=lambda count: -count[1])
    return _told(tuple(counts), _language(text, counts))


def _language(text: str, counts: list[tuple[str, int]]) -> str | None:
    if not counts:
        return None
    script = next((script for script, _ in counts if script in _READ_BY_LANGUAGE), counts[0][0])
    return None if script == "Latin" else guess_language(text, script)


@lru_cache(maxsize=4096)
def _told(counts: tuple[tuple[str, int], ...], language: str | None) -> Scripts:
    letters = sum(count for _, count in counts)
    flagged = sum(count for script, count in counts if script not in _UNFLAGGED)
    return Scripts(
        main=counts[0][0] if counts else None,
        scripts=counts,
        is_mixed=len(counts) > 1,
        language=language,
        lang_flag=flagged * 2 > letters,
    )

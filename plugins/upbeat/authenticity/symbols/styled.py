"""Latin letters and digits in fancy dress, read off Unicode's own facts: decompositions and character names.

These are styled in whatever word they stand: 𝐚 is an a. No table is shipped, the interpreter's `unicodedata` tells them all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from upbeat.authenticity.symbols.lookalikes import LATIN_IN_USE, LATIN_NEVER_PLAIN, LOOKALIKES
from upbeat.authenticity.symbols.ornaments import ORNAMENTS

# Where Unicode keeps styled forms whose decomposition is plain Latin. Left out on purpose: ª and º (Spanish and Portuguese
# write them), digraphs of Croatian and Dutch (ǆ, ĳ), units and months of CJK (㎏), signs such as ™ and №.
_DECOMPOSED = (
    (0x00B2, 0x00B3),  # superscript 2 and 3
    (0x00B9, 0x00B9),
    (0x02B0, 0x02B8),  # modifier letters
    (0x02E0, 0x02E4),
    (0x1D2C, 0x1D6A),  # phonetic modifier letters and subscripts
    (0x1D78, 0x1D78),
    (0x1D9B, 0x1DBF),
    (0x2070, 0x209C),  # superscripts and subscripts
    (0x2102, 0x2115),  # letterlike: script, fraktur, double-struck
    (0x2119, 0x211E),
    (0x2124, 0x2124),
    (0x2128, 0x2128),
    (0x212A, 0x212A),
    (0x212C, 0x2134),
    (0x2139, 0x2139),
    (0x2145, 0x2149),
    (0x2160, 0x217F),  # Roman numerals
    (0x2460, 0x24FF),  # circled, parenthesised, with a full stop
    (0x2776, 0x2793),
    (0x2C7C, 0x2C7D),
    (0x3251, 0x325F),  # circled 21 to 50
    (0x32B1, 0x32BF),
    (0xA7F2, 0xA7F9),
    (0xAB5C, 0xAB5F),
    (0xAB69, 0xAB69),
    (0xFB00, 0xFB06),  # ligatures of printers
    (0xFF10, 0xFF5A),  # full-width
    (0x10780, 0x107BA),
    (0x1D400, 0x1D7FF),  # mathematical alphabets and digits
    (0x1F100, 0x1F18F),  # squared, parenthesised, negative circled, negative squared
    (0x1FBF0, 0x1FBF9),  # segmented digits
)
# Where Unicode keeps letters of phonetic and medieval writing: small capitals, turned, hooked and barred letters.
_NAMED = (
    (0x0221, 0x0221),
    (0x0234, 0x0240),
    (0x0243, 0x0243),
    (0x0246, 0x024F),
    (0x0250, 0x02AF),
    (0x1D00, 0x1D2B),
    (0x1D6B, 0x1D9A),
    (0x2132, 0x2132),
    (0x2184, 0x2184),
    (0x2C60, 0x2C7F),
    (0xA730, 0xA7FA),
    (0xAB30, 0xAB64),
)
_BRACKETS = str.maketrans("", "", "()〔〕.,")
_NEGATIVE = re.compile(r"(?:NEGATIVE|CROSSED NEGATIVE) (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])")
_NUMBER = re.compile(r"(?:DINGBAT |DOUBLE |NEGATIVE )*CIRCLED (?:SANS-SERIF )?(?:DIGIT|NUMBER) ")
_POSES = (
    "TURNED|REVERSED|SIDEWAYS|INVERTED|SCRIPT|OPEN|DOTLESS|BARRED|BLACKLETTER|STIRRUP|SIDEWAYS DIAERESIZED"
)
_LETTER = re.compile(
    rf"(?:LATIN|TURNED) (?:(CAPITAL|SMALL) )?(?:LETTER )?(?:(?:SMALL CAPITAL|CAPITAL|{_POSES}) )*([A-Z])(?: WITH .+)?"
)


def styled_characters() -> dict[int, str]:
    """What each styled character stands for, by code point: ASCII letters and digits only."""
    table = {ord(character): plain for character, plain in LATIN_NEVER_PLAIN.items()}
    table |= {code: plain for code in _codes(_NAMED) if (plain := _by_name(chr(code)))}
    for code in _codes(_DECOMPOSED):
        if plain := _by_decomposition(chr(code), table):
            table[code] = plain
    return {
        code: plain
        for code, plain in table.items()
        if chr(code) not in LATIN_IN_USE and chr(code) not in ORNAMENTS
    }


def _codes(ranges: tuple[tuple[int, int], ...]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def _by_name(character: str) -> str | None:
    if plain := LATIN_NEVER_PLAIN.get(character):
        return plain
    if unicodedata.decomposition(character):
        return None
    named = _LETTER.fullmatch(unicodedata.name(character, ""))
    if named is None:
        return None
    # A small capital stands for a small letter: it is how generators write one.
    is_capital = named[1] == "CAPITAL" or named[0].startswith("TURNED CAPITAL")
    return named[2] if is_capital else named[2].lower()


def _by_decomposition(character: str, phonetic: dict[int, str]) -> str | None:
    """Plain letters by NFKC, and by the name where Unicode gives no decomposition (🅐, ❶)."""
    name = unicodedata.name(character, "")
    if negative := _NEGATIVE.fullmatch(name):
        return negative[1]
    if name == "NEGATIVE SQUARED AB":
        return "AB"
    if _NUMBER.match(name):
        return str(int(unicodedata.numeric(character)))
    plain = unicodedata.normalize("NFKC", character)
    if plain == character:
        return None
    if (greek := LOOKALIKES.get(plain)) and greek.script == "Greek":
        return greek.plain  # 𝛂: no Greek word is written in mathematical letters
    plain = plain.translate(_BRACKETS).translate(phonetic)
    return plain if plain.isascii() and plain.isalnum() else None

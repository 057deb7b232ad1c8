"""Letters by Unicode's book that people use as blanks and pictures: no name is written in them."""

from __future__ import annotations

# Drawn as nothing: a display name that looks empty.
_HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0"
_WINGS = "ʚɞ"
# Writing of the dead, whose signs are ornaments today: 𒆜Rahul𒆜, 𓆩♡𓆪, 𖤐.
_PICTURES = (
    (0x12000, 0x1254F),  # cuneiform
    (0x13000, 0x143FF),  # Egyptian hieroglyphs
    (0x14400, 0x1467F),  # Anatolian hieroglyphs
    (0x16800, 0x16A3F),  # Bamum of the manuscripts
)
ORNAMENTS = frozenset(
    (*_HANGUL_FILLERS, *_WINGS, *(chr(code) for first, last in _PICTURES for code in range(first, last + 1)))
)

"""Countries as YouTube names them, to ISO 3166-1 alpha-2. Pure; the names are those of the Unicode CLDR, which YouTube shows."""

from __future__ import annotations

import re
from functools import cache
from typing import Any


@cache
def _codes() -> dict[str, str]:
    from babel import Locale  # loads its data when first used

    names = Locale("en").territories
    return {str(name).casefold(): code for code, name in names.items() if re.fullmatch(r"[A-Z]{2}", code)}


def to_country_code(value: Any) -> str | None:
    """`US`, `us` and `United States` are all `US`."""
    if not isinstance(value, str):
        raise ValueError("expected a country")
    text = value.strip()
    if not text:
        return None
    if re.fullmatch(r"[A-Za-z]{2}", text):
        return text.upper()
    code = _codes().get(text.casefold())
    if code is None:
        raise ValueError("expected a country's English name or its code of two letters")
    return code

"""Street addresses in a text: what stands before a PIN code on its line, from the first part that names a house or a street."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PIN = re.compile(
    r"(?<![\w₹$€£#@.,])(?:(?:pin\s?code|pin|zip|postal code|पिन(?:\s?कोड)?)\s{0,2}[:.\-–]{0,2}\s{0,2})?[1-9]\d{2}\s?\d{3}(?![\w.,]?\d|\s?(?:followers?|subs|views?|likes?|k\b|%))",
    re.I,
)
_STREET = re.compile(
    r"\b(?:road|rd|street|st|lane|ln|nagar|marg|cross|main|sector|sec|phase|block|floor|flr|flat|apartments?|apts?|house|h\.?\s?no|d\.?\s?no|plot|shop|door|building|bldg"
    r"|tower|society|soc|colony|layout|enclave|vihar|residency|near|nr|opp(?:osite)?|behind|beside|chowk|bazaa?r|gali|mohalla|salai|peth|wadi|pada|villa|stage|avenue|ave"
    r"|po box|p\.?o\.?)\b|रोड|मार्ग|गली|नगर|मकान|मोहल्ला|चौक|कॉलोनी|सेक्टर|तेरु|தெரு|சாலை|రోడ్|రోడ్డు|ರಸ್ತೆ|রোড|રોડ",
    re.I,
)
_NUMBERED = re.compile(r"(?<![\w#@])(?:#\s?|no\.?\s?)?\d{1,5}(?:\s?[-/]\s?\w{1,4})*[a-z]?(?!\w)", re.I)
_LONGEST = 200


def addresses_in(shadow: str) -> Iterator[tuple[int, int, str]]:
    """Each address with its PIN code. The last part before the code stays where it is a place's name alone: it tells the city."""
    for pin in _PIN.finditer(shadow):
        line = max(shadow.rfind("\n", 0, pin.start()) + 1, pin.start() - _LONGEST)
        start = _start_of_address(shadow, line, pin.start())
        if start is None:
            continue
        city = _city(shadow[start : pin.start()])
        yield (start, pin.end(), f"[address], {city}" if city else "[address]")


def _start_of_address(shadow: str, line: int, end: int) -> int | None:
    """Where the first part begins that names a street, or a house before one; None without a street."""
    parts = [(found.start() + line, found[0]) for found in re.finditer(r"[^,;|•·:📍]+", shadow[line:end])]
    streets = [number for number, (_, part) in enumerate(parts) if _STREET.search(part)]
    if not streets:
        return None
    first = streets[0]
    while first > 0 and _NUMBERED.search(parts[first - 1][1]):
        first -= 1
    start, part = parts[first]
    return start + len(part) - len(part.lstrip())


def _city(address: str) -> str:
    last = re.split(r"[,;]", address.rstrip(" ,;-–.\t"))[-1].strip(" -–.")
    is_place = last and not re.search(r"\d", last) and not _STREET.search(last) and len(last) <= 40
    return last if is_place else ""

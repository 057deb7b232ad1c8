"""Personal contact data taken out of a creator's text before anything is sent or hashed. Pure.

Known are: e-mail addresses, also `name (at) mail dot com`; phone numbers in Indian and international forms, whatever the digits' script;
links that open a chat; UPI ids; street addresses up to their PIN code; the user part and the query of other links.

Not known, and sent as they are: numbers written in words or split by letters or over lines, addresses without a street word or a PIN code,
e-mail addresses spelled by other words than at and dot, names of people, handles (public by nature) on any service. A number of ten
digits that begins with 6 to 9 is taken for an Indian mobile number unless a currency or a counted thing stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from upbeat.enrichment.masking_phones import phones_in
from upbeat.enrichment.masking_places import addresses_in
from upbeat.enrichment.masking_shadow import shadow_of

Span = tuple[int, int, str]
"""From, to (exclusive), and what stands there instead."""

_CHAT_HOSTS = (
    r"(?:api\.|chat\.|web\.)?whatsapp\.com|wa\.me|wa\.link|whatsapp\.me|t\.me|telegram\.(?:me|dog|org)|signal\.(?:me|group)|m\.me|line\.me"
    r"|viber\.me"
)
_CHAT_LINK = re.compile(
    rf"(?<![\w.])(?:https?://)?(?:www\.)?(?:{_CHAT_HOSTS})/[^\s<>\"']+|\b(?:tg|whatsapp|viber|skype):(?://)?[^\s<>\"']+",
    re.I,
)
_WITH_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://(?:[^\s/?#@]*@)[^\s/?#]+", re.I)
_USER_PART = re.compile(r"(?<=://)[^\s/?#@]*(?:@[^\s/?#@]*)*@")
_QUERY = re.compile(r"(?<![\w@.])(?:https?://|www\.)[^\s?#]+(?P<query>[?#][^\s]+)", re.I)

# Letters with their vowel signs: those are no `\w`.
_W = r"\w\u0900-\u0dff"
# Whatever stands before the at, dots and dashes too: `Email:-name@…` is how many write it.
_LOCAL = rf"(?=[_.+%-]*[^\W_])[{_W}.+%-]++"
_LABEL = rf"[^\W_](?:[{_W}-]{{0,61}}[{_W}])?"
_BEGIN = rf"(?<![{_W}.+%-])"
_EMAIL = re.compile(rf"{_BEGIN}{_LOCAL}@{_LABEL}(?:\.{_LABEL}){{1,6}}")
_AT_WORD = r"(?:at|@|arroba|एट|ऐट)"
_AT_IN_BRACKETS = rf"\s{{0,3}}[\(\[\{{]\s?{_AT_WORD}\s?[\)\]\}}]\s{{0,3}}"
_AT = rf"(?:{_AT_IN_BRACKETS}|\s{{1,3}}{_AT_WORD}\s{{1,3}}|\s{{0,2}}@\s{{0,2}})"
_DOT_WORD = r"(?:dot|punto|ponto|डॉट|डाट)"
_DOT = rf"(?:\s{{0,3}}[\(\[\{{]\s?(?:{_DOT_WORD}|\.)\s?[\)\]\}}]\s{{0,3}}|\s{{1,3}}{_DOT_WORD}\s{{1,3}})"
_OBFUSCATED = re.compile(
    rf"{_BEGIN}{_LOCAL}{_AT}[{_W}-]{{1,63}}(?:(?:{_DOT}|\.)[{_W}-]{{2,63}}){{0,5}}{_DOT}[{_W}-]{{2,24}}(?![{_W}])",
    re.I,
)
_BRACKETED_AT = re.compile(rf"{_BEGIN}{_LOCAL}{_AT_IN_BRACKETS}{_LABEL}(?:\.{_LABEL}){{1,6}}", re.I)
_MAIL_HOSTS = r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|icloud|rediffmail|proton(?:mail)?|zoho|aol|gmx|mail)"
_SPACED = re.compile(
    rf"{_BEGIN}{_LOCAL}(?:\s{{1,3}}at\s{{1,3}}|\s{{1,2}}@\s{{0,2}}|@\s{{1,2}}){_MAIL_HOSTS}\s?\.\s?[a-z]{{2,3}}(?:\.[a-z]{{2}})?(?!\w)",
    re.I,
)

# Of hosts that everybody knows the rest is left out, or written without its dot.
_KNOWN_HOST = re.compile(
    rf"{_BEGIN}{_LOCAL}@(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|icloud|rediffmail|protonmail)(?:[ ,]{{1,2}}com)?(?!\w)",
    re.I,
)

# The suffixes that the National Payments Corporation of India lists for its apps and banks, those in wide use.
_UPI_SUFFIXES = (
    r"ok(?:axis|hdfcbank|icici|sbi|bizaxis)|ybl|ibl|axl|paytm|pt(?:sbi|yes|axis|hdfc)|upi|apl|yapl|rapl|waaxis|wahdfcbank|waicici|wasbi|sbi|icici"
    r"|hdfcbank(?:jd)?|axis(?:bank|b|gi)?|kotak|kmbl|idfc(?:bank|first|netc)?|jupiteraxis|naviaxis|freecharge|airtel|jio|postbank|fam|slice(?:axis)?"
    r"|barodampay|cnrb|pnb|unionbank(?:ofindia)?|uboi|indus|federal|fbl|yes(?:bank|g|pay)?|dbs|rbl|kbl|boi|citi(?:gold)?|hsbc|aubank|superyes"
    r"|tapicici|timecosmos|amazonpay|pingpay|ikwik|mbk|abfspay|bandhan|equitas|dlb|sib|kvb|iob|centralbank|mahb|ucobank|psb|oksbi|shriramhdfcbank"
)
_UPI = re.compile(rf"(?<![a-z0-9._-])(?=[._-]*[a-z0-9])[a-z0-9._-]++@(?:{_UPI_SUFFIXES})(?![\w.@-]*\w)", re.I)
_UPI_LABELLED = re.compile(
    r"(?:\bupi\b|\bg\s?pay\b|\bgoogle\s?pay\b|\bphone\s?pe\b|\bpaytm\b|\bbhim\b|\bvpa\b)[^@\n]{0,20}?[\s:=-](?P<id>[a-z0-9][a-z0-9.\-_]{1,254}@[a-z][a-z0-9]{1,63})(?!\w)",
    re.I,
)


def mask_contacts(text: str) -> str:
    """The text with each contact replaced by what kind it was, in brackets: `[email]`, `[phone +91]`, `[chat]`, `[upi]`, `[address]`."""
    for find in _FINDERS:
        text = _replaced(text, find)
    return text


def _replaced(text: str, find: Callable[[str], Iterator[Span]]) -> str:
    """Found in the text's shadow, and replaced in the text itself."""
    shadow, places = shadow_of(text)
    parts: list[str] = []
    done = 0
    for start, end, instead in find(shadow):
        if places[start] >= done:
            parts += [text[done : places[start]], instead]
            done = places[end]
    return "".join([*parts, text[done:]])


def _chats(shadow: str) -> Iterator[Span]:
    yield from ((*found.span(), "[chat]") for found in _CHAT_LINK.finditer(shadow))


def _user_parts(shadow: str) -> Iterator[Span]:
    for link in _WITH_SCHEME.finditer(shadow):
        if found := _USER_PART.search(shadow, link.start(), link.end()):
            yield (*found.span(), "[user]@")


def _queries(shadow: str) -> Iterator[Span]:
    yield from ((*found.span("query"), "?[query]") for found in _QUERY.finditer(shadow))


def _emails(shadow: str) -> Iterator[Span]:
    found = [
        match.span()
        for pattern in (_EMAIL, _OBFUSCATED, _BRACKETED_AT, _SPACED, _KNOWN_HOST)
        for match in pattern.finditer(shadow)
    ]
    yield from ((start, end, "[email]") for start, end in sorted(found, key=lambda span: (span[0], -span[1])))


def _upi_ids(shadow: str) -> Iterator[Span]:
    found = [match.span() for match in _UPI.finditer(shadow)]
    found += [match.span("id") for match in _UPI_LABELLED.finditer(shadow)]
    yield from ((start, end, "[upi]") for start, end in sorted(found))


_FINDERS = (_chats, _user_parts, _queries, _emails, _upi_ids, addresses_in, phones_in)

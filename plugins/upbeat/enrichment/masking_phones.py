"""Phone numbers in a text: which runs of digits are one, and which are years, counts and prices."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Up to four signs between digits; a keycap is a digit with two signs after it. No comma: that is a count; no slash: that is a date.
_BETWEEN = r"[ .\-()·•_*~\ufe0f\u20e3\u00a0]{0,4}"
_RUN = re.compile(
    rf"(?<![\w#@$€£₹%])(?:\+[ (]{{0,2}}|\((?=\+?\d))?\+?\d(?:{_BETWEEN}\d){{6,80}}(?![\d%])[\ufe0f\u20e3]*"
)
_GROUP = re.compile(r"[(+]{0,3}(?:\d[\ufe0f\u20e3]{0,2})+")
_GLUED = re.compile(
    r"(?<![\w#@])(?:call|phone|ph|mob|mobile|whatsapp|wa|contact|dm|text)(?P<number>\+?(?:91|0)?[6-9]\d{9})(?!\d)",
    re.I,
)
_MOBILE = re.compile(r"(?:91|0)?[6-9]\d{9}")
MOST_DIGITS = 17
_DIGITS = frozenset("0123456789")
_LABEL = re.compile(
    r"(?:\b(?:call|phone|ph|tel|telephone|telefon|telefone|telefono|teléfono|mob|mobile|cell|cel|contact(?:\s?(?:no|number|us|me|at|on))?|whats\s?app|wa|wapp|w/?app|sms|text|dm"
    r"|booking|bookings|enquir(?:y|ies)|inquir(?:y|ies)|no|number|hp|gsm|viber|imo|signal|telegram)\b|फोन|फ़ोन|मोबाइल|संपर्क|सम्पर्क|व्हाट्सएप|व्हाट्सऐप|நம்பர்|தொடர்பு|ఫోన్|ফোন|যোগাযোগ"
    r"|ફોન|ਫੋਨ|هاتف|واتساب|جوال|موبايل|فون|رابطہ|[☎📞📱📲🤙💬✆])\W{0,6}$",
    re.I,
)
_COUNTED = re.compile(
    r"\s?(?:[kmb]\b|mn\b|cr\b|crores?\b|lakhs?\b|million|billion|followers?|following|fans\b|subs(?:cribers?)?\b|views?\b|likes?\b|plays?\b|streams?\b"
    r"|downloads?\b|students?|members?|people\b|users?\b|rs\b|rupees|inr\b|usd\b|eur\b|dollars?|₹|€|\$|%)",
    re.I,
)
_PRICED = re.compile(r"(?:\brs\.?|\binr|\busd|\beur|\bmrp|\bprice|[₹$€£])\s{0,2}[:=-]?\s{0,2}$", re.I)
_DATED = re.compile(
    r"(?<!\d)(?:\d{1,2}[ .-]{1,2}\d{1,2}[ .-]{1,2}(?:19|20)\d\d|(?:19|20)\d\d[ .-]{1,2}\d{1,2}[ .-]{1,2}\d{1,2}|(?:19|20)\d\d\s{0,2}-\s{0,2}(?:19|20)\d\d)(?!\d)"
)
_IN_BRACKETS = re.compile(r"\(\d{2,5}\)[ .-]{0,2}\d[\d .-]*")
_IN_GROUPS = re.compile(r"(?:1[ .-])?\d{3}([ .-])\d{3}([.-]|\1)\d{4}")
_TWO_DIGIT_CODES = frozenset(
    [
        20,
        27,
        *range(30, 35),
        36,
        39,
        40,
        41,
        *range(43, 50),
        *range(51, 59),
        *range(60, 67),
        81,
        82,
        84,
        86,
        *range(90, 96),
        98,
    ]
)


def phones_in(shadow: str) -> Iterator[tuple[int, int, str]]:
    """Each phone number of a text's shadow, with its calling code where it states one: that tells a country, and nobody's number."""
    found = [match.span("number") for match in _GLUED.finditer(shadow)]
    for run in _RUN.finditer(shadow):
        found += _phones_of(shadow, *run.span())
    yield from ((start, end, f"[phone{_calling_code(shadow[start:end])}]") for start, end in sorted(found))


def _phones_of(shadow: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The numbers in one run of digits: beside a number may stand a year, or another number."""
    groups = [group.span() for group in _GROUP.finditer(shadow, start, end)]
    first = 0
    while first < len(groups):
        begin = groups[first][0]
        before = shadow[max(0, begin - 40) : begin]
        if not _PRICED.search(before):
            is_labelled = first == 0 and _LABEL.search(before) is not None
            for last in range(min(len(groups), first + MOST_DIGITS) - 1, first - 1, -1):
                stop = end if last == len(groups) - 1 else groups[last][1]
                text = shadow[begin:stop]
                if _is_phone(
                    text, before, is_first=first == 0, is_labelled=is_labelled
                ) and not _COUNTED.match(shadow, stop):
                    yield begin, stop
                    first = last
                    break
        first += 1


def _is_phone(text: str, before: str, *, is_first: bool, is_labelled: bool) -> bool:
    """Args: before: what stands before the text. is_labelled: it ends with a word for a phone."""
    digits = "".join(character for character in text if character in _DIGITS)
    if not 7 <= len(digits) <= MOST_DIGITS:
        return False
    if "+" in text:
        return not text.rstrip("\ufe0f\u20e3").count("+", 1) and len(digits) <= 15
    if is_labelled and len(digits) <= 13:
        found = True
    # After these a number is a part of a larger one, of a date, or of a list of whole numbers, unless it is a mobile number by itself.
    elif before.endswith((",", "/", ".")):
        found = _MOBILE.fullmatch(digits) is not None and _is_indian(text, digits, is_first=is_first)
    else:
        found = (
            (digits.startswith("00") and len(digits) >= 10)
            or _is_indian(text, digits, is_first=is_first)
            or _is_grouped(text, digits)
        )
    return found and not _DATED.search(text)


def _is_indian(text: str, digits: str, *, is_first: bool) -> bool:
    """Ten digits from 6 to 9, also after 0 or 91; or, with a leading 0, any number of a length that numbers have."""
    if digits.startswith("0"):
        return 9 <= len(digits) <= 13 and (is_first or re.match(r"\d{3}", text) is not None)
    national = digits[2:] if len(digits) == 12 and digits.startswith("91") else digits
    if len(national) != 10 or national[0] not in "6789":
        return False
    # Groups of mixed single digits are a list (`6 7 8 9 10 11 12`) or a count with dots (`9.876.543.210`).
    groups = {
        min(len(group), 2) for group in re.findall(r"\d+", text.replace("\ufe0f", "").replace("\u20e3", ""))
    }
    return len(groups) == 1


def _is_grouped(text: str, digits: str) -> bool:
    """`(212) 555-0123`, `212-555-0123`, `212.555.0123`, `(11) 98765-4321`."""
    if not 9 <= len(digits) <= 12:
        return False
    return _IN_BRACKETS.fullmatch(text) is not None or _IN_GROUPS.fullmatch(text) is not None


def _calling_code(text: str) -> str:
    """` +91` of an international number: calling codes have one digit in zones 1 and 7, two where listed (ITU-T E.164), else three."""
    digits = re.sub(r"\D", "", text)
    if "+" not in text:
        return ""
    if digits[0] in "17":
        return f" +{digits[0]}"
    return f" +{digits[: 2 if int(digits[:2]) in _TWO_DIGIT_CODES else 3]}"

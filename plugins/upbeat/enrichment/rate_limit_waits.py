"""How long a provider asks to wait, read from a 429's headers and message. Pure.

OpenAI (platform.openai.com/docs/guides/rate-limits) sends `retry-after-ms` and `retry-after`, and `x-ratelimit-reset-requests` and
`-tokens` as `6m0s` or `644ms`; Azure sends `retry-after-ms`, `retry-after` and resets in plain seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DURATION = re.compile(
    r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?"
)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_IN_MESSAGE = re.compile(
    r"(?:try again in|retry after)\s+(\d(?:[\dhms]|\.(?=\d)){0,20})(?:\s+(seconds?|milliseconds?))?", re.I
)
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


def wait_asked(headers: Mapping[str, str], message: str, *, now: datetime | None = None) -> float | None:
    """Seconds that the provider asks to wait; None when it says nothing that can be read.

    Headers are looked up in lower case. What names this request's wait goes before the `x-ratelimit-reset-…` headers: these tell
    when the whole limit is free again, which is later. Of the two the one whose limit is used up binds.
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1_000
    for found in (
        _retry_after(headers.get("retry-after", ""), now),
        _of_message(message),
        _of_resets(headers),
    ):
        if found is not None:
            return found
    return None


def duration_seconds(text: str) -> float | None:
    """`1h2m3.5s`, `6m0s`, `644ms` or plain seconds; None for anything else."""
    text = text.strip().lower()
    if _NUMBER.fullmatch(text):
        return float(text)
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        return None
    return sum(float(amount) * unit for amount, unit in zip(found.groups(), _UNITS, strict=True) if amount)


def _retry_after(text: str, now: datetime | None) -> float | None:
    """Seconds, or a date of HTTP."""
    if _NUMBER.fullmatch(text.strip()):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _of_message(message: str) -> float | None:
    found = _IN_MESSAGE.search(message)
    if found is None:
        return None
    seconds = duration_seconds(found[1])
    if seconds is not None and (found[2] or "").lower().startswith("milli"):
        return seconds / 1_000
    return seconds


def _of_resets(headers: Mapping[str, str]) -> float | None:
    found = {
        name: duration_seconds(headers.get(f"x-ratelimit-reset-{name}", ""))
        for name in ("requests", "tokens")
    }
    known = {name: seconds for name, seconds in found.items() if seconds is not None}
    used_up = [
        known[name] for name in known if headers.get(f"x-ratelimit-remaining-{name}", "").strip() == "0"
    ]
    return max(used_up or known.values(), default=None)

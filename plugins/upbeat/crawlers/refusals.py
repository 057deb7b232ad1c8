"""What an answer that holds no data means, read from its status, headers and text. Pure.

Texts that are known: RapidAPI's gateway (`You are not subscribed to this API.`, `You have exceeded the MONTHLY quota …`,
`Too many requests`), Instagram's private API as scrapers pass it on (`challenge_required`, `checkpoint_required`,
`login_required`, `Please wait a few minutes …`), and the library behind HikerAPI and Lama (`exc_type`: `UserNotFound`,
`PrivateAccount`, …). APIs with error codes (Graph) read those first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from upbeat.crawlers.json_body import load_json
from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NextSourceError,
    NotFoundError,
    PrivateAccountError,
    RotateCredentialError,
    UpbeatError,
)
from upbeat.logs import mask_secrets

COOL_DOWN_SECONDS = 3600.0
"""How long a rate-limited or refused credential rests (specification A4, A5)."""
PASSING_SECONDS = 60.0
"""How long to stay away from a service whose own Instagram session is in trouble."""
MAX_SECONDS = 86_400.0
MAX_MESSAGE = 200

_PRIVATE = re.compile(
    r"private[ _]?(account|user|profile)|(account|user|profile) is (set to )?private|is_private"
    r"|not authori[sz]ed to view user",
    re.I,
)
_QUOTA = re.compile(
    r"exceeded .{0,40}(quota|limit)|too many requests|rate.?limit|throttl"
    r"|not enough (requests|credits|balance)|(request|daily|monthly) limit reached",
    re.I,
)
_CHALLENGE = re.compile(
    r"challenge|checkpoint|login.?required|log ?in to continue|feedback_required|consent_required"
    r"|wait a few minutes|waitfewminutes|unauthori[sz]ed_session",
    re.I,
)
_REFUSED = re.compile(
    r"not subscribed|(invalid|missing|unknown|disabled|bad) (api[ _-]?key|access token|token|application key)"
    r"|api[ _-]?key is (invalid|missing)|blocked user|not authori[sz]ed",
    re.I,
)
_NOT_FOUND = re.compile(
    r"not ?found|does ?n.t exist|does not exist|do not exist|no such (user|post|media)|cannot be found"
    r"|can.t be found|no (user|media) with",
    re.I,
)
_MESSAGE_KEYS = ("message", "detail", "error", "error_msg", "error_message", "msg", "errors", "error_type")
_GOOD_WORDS = frozenset({"ok", "okay", "success", "successful", "done", "none"})
"""What some services write where others write their errors."""
_FAILED = frozenset({"fail", "failed", "failure", "error", "false"})
_MARKS_OF_ERRORS = (*_MESSAGE_KEYS, "exc_type", "error_code", "exception")


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The `Retry-After` header in seconds (number or HTTP date), 0 to a day; None when absent or unreadable."""
    text = (headers.get("retry-after") or headers.get("Retry-After") or "").strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
            seconds = float(text)
        else:
            when = parsedate_to_datetime(text)
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (when - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_SECONDS)


def is_error_document(document: Any) -> bool:
    """Whether a JSON document without data is an error envelope rather than an unknown shape."""
    if not isinstance(document, dict):
        return False
    if document.get("success") is False or str(document.get("status")).lower() in _FAILED:
        return True
    return any(_says_something_bad(document.get(key)) for key in _MARKS_OF_ERRORS)


def _says_something_bad(value: Any) -> bool:
    return value.strip(" .!").lower() not in _GOOD_WORDS | {""} if isinstance(value, str) else bool(value)


def error_text(document: Any) -> str:
    """The readable words of an error document on one line, without secrets, at most 200 characters."""
    words: list[str] = []
    _collect(document, words, depth=0)
    text = " ".join(" ".join(dict.fromkeys(words)).split())
    text = mask_secrets(text.encode("utf-8", "ignore").decode().replace("\x00", ""))
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"


def _collect(value: Any, words: list[str], *, depth: int) -> None:
    if depth > 3 or len(words) > 8:
        return
    if isinstance(value, str):
        words.append(value)
    elif isinstance(value, list):
        for item in value[:4]:
            _collect(item, words, depth=depth + 1)
    elif isinstance(value, dict):
        for key in (*_MESSAGE_KEYS, "exc_type"):
            _collect(value.get(key), words, depth=depth + 1)


def refusal(
    source: str, *, status: int, headers: Mapping[str, str], body: bytes, has_credential: bool
) -> UpbeatError:
    """The error that an answer without data stands for.

    Args:
        status: HTTP status; 200 for an error envelope in a good answer.
        has_credential: whether the request bore one that could be at fault or used up.
    """
    try:
        document: Any = load_json(body)
    except MalformedBodyError:
        # An HTML page says nothing that a person could use.
        document = "" if body.lstrip()[:1] in (b"<", b"") else body[:MAX_MESSAGE].decode("utf-8", "ignore")
    return document_refusal(
        source,
        document,
        status=status,
        retry_after=retry_after_seconds(headers),
        has_credential=has_credential,
    )


def document_refusal(
    source: str, document: Any, *, status: int, retry_after: float | None, has_credential: bool
) -> UpbeatError:
    """`refusal` for a body that was read already."""
    text = error_text(document)
    line = f"HTTP {status}: {text}" if text else f"HTTP {status}"
    known = {"source": source, "status": status}
    if status >= 500 or status in (408, 425):
        return BackOffError(line, **known, retry_after=retry_after)  # type: ignore[arg-type]
    if _PRIVATE.search(text):
        return PrivateAccountError(f"the account is private ({source} says: {text})")
    if status == 429 or _QUOTA.search(text):
        return _used_up(line, known, retry_after, has_credential)
    if _CHALLENGE.search(text) or 300 <= status < 400:
        wait = PASSING_SECONDS if retry_after is None else retry_after
        return BackOffError(line, **known, retry_after=wait)  # type: ignore[arg-type]
    if has_credential and (status in (401, 402, 403) or _REFUSED.search(text)):
        refused = status if status in (401, 403) else 401
        return RotateCredentialError(line, source=source, status=refused, cool_down=COOL_DOWN_SECONDS)
    if status in (404, 410) or _NOT_FOUND.search(text):
        return NotFoundError(line, **known)  # type: ignore[arg-type]
    if status < 300:
        return MalformedBodyError(f"answered with an error: {text}" if text else "no data", source=source)
    return NextSourceError(line, **known)  # type: ignore[arg-type]


def _used_up(
    line: str, known: dict[str, Any], retry_after: float | None, has_credential: bool
) -> UpbeatError:
    if has_credential:
        return RotateCredentialError(line, **known, cool_down=max(COOL_DOWN_SECONDS, retry_after or 0.0))
    return BackOffError(line, **known, retry_after=PASSING_SECONDS if retry_after is None else retry_after)

"""What an error of Google's APIs means: read from its `reason`, else from its status. Pure.

Shapes: `{"error": {"code", "message", "errors": [{"reason", "domain"}], "status", "details": [{"reason"}]}}`, of which three are
recorded (`quotaExceeded`, a blocked key, a caller without permission); the reasons are those of the reference (YouTube Data API:
Errors; Global domain errors; google.rpc.ErrorInfo). OAuth's own is flat: `{"error": "invalid_grant"}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from upbeat.crawlers.refusals import COOL_DOWN_SECONDS, document_refusal, error_text
from upbeat.errors import (
    BackOffError,
    NextSourceError,
    NotFoundError,
    RotateCredentialError,
    UpbeatError,
)

PACIFIC = ZoneInfo("America/Los_Angeles")

_DAY_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_USED_UP = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
        "servingLimitExceeded",
        "concurrentLimitExceeded",
        "limitExceeded",
    }
)
_REFUSED = frozenset(
    {
        "keyInvalid",
        "keyExpired",
        "API_KEY_INVALID",
        "API_KEY_SERVICE_BLOCKED",
        "API_KEY_HTTP_REFERRER_BLOCKED",
        "API_KEY_IP_ADDRESS_BLOCKED",
        "API_KEY_ANDROID_APP_BLOCKED",
        "API_KEY_IOS_APP_BLOCKED",
        "SERVICE_DISABLED",
        "CONSUMER_INVALID",
        "CONSUMER_SUSPENDED",
        "CREDENTIALS_MISSING",
        "ACCESS_TOKEN_EXPIRED",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        "accessNotConfigured",
        "authError",
        "authorizationRequired",
        "expired",
        "forbidden",
        "insufficientPermissions",
        "invalid_grant",
        "invalid_token",
        "invalidCredentials",
        "ipRefererBlocked",
        "required",
        "unauthorized",
        "unauthorized_client",
        "youtubeSignupRequired",
    }
)
_PASSING = frozenset({"backendError", "internalError", "processingFailure", "UNAVAILABLE", "INTERNAL"})
_GONE = frozenset({"notFound", "NOT_FOUND", "channelClosed", "channelSuspended"})
_OF_THE_RESOURCE = ("Forbidden", "NotAccessible")
"""How reasons end that say that a list or video is private: the credential is not at fault."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
"""Texts of errors hold links and `<code>`."""
_MAX_REASON = 100
COMMENTS_OFF = "commentsDisabled"


class CommentsOffError(NextSourceError):
    """The owner has turned comments off under this video."""


def seconds_to_quota_reset(now: datetime) -> float:
    """Until the next midnight in California, when Google counts a day's quota anew."""
    local = now.astimezone(PACIFIC)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), PACIFIC)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()


def google_refusal(
    source: str,
    document: Any,
    *,
    status: int,
    retry_after: float | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> UpbeatError:
    """The error that an answer without data stands for.

    A used-up quota rests until the next midnight Pacific, which is when it is filled again, rather than the usual hour.
    """
    error = error_of(document)
    reasons = _reasons(error)
    status = _status(error, status)
    if not reasons:
        return document_refusal(
            source, document or "", status=status, retry_after=retry_after, has_credential=True
        )
    line = f"{reasons[0]}: {_TAG.sub('', error_text(document))}"
    if COMMENTS_OFF in reasons:
        return CommentsOffError(line, source=source, status=status)
    if _DAY_USED_UP.intersection(reasons):
        return RotateCredentialError(line, source=source, status=429, cool_down=seconds_to_quota_reset(now()))
    if _USED_UP.intersection(reasons):
        wait = max(COOL_DOWN_SECONDS, retry_after or 0.0)
        return RotateCredentialError(line, source=source, status=429, cool_down=wait)
    if _REFUSED.intersection(reasons) or "api key not valid" in line.lower():
        return RotateCredentialError(line, source=source, status=401, cool_down=COOL_DOWN_SECONDS)
    if _PASSING.intersection(reasons) or status >= 500:
        return BackOffError(line, source=source, status=status, retry_after=retry_after)
    if any(reason.endswith("NotFound") or reason in _GONE for reason in reasons):
        return NotFoundError(line, source=source, status=status)
    if status in (400, 404, 409, 410, 412) or reasons[0].endswith(_OF_THE_RESOURCE):
        return NextSourceError(line, source=source, status=status)
    return document_refusal(source, document, status=status, retry_after=retry_after, has_credential=True)


def error_of(document: Any) -> Any:
    """The error in a document: an object, OAuth's word, or None when it holds data."""
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    if not error and "columnHeaders" not in document and isinstance(document.get("errors"), dict | list):
        return {"errors": document["errors"]}
    return error or None


def _reasons(error: Any) -> list[str]:
    """The words of the list, then those of `details`, then OAuth's."""
    if isinstance(error, str):
        return [error]
    if not isinstance(error, dict):
        return []
    found: list[str] = []
    for name in ("errors", "error", "details"):
        entries = error.get(name)
        if isinstance(entries, dict):
            entries = entries.get("error") or [entries]
        for entry in entries if isinstance(entries, list) else ():
            reason = entry.get("reason") if isinstance(entry, dict) else None
            if isinstance(reason, str) and reason:
                found.append(" ".join(reason[:_MAX_REASON].split()))
    return found or [word for word in (error.get("status"),) if isinstance(word, str) and word]


def _status(error: Any, status: int) -> int:
    """The status that the error states: a body that came from a file has no other."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if type(code) is int and 400 <= code < 600 else status

"""What a source's answer to "is this credential valid?" means. Pure: status and body in, a verdict out.

Graph: `GET /debug_token` (recorded shape; fields by the Graph API reference, Debug-Token). Times are Unix seconds, 0 for never.
YouTube: any cheap request; the errors are Google's `{"error": {"code", "message", "errors": [{"reason"}], "details": [{"reason"}]}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from upbeat.logs import mask_secrets

REQUIRED_SCOPES = ("instagram_basic", "instagram_manage_insights", "pages_read_engagement", "pages_show_list")
MAX_REASON = 200

# Codes of Graph's reference: a token that is refused, and one whose requests are used up.
_GRAPH_REFUSED = frozenset({10, 102, 104, 190, 452, 458, 459, 460, 463, 464, 467, *range(200, 300)})
_GRAPH_USED_UP = frozenset({4, 17, 32, 341, 368, 613, 80001, 80002})
_GOOGLE_USED_UP = frozenset(
    {
        "quotaExceeded",
        "dailyLimitExceeded",
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
    }
)
_GOOGLE_REFUSED = {
    "keyInvalid": "the key is not valid",
    "API_KEY_INVALID": "the key is not valid",
    "keyExpired": "the key has expired",
    "accessNotConfigured": "the YouTube Data API is not enabled in the key's project",
    "SERVICE_DISABLED": "the YouTube Data API is not enabled in the key's project",
    "API_KEY_SERVICE_BLOCKED": "the key is not allowed to ask the YouTube Data API",
    "ipRefererBlocked": "the key is not allowed from this address",
    "API_KEY_IP_ADDRESS_BLOCKED": "the key is not allowed from this address",
    "API_KEY_HTTP_REFERRER_BLOCKED": "the key is for web pages only",
}


class Validity(StrEnum):
    """What a source says of a credential."""

    VALID = "valid"
    INVALID = "invalid"
    DATA_ACCESS_EXPIRED = "data_access_expired"
    MISSING_SCOPES = "missing_scopes"
    USED_UP = "used_up"
    """It is known and has no requests left."""
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is one line for people. `ends_at` is when a valid credential ends, where the source tells."""

    validity: Validity
    reason: str = ""
    ends_at: datetime | None = None

    @property
    def usable(self) -> bool:
        """Whether it may be used now: one that could not be asked about is."""
        return self.validity in (Validity.VALID, Validity.CANNOT_TELL)


def graph_token_verdict(status: int, body: bytes, *, now: datetime, own_token: bool) -> Verdict:
    """What `debug_token` says.

    Args:
        own_token: the question bore the token itself, so that a refusal of the question is one of the token.
    """
    document = _json_object(body)
    error = document.get("error")
    if isinstance(error, dict):
        return _graph_refusal(error, status, own_token)
    data = document.get("data")
    if status >= 300 or not isinstance(data, dict) or not isinstance(data.get("is_valid"), bool):
        return Verdict(Validity.CANNOT_TELL, f"HTTP {status} without a word on the token")
    if not data["is_valid"]:
        inner = data.get("error")
        return Verdict(Validity.INVALID, _line(inner, "the token has expired or was withdrawn"))
    ends_at, data_ends_at = _instant(data.get("expires_at")), _instant(data.get("data_access_expires_at"))
    if ends_at is not None and ends_at <= now:
        return Verdict(Validity.INVALID, f"the token expired on {ends_at:%Y-%m-%d}")
    if data_ends_at is not None and data_ends_at <= now:
        return Verdict(Validity.DATA_ACCESS_EXPIRED, f"data access expired on {data_ends_at:%Y-%m-%d}")
    scopes = data.get("scopes")
    missing = [scope for scope in REQUIRED_SCOPES if not isinstance(scopes, list) or scope not in scopes]
    if missing:
        return Verdict(Validity.MISSING_SCOPES, f"scopes are missing: {', '.join(missing)}")
    ends = [end for end in (ends_at, data_ends_at) if end is not None]
    return Verdict(Validity.VALID, ends_at=min(ends, default=None))


def youtube_key_verdict(status: int, body: bytes) -> Verdict:
    """What the answer to a cheap request says of the key that it bore."""
    document = _json_object(body)
    error = document.get("error")
    if status == 200 and error is None and isinstance(document.get("items"), list):
        return Verdict(Validity.VALID)
    reasons = _google_reasons(error)
    for reason in reasons:
        if reason in _GOOGLE_REFUSED:
            return Verdict(Validity.INVALID, _GOOGLE_REFUSED[reason])
    if status == 429 or not _GOOGLE_USED_UP.isdisjoint(reasons):
        return Verdict(Validity.USED_UP, "the key's quota is used up")
    message = _line(error, "")
    if status == 401 or "api key not valid" in message.lower() or "api key expired" in message.lower():
        return Verdict(Validity.INVALID, message or "the key is refused")
    return Verdict(Validity.CANNOT_TELL, f"HTTP {status}" + (f": {message}" if message else ""))


def _graph_refusal(error: Mapping[str, Any], status: int, own_token: bool) -> Verdict:
    code = error.get("code")
    line = f"error {code}: {_line(error, f'HTTP {status}')}"
    if own_token and code in _GRAPH_REFUSED:
        return Verdict(Validity.INVALID, line)
    if own_token and code in _GRAPH_USED_UP:
        return Verdict(Validity.USED_UP, line)
    return Verdict(Validity.CANNOT_TELL, line)


def _google_reasons(error: Any) -> list[str]:
    if not isinstance(error, dict):
        return []
    entries = [error.get("errors"), error.get("details")]
    return [
        str(entry["reason"])
        for listed in entries
        if isinstance(listed, list)
        for entry in listed
        if isinstance(entry, dict) and "reason" in entry
    ]


def _line(error: Any, otherwise: str) -> str:
    message = error.get("message") if isinstance(error, dict) else None
    if not isinstance(message, str) or not message.strip():
        return otherwise
    return mask_secrets(" ".join(message.replace("\x00", "").split()))[:MAX_REASON]


def _instant(value: Any) -> datetime | None:
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**33
    return datetime.fromtimestamp(value, UTC) if usable else None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}

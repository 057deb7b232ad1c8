"""What the stand-ins for Google's APIs share: credentials, and errors in Google's envelope.

Quoted or recorded: `quotaExceeded`, a permission that is missing. By the reference: the other reasons and their texts.
"""

from __future__ import annotations

from typing import Any

from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.upstream import Answer, Request, ShippedCredential, Upstream, json_answer
from upbeat.sandbox.youtube_channels import CONNECTED_HANDLES, make_test_channels

KEYS = ("sandbox-ytapi-key-1", "sandbox-ytapi-key-2", "sandbox-ytapi-key-3")
TOKENS = ("sandbox-ytapi-token-1", "sandbox-ytapi-token-2", "sandbox-ytapi-token-3")
OWN_HANDLES = dict(zip(TOKENS, CONNECTED_HANDLES, strict=True))
"""Whose channel each token belongs to."""
DAILY_UNITS = 10_000


def connected_channels() -> dict[str, dict[str, str]]:
    """The credential of each connected channel by its handle: `token`, and the channel's id as `user_id`."""
    channels = make_test_channels()
    return {
        handle: {"token": token, "user_id": channels[handle].channel_id}
        for token, handle in OWN_HANDLES.items()
    }


class GoogleError(Exception):
    """An answer in Google's error envelope. `info` is the reason of `google.rpc.ErrorInfo`, in errors that have it."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        status: int = 400,
        domain: str = "youtube.parameter",
        info: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        entry = {"message": message, "domain": domain, "reason": reason}
        self.error: dict[str, Any] = {"code": status, "message": message, "errors": [entry]}
        if info:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
            self.error["status"] = names[status]
            self.error["details"] = [{"@type": kind, "reason": info, "domain": "googleapis.com"}]

    def answer(self) -> Answer:
        """The answer to send."""
        return json_answer({"error": self.error}, self.status)


def bearer_of(request: Request) -> str:
    """The OAuth token that the request bears; empty for none."""
    header = request.headers.get(b"authorization", b"").decode("latin-1")
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""


def required(request: Request, name: str) -> str:
    """A parameter. Raises `GoogleError` when it is missing."""
    value = request.query.get(name, "")
    if not value:
        raise GoogleError("missingRequiredParameter", f"No filter selected. Expected one of: {name}")
    return value


class GoogleApi(Upstream):
    """One API of the project that the sandbox's keys and tokens belong to. They share one window of units here."""

    name = "ytapi"
    limit = Limit(DAILY_UNITS, 86_400)
    credentials = (*KEYS, *TOKENS)
    secret_parameters = frozenset({"key", "access_token"})

    def shipped(self, credential: str) -> ShippedCredential:
        """A key, or a token with the id and the handle of its channel."""
        handle = OWN_HANDLES.get(credential)
        if handle is None:
            return ShippedCredential(self.name, {"key": credential})
        return ShippedCredential(self.name, connected_channels()[handle], handle)

    def credential(self, request: Request) -> str:
        """The token, or the key: as a header or in the query."""
        key = request.headers.get(b"x-goog-api-key", b"").decode("latin-1")
        return bearer_of(request) or key or request.query.get("key", "")

    def refused(self, request: Request, state: str) -> Answer:
        """403 without a credential, 400 for a key that is none or has expired, 401 for a token."""
        if state == "missing":
            message = "Method doesn't allow unregistered callers (callers without established identity)."
            return GoogleError(
                "forbidden", message, status=403, domain="global", info="CREDENTIALS_MISSING"
            ).answer()
        if bearer_of(request):
            message = "Request had invalid authentication credentials."
            info = "ACCESS_TOKEN_EXPIRED" if state == "expired" else "ACCESS_TOKEN_TYPE_UNSUPPORTED"
            return GoogleError("authError", message, status=401, domain="global", info=info).answer()
        words = "API key expired. Please renew the API key." if state == "expired" else None
        message = words or "API key not valid. Please pass a valid API key."
        return GoogleError("badRequest", message, domain="global", info="API_KEY_INVALID").answer()

    def throttled(self, usage: Usage) -> Answer:
        """403, in the quoted words: the day's units are used up."""
        message = (
            "The request cannot be completed because you have exceeded your "
            '<a href="/youtube/v3/getting-started#quota">quota</a>.'
        )
        return GoogleError("quotaExceeded", message, status=403, domain="youtube.quota").answer()

    def failed(self) -> Answer:
        """500: a fault of theirs."""
        return GoogleError("backendError", "Backend Error", status=500, domain="global").answer()

"""What all APIs behind RapidAPI's gateway share: the key header, the limit headers, and the gateway's own answers.

The bodies of 401, 403 and 429 are quoted by several public projects. An unknown key is told 401 or 403 there; 401 here.
"""

from __future__ import annotations

from upbeat.sandbox.limits import Usage
from upbeat.sandbox.upstream import Answer, Headers, Request, Upstream, json_answer

KEYS = ("sandbox-rapidapi-key-1", "sandbox-rapidapi-key-2", "sandbox-rapidapi-key-3")


class RapidApi(Upstream):
    """One API behind the gateway; `answer` and `subject` are its own."""

    credentials = KEYS

    def credential(self, request: Request) -> str:
        """The header `X-RapidAPI-Key`."""
        return request.headers.get(b"x-rapidapi-key", b"").decode("latin-1")

    def refused(self, request: Request, state: str) -> Answer:
        """401 without a key or with an unknown one; 403 when the subscription has ended."""
        if state in ("missing", "unknown"):
            message = "Invalid API key. Go to https://docs.rapidapi.com/docs/keys for more info."
            return json_answer({"message": message}, 401)
        return json_answer({"message": "You are not subscribed to this API."}, 403)

    def throttled(self, usage: Usage) -> Answer:
        """429 with `Retry-After` in seconds."""
        wait = str(max(1, round(usage.reset_after))).encode()
        headers = ((b"retry-after", wait), *self.usage_headers(usage))
        return json_answer({"message": "Too many requests"}, 429, headers)

    def failed(self) -> Answer:
        """500 from behind RapidAPI's gateway."""
        return json_answer({"message": "Internal Server Error"}, 500)

    def usage_headers(self, usage: Usage) -> Headers:
        """RapidAPI's headers: limit, remaining, seconds until the window ends."""
        limit = usage.limit.requests if usage.limit.requests is not None else 1_000_000
        return (
            (b"x-ratelimit-requests-limit", str(limit).encode()),
            (b"x-ratelimit-requests-remaining", str(usage.remaining).encode()),
            (b"x-ratelimit-requests-reset", str(max(0, round(usage.reset_after))).encode()),
        )

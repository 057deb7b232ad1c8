"""How a credential of Google's APIs is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def login_headers(secrets: Mapping[str, str]) -> dict[str, str]:
    """The header of an OAuth `token`, else of a `key`: as headers both stay out of addresses, which proxies log and archives keep."""
    token = secrets.get("token")
    return {"Authorization": f"Bearer {token}"} if token else {"X-Goog-Api-Key": secrets.get("key", "")}

"""RapidAPI's gateway: how a request bears its key. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def rapidapi_headers(base_url: str, credential: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request to the API at `base_url`: the key, and the host that the gateway leads to."""
    return {
        "X-RapidAPI-Key": credential.get("key", ""),
        "X-RapidAPI-Host": urlsplit(base_url).hostname or "",
    }

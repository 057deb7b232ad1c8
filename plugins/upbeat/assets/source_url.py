"""What an upstream address names, apart from its signature: the same picture comes under a new address every few hours. Pure."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

_EDGES = re.compile(r"(?:^|\.)(?:cdninstagram\.com|fbcdn\.net)$")
# Instagram's (`stp`, the cut that is asked for, is none of them), then those of the clouds' signed addresses.
_SIGNATURES = frozenset(
    {
        "oh", "oe", "efg", "edm", "ccb", "ig_cache_key", "se", "vs", "ig_gid",
        "expires", "signature", "key-pair-id", "policy", "sig", "token", "hmac", "exp",
    }
)  # fmt: skip
_SIGNATURE_PREFIXES = ("_nc_", "x-amz-", "x-goog-")


def url_identity(url: str) -> str:
    """The address without what changes though the picture does not: scheme, edge server, signature; parameters are sorted.

    What is no address is its own identity.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return url
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in _SIGNATURES and not name.lower().startswith(_SIGNATURE_PREFIXES)
    )
    place = "instagram-edge" if _EDGES.search(host) else host
    return f"{place}{parts.path}?{urlencode(kept)}" if kept else f"{place}{parts.path}"


def url_hash(url: str) -> str:
    """Hexadecimal SHA-256 of the identity."""
    return hashlib.sha256(url_identity(url).encode("utf-8", "surrogatepass")).hexdigest()


def expires_at(url: str) -> datetime | None:
    """When an address ends by its own words: Instagram's `oe`, Unix seconds in hexadecimal digits."""
    _, _, query = url.partition("?")
    told = dict(parse_qsl(query)).get("oe", "")
    if not re.fullmatch(r"[0-9a-fA-F]{8}", told):
        return None
    return datetime.fromtimestamp(int(told, 16), UTC)

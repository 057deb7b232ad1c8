"""What the cookie of a login says: which key was shown, and until when that counts. Signed; it holds no secret. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re

_TOKEN = re.compile(r"([a-z0-9]{1,64})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


def make_session(secret: str, key_id: str, expires_at: int) -> str:
    """The text of a cookie.

    Args:
        secret: `UPBEAT_API_SECRET`; an empty one would let anybody sign.
        expires_at: seconds since 1970.

    Raises:
        ValueError: there is no secret.
    """
    return f"{key_id}.{expires_at}.{_sign(secret, key_id, expires_at)}"


def key_of_session(secret: str, text: str, now: float) -> str | None:
    """The id of the key that was shown; None for a text that is not ours, was changed, or is over."""
    found = _TOKEN.fullmatch(text)
    if found is None or not secret:
        return None
    key_id, expires_at, signature = found[1], int(found[2]), found[3]
    genuine = hmac.compare_digest(signature, _sign(secret, key_id, expires_at))
    return key_id if genuine and now < expires_at else None


def _sign(secret: str, key_id: str, expires_at: int) -> str:
    if not secret:
        raise ValueError(
            "UPBEAT_API_SECRET: it signs the logins of the console: set it to a long random text"
        )
    # Its own prefix: a cursor, signed with the same secret, must never read as a login.
    told = f"console session\0{key_id}\0{expires_at}"
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()

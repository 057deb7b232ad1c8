"""Takes secrets out of what goes onto a tape. Pure.

Two nets, either of which is enough for what it knows: the values of the credentials that were used, in every form in which an
API may echo them (as they are, escaped in JSON, percent-encoded once or twice, within base64), and the names under which APIs
pass secrets on (`access_token=` in the paging addresses of the Graph API, `"refresh_token": "…"`).

A credential's `user_id` is no secret: `upbeat credentials list` shows it, and paths of the Graph API are made of it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from upbeat.errors import InputError

MASK = "scrubbed"
PUBLIC_FIELDS = frozenset({"user_id"})
MIN_LENGTH = 8
"""A shorter secret cannot be told apart from data."""

_FIELDS = (
    "access_token|refresh_token|id_token|input_token|client_secret|app_secret|api_?key|apikey|x-rapidapi-key"
    "|x-shopify-access-token|authorization|password|secret"
)
_PARAMETER = re.compile(
    rf"(?i)((?:[?&;]|\\u0026|&amp;|%3F|%26|%253F|%2526)(?:{_FIELDS}|key|sig|signature|token|hmac)(?:=|%3D|%253D|\\u003d))"
    r"""[^&\s"'<>\\%;#]+(?:%(?!26|2526|23)[0-9A-Fa-f]{2}[^&\s"'<>\\%;#]*)*"""
)
_FIELD = re.compile(rf'(?i)((?<!\\)"(?:{_FIELDS})"\s*:\s*")(?:[^"\\]|\\.)+(?=")')
_BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=|-]{8,}")


def secrets_of(credentials: Iterable[Mapping[str, str]]) -> set[str]:
    """The secret values of credentials.

    Raises:
        InputError: one is too short to be recognised; it names the field.
    """
    found: set[str] = set()
    for credential in credentials:
        for name, value in credential.items():
            if name in PUBLIC_FIELDS or not value:
                continue
            if len(value) < MIN_LENGTH:
                raise InputError(
                    f"credential field {name}: shorter than {MIN_LENGTH} letters, it could not be told apart from data "
                    "on a tape: record with another credential"
                )
            found.add(value)
    return found


def forms_of(secret: str) -> set[str]:
    """How a secret may be written in a body or an address."""
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    escaped |= {text.replace("/", "\\/") for text in escaped}
    escaped |= {_html_safe(text, upper) for text in escaped for upper in (False, True)}
    forms = {secret, *escaped}
    for once in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        forms |= {once, _lower_percent(once), quote(once, safe=""), _lower_percent(quote(once, safe=""))}
    for core in _base64_cores(secret):
        forms |= {
            core,
            core.replace("+", "-").replace("/", "_"),
            core.replace("/", "\\/"),
            quote(core, safe=""),
        }
    return forms


def _html_safe(text: str, upper: bool) -> str:
    """As encoders that escape for HTML write it: `=` is `\\u003d`."""
    return re.sub(r"[<>&='+]", lambda m: f"\\u{ord(m[0]):04{'X' if upper else 'x'}}", text)


def _lower_percent(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), text)


def _base64_cores(secret: str) -> Iterable[str]:
    """What every base64 text that holds the secret has in common, for each of the three places at which it may begin."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        # The letters at both ends hold bits of what stands beside the secret.
        begin, bits = (before * 8 + 5) // 6, (before + len(secret.encode())) * 8
        core = encoded[begin : bits // 6]
        if len(core) >= MIN_LENGTH:
            yield core


class Scrubber:
    """Replaces secrets by `scrubbed`. Doing it twice changes nothing the second time."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in forms_of(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(lambda m: _mask(m[0]), text)
        text = _PARAMETER.sub(lambda m: f"{m[1]}{MASK}", text)
        text = _FIELD.sub(lambda m: f"{m[1]}{MASK}", text)
        return _BEARER.sub(lambda m: f"{m[1]} {MASK}", text)

    def body(self, body: bytes) -> bytes:
        """A body without secrets; one that is no UTF-8 is searched byte by byte."""
        try:
            return self.text(body.decode()).encode()
        except UnicodeDecodeError:
            return self.text(body.decode("latin-1")).encode("latin-1")

    def value(self, value: Any) -> Any:
        """A JSON value, at any depth."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._named(str(name), item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self.knows(str(value)):
            return MASK
        return value

    def _named(self, name: str, value: Any) -> Any:
        secret = isinstance(value, str) and value and re.fullmatch(f"(?i)(?:{_FIELDS})", name)
        return MASK if secret else self.value(value)

    def knows(self, text: str) -> bool:
        """Whether a secret of the credentials stands in the text."""
        return self._known is not None and self._known.search(text) is not None


def _mask(found: str) -> str:
    """A number stays one, so that the JSON around it can still be read."""
    if not found.isdecimal():
        return MASK
    return ("8" if set(found) == {"9"} else "9") * len(found)

"""What the Graph API's error codes ask for. Pure.

Codes and subcodes: the Graph API reference (Error handling, Rate limiting, IG User, IG Media), and error bodies quoted in
public. Each code belongs to one reaction; some codes say several things, which their subcode or words tell apart.
"""

from __future__ import annotations

import re
from typing import Any

from upbeat.crawlers.instagram.graph_envelopes import SOURCE
from upbeat.crawlers.refusals import COOL_DOWN_SECONDS, document_refusal, error_text
from upbeat.errors import BackOffError, NextSourceError, NotFoundError, RotateCredentialError, UpbeatError

# 4, 17, 32, 613: the app's, user's, page's, a custom limit; 18: 30 hashtags a week; 80000 on: the limits of business use cases.
_USED_UP = frozenset({4, 17, 18, 32, 341, 368, 613, *range(80_000, 80_015)})
_REFUSED = frozenset({102, 104, 190, 452, 458, 459, 460, 463, 464, 467})
_NOT_ALLOWED = frozenset({10, *range(200, 300)})
_PASSING = frozenset({-2, -1, 1, 2})
_UNKNOWN = frozenset({24, 110, 803})
# 33: no such node; 2207013: no such account; 2207024: no such hashtag.
_UNKNOWN_SUBCODES = frozenset({33, 2_207_013, 2_207_024})
# A story of fewer than five viewers, a post from before the account became professional: nobody is told these figures.
_NO_FIGURES = re.compile(r"not enough viewers|before (the )?(most recent|business account)", re.I)
_NO_FIGURES_SUBCODES = frozenset({2_108_006})


def graph_refusal(document: Any, *, status: int, retry_after: float | None) -> UpbeatError:
    """The error that an error document stands for; `status` is 200 for one in a good answer."""
    error = document.get("error") if isinstance(document, dict) else None
    # Before v2 an error was flat: {"error_code": 613, "error_msg": "…"}.
    code = _code(error, "code") if isinstance(error, dict) else _code(document, "error_code")
    if code is None:
        return document_refusal(
            SOURCE, document or "", status=status, retry_after=retry_after, has_credential=True
        )
    line = f"error {code}: {error_text(document)}"
    subcode = _code(error, "error_subcode")
    if subcode in _NO_FIGURES_SUBCODES or _NO_FIGURES.search(line):
        return NextSourceError(line, source=SOURCE, status=status)
    if code in _USED_UP:
        cool_down = max(COOL_DOWN_SECONDS, retry_after or 0.0)
        return RotateCredentialError(line, source=SOURCE, status=429, cool_down=cool_down)
    if code in _REFUSED or code in _NOT_ALLOWED or (code == 2500 and "access token" in line.lower()):
        return RotateCredentialError(line, source=SOURCE, status=401, cool_down=COOL_DOWN_SECONDS)
    if code in _UNKNOWN or subcode in _UNKNOWN_SUBCODES:
        return NotFoundError(line, source=SOURCE, status=status)
    transient = isinstance(error, dict) and error.get("is_transient") is True
    if code in _PASSING or transient or status >= 500:
        return BackOffError(line, source=SOURCE, status=status, retry_after=retry_after)
    if code == 100 and "does not exist" in line.lower():
        return NotFoundError(line, source=SOURCE, status=status)
    return NextSourceError(line, source=SOURCE, status=status)


def _code(container: Any, name: str) -> int | None:
    value = container.get(name) if isinstance(container, dict) else None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

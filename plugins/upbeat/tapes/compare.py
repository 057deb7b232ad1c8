"""What differs between two runs of a flow, in lines for a person. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from upbeat.tapes.tape import RunResult

MAX_LINES = 50
_NAMES = (
    "profile_id",
    "post_id",
    "comment_id",
    "account_id",
    "story_id",
    "order_id",
    "product_id",
    "field",
    "handle",
)
_WIDTH = 60


def differences(recorded: RunResult, now: RunResult) -> list[str]:
    """One line for each thing that is not as recorded; at most `MAX_LINES` and one that counts the rest."""
    lines = [
        f"{name}: recorded {_shown(before)}, now {_shown(after)}"
        for name, before, after in (
            ("source", recorded.source, now.source),
            ("error", recorded.error, now.error),
            ("attempts", recorded.attempts, now.attempts),
        )
        if before != after and not (name == "error" and _same_kind(before, after))
    ]
    lines += _record_differences(recorded.records, now.records)
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"and {len(lines) - MAX_LINES} more"]
    return lines


def _same_kind(before: Any, after: Any) -> bool:
    """Errors tell times to wait, which differ: the same class is the same error."""
    return bool(before and after) and str(before).partition(":")[0] == str(after).partition(":")[0]


def _record_differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    old, new = Counter(r["type"] for r in before), Counter(r["type"] for r in after)
    lines = [
        f"{kind}: recorded {old[kind]}, now {new[kind]}"
        for kind in sorted(old | new)
        if old[kind] != new[kind]
    ]
    for kind in old:
        pairs = zip(
            (r for r in before if r["type"] == kind), (r for r in after if r["type"] == kind), strict=False
        )
        for number, (one, other) in enumerate(pairs):
            lines += [
                f"{kind} {_name(one, number)}: {name}: recorded {_shown(one.get(name))}, now {_shown(other.get(name))}"
                for name in dict.fromkeys((*one, *other))
                if one.get(name) != other.get(name)
            ]
    return lines


def _name(record: dict[str, Any], number: int) -> str:
    return next((str(record[name]) for name in _NAMES if record.get(name)), f"#{number}")


def _shown(value: Any) -> str:
    text = ascii(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"

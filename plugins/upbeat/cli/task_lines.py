"""Tasks as JSON lines: one object per line, checked against the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from upbeat.errors import InputError

if TYPE_CHECKING:
    from upbeat.flows import Flow
    from upbeat.queue.tasks import NewTask

_FIELDS = ("params", "flow", "key", "priority", "account_id", "expires_at")
_PRIORITIES = range(-1_000_000, 1_000_001)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefaults:
    """What a line leaves out. `window` ends the idempotency key of lines without a key of their own."""

    flow: str | None
    window: str
    priority: int | None = None
    account_id: str | None = None


def tasks_of_lines(lines: Iterable[str], defaults: TaskDefaults) -> Iterator[NewTask]:
    """The tasks; empty lines are skipped. Raises `InputError` that names the line."""
    import orjson

    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise InputError(f"line {number}: no JSON: {error}") from error
        try:
            yield new_task(given, defaults)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from error


def new_task(given: Any, defaults: TaskDefaults) -> NewTask:
    """One task. Raises `InputError`.

    Its key, unless given, is made of platform, flow, first parameter and window; what is given beside the first parameter
    joins it as a fingerprint: other posts of the same collection are another request.
    """
    from upbeat.flows import flow_named
    from upbeat.queue.tasks import NewTask

    if not isinstance(given, dict) or not isinstance(given.get("params"), dict):
        raise InputError('expected an object with "params", {"params": {"handle": "natgeo"}}')
    unknown = given.keys() - set(_FIELDS)
    if unknown:
        raise InputError(f"there is no field {min(unknown)!r}: there are {', '.join(_FIELDS)}")
    flow_key = given.get("flow", defaults.flow)
    if flow_key is None:
        raise InputError('"flow" is missing, and no flow was named')
    flow = flow_named(str(flow_key))
    params = flow.validate(given["params"])
    key = given.get("key")
    if key is None:
        key = (
            f"{flow.platform.lower()}:{flow.name}:{_subject(given['params'], params, flow)}:{defaults.window}"
        )
    default_priority = flow.priority if defaults.priority is None else defaults.priority
    return NewTask(
        idempotency_key=_text(key, "key"),
        platform=flow.platform,
        flow=flow.name,
        params=params,
        priority=_priority(given, default_priority),
        account_id=_text(given["account_id"], "account_id") if "account_id" in given else defaults.account_id,
        expires_at=_time(given["expires_at"]) if given.get("expires_at") is not None else None,
    )


def _subject(given: Mapping[str, Any], params: Mapping[str, Any], flow: Flow) -> str:
    import hashlib

    import orjson

    first = next(iter(flow.params_model.model_fields))
    beside = {name: params[name] for name in sorted(given) if name != first}
    if not beside:
        return str(params[first])
    return f"{params[first]}:{hashlib.sha256(orjson.dumps(beside)).hexdigest()[:12]}"


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value or "\x00" in value:
        raise InputError(f"{name}={str(value)[:60]!r}: expected a text that is not empty")
    return value


def _priority(given: Mapping[str, Any], default: int) -> int:
    value = given.get("priority", default)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _PRIORITIES:
        raise InputError(f"priority={str(value)[:60]!r}: expected a whole number of at most a million")
    return value


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InputError(f"expires_at={str(value)[:60]!r}: expected a time, 2026-11-22T14:00:00Z") from error
    if time.tzinfo is None:
        raise InputError(f"expires_at={str(value)[:60]!r}: has no time zone: add Z or +05:30")
    return time

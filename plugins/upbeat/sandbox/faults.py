"""Faults that the sandbox can be told to show, and how a good body is damaged."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import orjson

from upbeat.errors import InputError

KINDS = ("429", "401", "500", "timeout", "slow", "broken_body", "drop_field", "wrong_type")
DAMAGES = frozenset({"broken_body", "drop_field", "wrong_type"})
DEFAULT_SECONDS = {"timeout": 120.0, "slow": 2.0}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule. What is None matches everything; `times` counts down and ends the rule at 0.

    `seconds` is how long `timeout` and `slow` wait, and what a `429` tells to wait (None: the limit's window).
    """

    source: str
    fault: str
    probability: float = 1.0
    handle: str | None = None
    credential: str | None = None
    field: str | None = None
    times: int | None = None
    seconds: float | None = None
    id: int = 0

    def __post_init__(self) -> None:
        if self.fault not in KINDS:
            raise InputError(f"fault={self.fault}: no such fault: there is {', '.join(KINDS)}")
        if not 0 < self.probability <= 1:
            raise InputError(f"probability={self.probability}: must be above 0 and at most 1")
        if self.fault in ("drop_field", "wrong_type") and not self.field:
            raise InputError(f"{self.fault}: needs `field`, the name of the field to damage")
        if self.handle is not None:
            self.handle = self.handle.lower()
        if self.seconds is None:
            self.seconds = DEFAULT_SECONDS.get(self.fault)

    def matches(self, source: str, handle: str, credential: str) -> bool:
        """Whether the rule is about this request."""
        return (
            self.source in (source, "*")
            and self.handle in (None, handle.lower())
            and self.credential in (None, credential)
        )


@dataclass(slots=True)
class Faults:
    """The rules in force, first match wins. Chance comes from a seeded generator: a run can be repeated."""

    rules: list[Fault] = field(default_factory=list)
    _seeded: random.Random = field(default_factory=lambda: random.Random("faults"))  # noqa: S311
    _last_id: int = 0

    def add(self, rule: Fault) -> Fault:
        """Put a rule in force; it gets its `id`."""
        self._last_id += 1
        rule.id = self._last_id
        self.rules.append(rule)
        return rule

    def remove(self, *, id: int | None = None, source: str | None = None) -> int:
        """End the rules with this id or source, or all; how many there were."""
        before = len(self.rules)
        self.rules = [
            r
            for r in self.rules
            if (id is not None and r.id != id) or (source is not None and r.source != source)
        ]
        return before - len(self.rules)

    def pick(self, source: str, handle: str, credential: str) -> Fault | None:
        """The rule that strikes this request, if any; uses up one of its `times`."""
        for rule in self.rules:
            if rule.matches(source, handle, credential) and self._seeded.random() < rule.probability:
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times <= 0:
                        self.rules.remove(rule)
                return rule
        return None


def damage(body: bytes, rule: Fault) -> bytes:
    """A good body as the rule wants it: cut in half, without a field, or with a field of the wrong type."""
    if rule.fault == "broken_body":
        return body[: len(body) // 2]
    if rule.fault not in DAMAGES or rule.field is None:
        return body
    return orjson.dumps(_changed(orjson.loads(body), rule.field, drop=rule.fault == "drop_field"))


def _changed(value: Any, name: str, *, drop: bool) -> Any:
    """`value` with each field called `name`, at any depth, taken out or of the wrong type."""
    if isinstance(value, list):
        return [_changed(item, name, drop=drop) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _wrong(item) if key == name else _changed(item, name, drop=drop)
        for key, item in value.items()
        if not (drop and key == name)
    }


def _wrong(value: Any) -> Any:
    """A value that no parser may take for `value`."""
    return {"unexpected": "object"} if isinstance(value, str) else "not what it was"

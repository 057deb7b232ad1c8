"""How the stand-in of the language model behaves: how often it is right, what it does wrong, how long it takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from upbeat.errors import InputError
from upbeat.sandbox.llm_kinds import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyRule:
    """How often answers are right, 0 to 1, where all that is not None fits. `field` is one of a kind's, such as `city`.

    `prompt_contains` is a part of the system message, or its fingerprint as `/_sandbox/llm` lists it.
    """

    accuracy: float
    kind: str | None = None
    field: str | None = None
    prompt_contains: str | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        _check_number("accuracy", self.accuracy, most=1)
        for name in ("kind", "field", "prompt_contains", "model"):
            if not isinstance(getattr(self, name), str | None):
                raise InputError(f"{name}={getattr(self, name)!r}: must be a text")
        if self.kind is not None and self.kind not in KINDS:
            raise InputError(f"kind={self.kind}: no such kind: there is {', '.join(KINDS)}")

    def fits(self, kind: str, field: str, system: str, fingerprint: str, model: str) -> bool:
        """Whether the rule is about this field of an answer. A rule for a model's name holds for its dated names."""
        part = self.prompt_contains
        return (
            self.kind in (None, kind)
            and self.field in (None, field)
            and (part is None or part == fingerprint or part in system)
            and (self.model is None or model == self.model or model.startswith(f"{self.model}-20"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """All that can be set. What ends in `_share` is a share of requests, 0 to 1.

    Attributes:
        accuracy: of every field, unless a rule of `accuracy_rules` fits; the last that fits counts.
        seed: of all draws about answers; another seed is another run of the same quality.
        prompt_noise: share of rows whose being right depends on the prompt and the model as well as on the row.
        malformed_share: first answers that do not fit the schema; `malformed_repairs_share`: answers to a repair that do not.
        filtered_share: prompts that the content filter stops (Azure: 400; OpenAI knows none: finish_reason `content_filter`).
        filtered_answer_share: answers that it cuts off (finish_reason `content_filter`).
        throttled_share: requests answered with 429; `throttled_seconds` is what they tell to wait.
        latency_seconds, latency_jitter: an answer takes the mean, evenly spread up to that share below and above.
        requests_per_minute, tokens_per_minute: None: no limit. As with the real API the budget refills all the time.
        is_quota_used_up: every request is answered with 429 `insufficient_quota`.
        cache_from_tokens: a prefix of at least so many tokens that came before is told as cached.
        batch_seconds: what a batch takes; `batch_fate` is what becomes of new ones: `completed`, `failed` or `expired` (halfway).
        batch_error_share: lines of a batch that go to the error file.
        is_batch_shuffled: whether the output has another order than the input.
        deployments: of Azure: name → model; models' own names are deployments always.
    """

    accuracy: float = 0.92
    accuracy_rules: tuple[AccuracyRule, ...] = ()
    seed: str = "0"
    prompt_noise: float = 0.1
    malformed_share: float = 0.0
    malformed_repairs_share: float = 0.0
    refused_share: float = 0.0
    filtered_share: float = 0.0
    filtered_answer_share: float = 0.0
    truncated_share: float = 0.0
    throttled_share: float = 0.0
    throttled_seconds: float = 0.644
    latency_seconds: float = 0.0
    latency_jitter: float = 0.2
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    is_quota_used_up: bool = False
    cache_from_tokens: int = 1024
    batch_seconds: float = 2.0
    batch_fate: str = "completed"
    batch_error_share: float = 0.0
    is_batch_shuffled: bool = True
    deployments: dict[str, str] = field(default_factory=lambda: {"enrich": "gpt-4.1-mini"})

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            _check(name, getattr(self, name))

    def accuracy_of(self, kind: str, field: str, system: str, fingerprint: str, model: str) -> float:
        """How often this field is right."""
        for rule in reversed(self.accuracy_rules):
            if rule.fits(kind, field, system, fingerprint, model):
                return rule.accuracy
        return self.accuracy

    def changed(self, values: dict[str, Any]) -> Behaviour:
        """With other values. Raises `InputError` for an unknown name or a wrong value; then nothing is changed."""
        known = {f.name for f in fields(self)}
        if unknown := sorted(set(values) - known):
            raise InputError(f"{unknown[0]}: unknown: there is {', '.join(sorted(known))}")
        if "accuracy_rules" in values:
            values = {**values, "accuracy_rules": read_rules(values["accuracy_rules"])}
        return replace(self, **values)

    def shown(self) -> dict[str, Any]:
        """As the control API tells it."""
        return asdict(self)


def read_rules(value: Any) -> tuple[AccuracyRule, ...]:
    """Rules from JSON. Raises `InputError` for anything else."""
    if not isinstance(value, list) or not all(isinstance(rule, dict) for rule in value):
        raise InputError("accuracy_rules: must be a list of objects")
    names = {f.name for f in fields(AccuracyRule)}
    for rule in value:
        if unknown := sorted(set(rule) - names):
            raise InputError(f"accuracy_rules: {unknown[0]}: unknown: there is {', '.join(sorted(names))}")
        if "accuracy" not in rule:
            raise InputError("accuracy_rules: accuracy: missing")
    return tuple(AccuracyRule(**rule) for rule in value)


def _check_number(name: str, value: Any, *, most: float | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= (most or 1e9):
        bound = f"from 0 to {most:g}" if most else "of 0 or more"
        raise InputError(f"{name}={value!r}: must be a number {bound}")


def _check(name: str, value: Any) -> None:
    if name.endswith("_share") or name in ("accuracy", "prompt_noise", "latency_jitter"):
        _check_number(name, value, most=1)
    elif name.endswith("_seconds"):
        _check_number(name, value)
    elif name.endswith(("_per_minute", "_tokens")):
        is_open = value is None and name.endswith("_per_minute")
        if not is_open and (type(value) is not int or value < 1):
            raise InputError(f"{name}={value!r}: must be a whole number of 1 or more")
    elif name.startswith("is_") and type(value) is not bool:
        raise InputError(f"{name}={value!r}: must be true or false")
    elif name == "seed" and not isinstance(value, str):
        raise InputError(f"seed={value!r}: must be a text")
    elif name == "batch_fate" and value not in BATCH_FATES:
        raise InputError(f"batch_fate={value}: no such fate: there is {', '.join(BATCH_FATES)}")
    elif name == "deployments" and not (
        isinstance(value, dict) and all(isinstance(model, str) for model in value.values())
    ):
        raise InputError("deployments: must be an object: name → model")


BATCH_FATES = ("completed", "failed", "expired")

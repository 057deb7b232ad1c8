"""What a flow is: one kind of task, with everything that is needed to run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import ValidationError

from upbeat.errors import InputError
from upbeat.flows.parameters import FlowParameters
from upbeat.records import PayloadKind, Platform
from upbeat.settings import LimitLevel

Part = Literal["collection", "enrichment", "authenticity", "assets"]
LIVE_PARTS: frozenset[Part] = frozenset({"collection", "enrichment", "authenticity", "assets"})
"""The parts of the platform that are there: flows of the others are listed, and cannot be enqueued yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One kind of task.

    Attributes:
        method: the crawler's, called with the parameters by name; of the other parts, what their runner does.
        chain: the sources to ask, in order; a setting may state another. Empty where none is asked.
        writes: the tables that a result may write.
        limit_levels: None takes the setting for flows.
        freshness: how old a result may be before it is collected again.
        deadline: how long one task may run.
        own_account: the figures are told to the account's owner alone: the credential is that of the parameter `handle` or `shop`.
        part: the part of the platform that runs it.
    """

    platform: Platform
    name: str
    method: str
    kind: PayloadKind
    params_model: type[FlowParameters]
    chain: tuple[str, ...]
    writes: tuple[str, ...]
    processes: int = 1
    concurrency: int = 16
    limit_levels: tuple[LimitLevel, ...] | None = None
    priority: int = 1
    freshness: timedelta = timedelta(days=1)
    deadline: timedelta = timedelta(minutes=10)
    own_account: bool = False
    part: Part = "collection"

    @property
    def key(self) -> str:
        """The flow's name with its platform: `instagram.profile_by_handle`."""
        return f"{self.platform.lower()}.{self.name}"

    @property
    def live(self) -> bool:
        """Whether it can be enqueued: its part is there."""
        return self.part in LIVE_PARTS

    def validate(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, normalised and with their defaults.

        Raises:
            InputError: one line that names the parameter, what is wrong with it and what is expected.
        """
        if not self.live:
            raise InputError(
                f"{self.key}: comes with the {self.part} part, which is not there yet: `upbeat flows`"
            )
        try:
            return self.params_model.model_validate(dict(params)).model_dump()
        except ValidationError as error:
            raise InputError(f"{self.key}: {_first_problem(error, self.params_model)}") from error


def _first_problem(error: ValidationError, model: type[FlowParameters]) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(map(str, problem["loc"])) or "params"
    if problem["type"] == "missing":
        return f"the parameter {name!r} is missing"
    if problem["type"] == "extra_forbidden":
        return f"there is no parameter {name!r}: there is {', '.join(model.model_fields)}"
    shown = f"{name}={str(problem['input'])[:60]!r}"
    field = model.model_fields.get(str(problem["loc"][0]) if problem["loc"] else "")
    if problem["type"] == "string_pattern_mismatch" and field is not None and field.description:
        return f"{shown} does not fit: {field.description.rstrip('.')}"
    return f"{shown}: {problem['msg']}"

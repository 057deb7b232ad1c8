"""Flows chosen by patterns, as commands and DAGs take them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from upbeat.errors import InputError
from upbeat.flows.catalogue import FLOWS, flow_named
from upbeat.flows.flow import Flow


def flows_like(patterns: Sequence[str]) -> list[Flow]:
    """The live flows whose names match one of these patterns (`*`, `?`). Raises `InputError`."""
    found = [flow for key, flow in FLOWS.items() if flow.live and any(fnmatchcase(key, p) for p in patterns)]
    if not found:
        for name in patterns:
            flow_named(name).validate({})  # says what comes near, or that its part is still to come
        raise InputError(f"flow={', '.join(patterns)}: matches no live flow: `upbeat flows` lists them")
    return found

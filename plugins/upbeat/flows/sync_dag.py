"""What a sync DAG is: when it runs, what it asks for, and its runbook. Data alone, so that it can be read without Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from upbeat.flows.catalogue import FLOWS
from upbeat.flows.flow import Flow
from upbeat.flows.stale import StaleRequest

_PLURALS = {"query": "queries"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncDag:
    """One DAG of enqueue → scrape → check.

    Attributes:
        schedule: cron in UTC.
        purpose: one sentence: what it collects, of whom.
        reads: what tells who is due, as the runbook has it.
        requests: what it asks for; the first one is the flow that it is named after.
        tier: 1 look at once, 2 the same day, 3 within the week.
        duration: how long a run takes, as the runbook has it.
        look: what to look at when it fails, beside what holds for all of them.
        also: flows whose tasks come from elsewhere, and are worked off by it.
    """

    dag_id: str
    schedule: str
    purpose: str
    reads: str
    requests: tuple[StaleRequest, ...]
    tier: Literal[1, 2, 3]
    duration: str
    look: str
    also: tuple[str, ...] = ()

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows whose tasks it works off, each once."""
        return tuple(dict.fromkeys((*(request.flow for request in self.requests), *self.also)))

    @property
    def writes(self) -> tuple[str, ...]:
        """The tables that a run may write, each once."""
        return tuple(dict.fromkeys(table for flow in self.flows for table in FLOWS[flow].writes))

    @property
    def asks_sources(self) -> bool:
        """Whether a flow of it goes out to an upstream."""
        return any(FLOWS[flow].chain for flow in self.flows)

    @property
    def by_hand(self) -> str:
        """The DAG's parameter that names subjects: `handles`, `shortcodes`, …; `tasks` where a subject is more than one value."""
        return by_hand_name(FLOWS[self.requests[0].flow])

    def named_requests(self) -> tuple[StaleRequest, ...]:
        """The requests that subjects named by hand go to: each flow once that takes what the first one takes."""
        first = {request.flow: request for request in reversed(self.requests)}
        return tuple(
            first[flow] for flow in self.flows if flow in first and by_hand_name(FLOWS[flow]) == self.by_hand
        )


def by_hand_name(flow: Flow) -> str:
    """What a list of a flow's subjects is called."""
    fields = flow.params_model.model_fields
    name, first = next(iter(fields.items()))
    if any(field.is_required() for other, field in fields.items() if other != name):
        return "tasks"
    if name.endswith("s") and first.is_required():
        return name
    return _PLURALS.get(name, f"{name}s")

"""The runner of collection: one task through the source chain of its flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from upbeat.crawlers.base import Capture
from upbeat.crawlers.fallback import FallbackChain
from upbeat.flows import Flow
from upbeat.ingestion.runner import Ran
from upbeat.queue.tasks import Task


@dataclass(frozen=True, slots=True)
class Retriever:
    """Retrieval and parsing; a `Runner`.

    Attributes:
        interactive_levels: the levels of limits that bind interactive tasks. The others are bound by those of flows.
        max_wait: seconds that a request waits for a limit of ours before its source is passed over.
    """

    chain: FallbackChain
    interactive_levels: tuple[str, ...]
    max_wait: float = 0.0

    async def run(self, task: Task, flow: Flow, capture: Capture) -> Ran:
        """What the first source that answers tells."""
        levels = self.interactive_levels if task.interactive else None
        result = await self.chain.run(flow, task.params, capture, max_wait=self.max_wait, levels=levels)
        return Ran(
            source=result.source,
            parsed=result.parsed,
            details={"attempts": [_attempt(attempt) for attempt in result.attempts]},
            incomplete=result.incomplete,
        )


def _attempt(attempt: Any) -> dict[str, str]:
    fields: Mapping[str, Any] = {"source": attempt.source, "outcome": attempt.outcome, "error": attempt.error}
    return {name: str(value) for name, value in fields.items() if value is not None}

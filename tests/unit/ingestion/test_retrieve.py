"""Which limits bind a task: those of look-ups where somebody waits, whoever runs it, else those of flows."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from upbeat.crawlers.base import Capture
from upbeat.crawlers.fallback import ChainResult, FallbackChain
from upbeat.flows import flow_named
from upbeat.ingestion.retrieve import Retriever
from upbeat.queue.tasks import Task
from upbeat.records import Parsed

FLOW = flow_named("instagram.profile_by_handle")


class Chain:
    """Tells which levels it was given."""

    levels: Any = "not asked"

    async def run(self, *_: Any, levels: Any, **__: Any) -> ChainResult:
        self.levels = levels
        return ChainResult(Parsed(), "lama", [])


@pytest.mark.parametrize(("interactive", "levels"), [(True, ("global_daily", "source")), (False, None)])
def test_a_look_up_that_a_worker_runs_is_bound_as_one_that_the_api_runs(
    interactive: bool, levels: Any
) -> None:
    chain = Chain()
    task = Task(7, FLOW.platform, FLOW.name, {"handle": "natgeo"}, 1, 0, None, "token", None, interactive)
    retriever = Retriever(cast("FallbackChain", chain), ("global_daily", "source"))
    assert asyncio.run(retriever.run(task, FLOW, Capture())).source == "lama"
    assert chain.levels == levels

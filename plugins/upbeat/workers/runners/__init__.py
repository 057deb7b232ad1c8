"""The runners of a worker process: one per part of the platform that is there."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.crawlers.fallback import FallbackChain
from upbeat.ingestion.retrieve import Retriever
from upbeat.ingestion.runner import TaskRunner
from upbeat.settings import Settings
from upbeat.workers.runners.assets import KeepingAssets
from upbeat.workers.runners.authenticity import AudienceScoring
from upbeat.workers.runners.enrichment import Enriching


def task_runner(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    chain: FallbackChain,
    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
) -> TaskRunner:
    """Runs the tasks of every live flow, within the time limit and attempts of the settings; `stack` ends what it started."""
    scoring = AudienceScoring(settings, pool)
    stack.callback(scoring.close)
    enriching = Enriching(settings, pool)
    stack.push_async_callback(enriching.close)
    keeping = KeepingAssets(settings, pool, chain)
    stack.push_async_callback(keeping.close)
    return TaskRunner(
        {
            "collection": Retriever(chain, settings.limit_levels_interactive),
            "enrichment": enriching,
            "authenticity": scoring,
            "assets": keeping,
        },
        deadline=settings.task_deadline_seconds,
        max_attempts=settings.task_max_attempts,
    )

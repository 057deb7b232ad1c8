"""The runners of a worker process: one per part of the platform that is there."""

from __future__ import annotations

from upbeat.crawlers.fallback import FallbackChain
from upbeat.ingestion.retrieve import Retriever
from upbeat.ingestion.runner import TaskRunner
from upbeat.settings import Settings


def task_runner(settings: Settings, *, chain: FallbackChain) -> TaskRunner:
    """Runs the tasks of every live flow, within the time limit and attempts of the settings."""
    return TaskRunner(
        {"collection": Retriever(chain)},
        deadline=settings.task_deadline_seconds,
        max_attempts=settings.task_max_attempts,
    )

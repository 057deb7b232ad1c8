"""The tour's questions to the sandbox's language model: a few creators, asked about as `upbeat enqueue` and `upbeat work` do it.

What is asked for is what a creator publishes about, never who they are: the sandbox's answers are made up, and its creators have the
names of real accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction

FLOWS = ("instagram.categ_lang_topics", "instagram.audience_cities")
WINDOW = "demo"
TIME_BUDGET_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class EnrichedCreator:
    """What the model told of one creator; `cities` are the largest of the audience, with their shares."""

    handle: str
    category: str | None
    language: str | None
    topics: list[str]
    confidence: float | None
    cities: list[tuple[str, float]]
    model: str
    prompt_version: str


def enrich(settings: Settings, handles: Sequence[str]) -> list[EnrichedCreator]:
    """Ask about these creators; those of whom something is known afterwards. A second tour asks nothing that is known already.

    Nobody is asked where real models would be: a tour costs nothing.
    """
    from upbeat.flows import flow_named
    from upbeat.queue.store import enqueue_now
    from upbeat.queue.tasks import NewTask
    from upbeat.workers.pool import run_workers

    if settings.upstream != "sandbox":
        return []
    flows = [flow_named(name) for name in FLOWS]
    tasks = [
        NewTask(
            idempotency_key=f"{flow.platform.lower()}:{flow.name}:{handle}:{WINDOW}",
            platform=flow.platform,
            flow=flow.name,
            params=flow.validate({"handle": handle}),
        )
        for flow in flows
        for handle in handles
    ]
    with transaction(settings, application="upbeat:demo") as connection:
        enqueue_now(connection, tasks)
    run_workers(settings, flows=FLOWS, processes=1, until_idle=True, time_budget=TIME_BUDGET_SECONDS)
    return _told(settings, handles)


def _told(settings: Settings, handles: Sequence[str]) -> list[EnrichedCreator]:
    with connect(settings) as connection:
        rows = connection.execute(
            """
            SELECT DISTINCT ON (read.handle)
                read.handle, read.category, read.language, read.topics, read.confidence, read.model, read.prompt_version,
                audience.result -> 'cities' AS cities
            FROM beat.enrichment AS read
            LEFT JOIN beat.enrichment AS audience
                ON audience.platform = read.platform AND audience.profile_id = read.profile_id
                AND audience.kind = 'audience_cities' AND audience.is_sandbox
            WHERE read.platform = 'INSTAGRAM' AND read.kind = 'categ_lang_topics' AND read.is_sandbox AND read.handle = ANY(%s)
            ORDER BY read.handle, read.observed_at DESC, audience.observed_at DESC
            """,
            (list(handles),),
        ).fetchall()
    found = {row["handle"]: _creator(row) for row in rows}
    return [found[handle] for handle in handles if handle in found]


def _creator(row: dict[str, Any]) -> EnrichedCreator:
    cities = [(city["city"], city["share"]) for city in row.pop("cities") or ()]
    return EnrichedCreator(**{**row, "topics": row["topics"] or [], "cities": cities})

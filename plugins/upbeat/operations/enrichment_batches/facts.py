"""From answers to what is known of creators, by the upsert of all facts: one that is there already changes nothing and tells nobody."""

from __future__ import annotations

from collections.abc import Iterable

from upbeat.enrichment.answer_columns import enrichment_of
from upbeat.enrichment.question import Subject
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.ingestion.process import write_observations
from upbeat.ingestion.rows import Observation
from upbeat.operations.enrichment_batches.store import Connection
from upbeat.records import Parsed


async def write_facts(
    connection: Connection, told: Iterable[tuple[Subject, StoredAnswer]], *, source: str
) -> int:
    """Write what answers tell of their subjects, in the caller's transaction; answers without a result tell nothing. How many tell.

    Args:
        source: whose API answered, `openai` or `azure_openai`.
    """
    facts = [
        enrichment_of(subject, answer, source=source) for subject, answer in told if answer.result is not None
    ]
    if facts:
        await write_observations(connection, [Observation(Parsed(facts=list(facts)), [], [])])
    return len(facts)

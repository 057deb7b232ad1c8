"""How far the provider is with what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upbeat.enrichment.batches.api import ENDED, BatchApi
from upbeat.errors import DropError
from upbeat.operations.enrichment_batches.store import Batches

GONE = "gone"
"""Our word for a batch that the provider does not know: it keeps it no longer, or another key or endpoint is set than it was sent with."""

READABLE = ENDED | {GONE}
"""Statuses after which a batch is collected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One batch as the provider tells it: requests that have ended, of all."""

    batch_key: str
    provider_id: str
    status: str
    has_ended: bool
    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.batch_key}: {self.status}, {self.done:,} of {self.total:,}"


async def look(batches: Batches) -> list[Progress]:
    """Ask the provider about everything that was sent and is not collected, and write down what it says.

    Raises:
        BackOffError, AccessRefusedError, StoreUnavailableError.
    """
    found: list[Progress] = []
    for batch in await batches.open():
        if batch.provider_id is None:
            continue
        try:
            told = await batches.api.get(batch.provider_id)
        except DropError as error:
            found.append(_gone(batch.batch_key, batch.provider_id, batch.requests))
            given = {
                "batch_key": batch.batch_key,
                "provider_id": batch.provider_id,
                "status": GONE,
                "input_file_id": batch.input_file_id,
                "output_file_id": batch.output_file_id,
                "error_file_id": batch.error_file_id,
                "problem": str(error),
            }
            await batches.execute("note_provider", given)
        else:
            await batches.note(batch.batch_key, told)
            found.append(
                Progress(
                    batch_key=batch.batch_key,
                    provider_id=told.id,
                    status=told.status,
                    has_ended=told.has_ended,
                    done=told.done,
                    total=told.total or batch.requests,
                )
            )
    return found


async def still_open(api: BatchApi, provider_ids: Sequence[str]) -> list[str]:
    """Those of the batches that have not ended; asks the provider alone, and writes nothing. One that it does not know has ended.

    Raises:
        BackOffError, AccessRefusedError.
    """
    found: list[str] = []
    for provider_id in provider_ids:
        try:
            told = await api.get(provider_id)
        except DropError:
            continue
        if not told.has_ended:
            found.append(provider_id)
    return found


def _gone(batch_key: str, provider_id: str, requests: int) -> Progress:
    return Progress(
        batch_key=batch_key, provider_id=provider_id, status=GONE, has_ended=True, done=0, total=requests
    )

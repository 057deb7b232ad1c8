"""The wait for batches, in the triggerer: it asks the provider, and nobody else. It keeps nothing: another triggerer begins it anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from upbeat.errors import BackOffError, UpbeatError


class EnrichmentBatchesTrigger(BaseTrigger):
    """Fires once: when all batches have ended (`{}`), when it is too late (`{"waiting": ids}`), or with what a person has to put right
    (`{"problem": line}`). A provider that is away is asked again.

    Args:
        provider_ids: the provider's names of the batches.
        poll_seconds: between two looks.
        until: ISO 8601 with a time zone; later than that it does not wait.
    """

    def __init__(self, provider_ids: Sequence[str], poll_seconds: float, until: str) -> None:
        super().__init__()
        self.provider_ids = list(provider_ids)
        self.poll_seconds = poll_seconds
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How it goes to the triggerer."""
        kept = {"provider_ids": self.provider_ids, "poll_seconds": self.poll_seconds, "until": self.until}
        return f"{type(self).__module__}.{type(self).__qualname__}", kept

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event."""
        try:
            yield TriggerEvent(await self._wait())
        except UpbeatError as error:
            yield TriggerEvent({"problem": str(error)})

    async def _wait(self) -> dict[str, Any]:
        # The first import takes a second, which is not the loop's: other triggers share it.
        await asyncio.to_thread(import_module, "openai")
        from upbeat.enrichment.batches.api import BatchApi
        from upbeat.operations.enrichment_batches.look import still_open
        from upbeat.settings import get_settings

        until, waiting = datetime.fromisoformat(self.until), self.provider_ids
        async with BatchApi.from_settings(get_settings()) as api:
            while True:
                try:
                    waiting = await still_open(api, waiting)
                except BackOffError as error:
                    self.log.warning("%s", error)
                if not waiting:
                    return {}
                left = (until - datetime.now(UTC)).total_seconds()
                if left <= 0:
                    return {"waiting": waiting}
                await asyncio.sleep(min(self.poll_seconds, left))

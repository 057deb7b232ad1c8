"""The runner of assets: fetches the pictures and media of a subject, and asks the crawler for new addresses where they have expired.

The connections of a process are opened at its first task.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.crawlers.base import Capture
from upbeat.crawlers.fallback import FallbackChain
from upbeat.errors import AllSourcesFailedError, DropError, InputError
from upbeat.flows import Flow, flow_named
from upbeat.ingestion.runner import Ran
from upbeat.logs import get_logger
from upbeat.queue.retry import decide
from upbeat.queue.tasks import Task
from upbeat.records import Parsed
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.assets.keep import Keeper, Kept
    from upbeat.assets.subjects import Keeping, Subject

SOURCE = "assets"
"""Who says so, of the end of a task; each asset names who told its address."""

log = get_logger("workers.assets")


class KeepingAssets:
    """Keeps assets; a `Runner`. Use `close` when no task runs any more."""

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        chain: FallbackChain,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._chain = chain
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._opened: Keeper | None = None

    async def run(self, task: Task, flow: Flow, capture: Capture) -> Ran:
        """What is kept; nothing where nothing has changed. What a renewal told beside the addresses is stored, too.

        Raises:
            InputError: the subject was never collected.
            ThrottledError: another task fetches the same.
            BackOffError: the same may pass later.
        """
        from upbeat.assets.subjects import KEEPING, claim_subject, find_subject, kept_of

        keeper, keeping = await self._keeper(), KEEPING[flow.method]
        subject_id = str(next(iter(task.params.values())))
        async with self._pool.connection() as connection:
            await claim_subject(
                connection,
                task.platform,
                task.flow,
                subject_id,
                task_id=task.id,
                lease_token=task.lease_token,
            )
            subject = await find_subject(connection, flow.method, task.platform, subject_id)
            if subject is None:
                raise InputError(
                    f"{subject_id}: was never collected, so that no address is known: "
                    f"`upbeat enqueue {keeping.renewed_by} …` collects it"
                )
            known = await kept_of(connection, task.platform, keeping, subject_id)
        told = Parsed()

        async def renew() -> Subject | None:
            return await self._renewed(subject, keeping, capture, told)

        def is_tried_again(error: Exception) -> bool:
            most = self._settings.task_max_attempts
            return decide(error, retry_count=task.retry_count, max_attempts=most) is not None

        kept = await keeper.keep(subject, keeping, known, renew, is_tried_again)
        told.facts += kept.assets
        return Ran(
            source=SOURCE,
            parsed=told,
            details=_details(subject, kept),
            incomplete="; ".join(kept.problems) or None,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._stack.aclose()

    async def _keeper(self) -> Keeper:
        async with self._opening:
            if self._opened is None:
                from upbeat.assets.bucket import AssetBucket
                from upbeat.assets.fetch import Fetcher
                from upbeat.assets.keep import Keeper

                fetcher = Fetcher(self._settings)
                self._stack.push_async_callback(fetcher.close)
                self._opened = Keeper(self._settings, fetcher, AssetBucket(self._settings, self._pool))
            return self._opened

    async def _renewed(
        self, subject: Subject, keeping: Keeping, capture: Capture, told: Parsed
    ) -> Subject | None:
        """The addresses that the source chain tells now. Raises `AllSourcesFailedError` where waiting can help, or nobody could be asked."""
        asked = subject.profile_id if keeping.of_owner else subject.subject_id
        flow = flow_named(keeping.renewed_by)
        try:
            result = await self._chain.run(flow, flow.validate({keeping.renewal_parameter: asked}), capture)
        except AllSourcesFailedError as error:
            if error.retry_after is not None or not error.asked:
                raise
            return None
        except DropError as error:
            log.info("no new address", subject=subject.subject_id, reason=str(error))
            return None
        told.extend(result.parsed)
        return subject.renewed(result.parsed)


def _details(subject: Subject, kept: Kept) -> dict[str, Any]:
    told: dict[str, Any] = {"unchanged": list(kept.unchanged), "objects_written": kept.written}
    if not kept.assets and not kept.unchanged:
        told["note"] = f"no source told an address of {subject.subject_id}"
    return told

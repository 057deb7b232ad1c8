"""The providers' Batch API: files up and down, batches made, found and looked at; with the client's manners on 429 and 5xx."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from upbeat.enrichment.batches.file_lines import lines_of
from upbeat.enrichment.client import (
    FIRST_WAIT_SECONDS,
    LEAST_WAIT_SECONDS,
    LONGEST_WAIT_SECONDS,
    TRIES_IN_TROUBLE,
)
from upbeat.enrichment.provider_connection import ProviderConnection
from upbeat.enrichment.provider_errors import TryAgain, judge
from upbeat.enrichment.providers import Provider, provider_of
from upbeat.errors import BackOffError, DropError, UnansweredError, UpbeatError
from upbeat.settings import Settings

if TYPE_CHECKING:
    from openai import APIConnectionError, APIStatusError, AsyncOpenAI

KEY_IN_METADATA = "upbeat_batch_key"
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
"""Statuses after which nothing of a batch changes any more."""

CLOCK_MARGIN = timedelta(hours=1)
"""Between our clock and the provider's, where batches are searched from the newest backwards."""

LONGEST_PROBLEM = 300

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderBatch:
    """A batch as the provider tells it.

    Attributes:
        batch_key: ours, out of its metadata.
        problem: why it failed, in one line.
        done, total: requests that have ended, and all of them.
    """

    id: str
    status: str
    batch_key: str | None
    created_at: datetime
    input_file_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    problem: str | None = None
    done: int = 0
    total: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether its files may be read."""
        return self.status in ENDED


@dataclass
class BatchApi(ProviderConnection):
    """The calls; used within `async with`.

    All raise `BackOffError` where the provider is overloaded or away, `DropError` where it refuses a request for good, and
    `AccessRefusedError` where it refuses the key.
    """

    provider: Provider
    timeout_seconds: float
    budget_seconds: float
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _openai: AsyncOpenAI | None = field(default=None, init=False, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> BatchApi:
        """Of the provider that the settings describe. Raises `InputError` where it needs a key and there is none."""
        # A file of a hundred megabytes takes longer than one answer does.
        return cls(provider_of(settings), 10 * settings.llm_timeout_seconds, settings.llm_backoff_seconds)

    @property
    def url(self) -> str:
        """What the lines of a file ask for."""
        return "/v1/chat/completions" if self.provider.source == "openai" else "/chat/completions"

    async def upload(self, path: Path, filename: str) -> str:
        """Send a file; its id. What was uploaded under this name before is deleted: a run was killed before it could note the id."""
        client = self._connected()
        for stored in await self._through(lambda: _all(client.files.list(purpose="batch"))):
            if stored.filename == filename:
                await self.delete(stored.id)

        async def send() -> Any:
            with path.open("rb") as content:
                return await client.files.create(file=(filename, content), purpose="batch")

        return str((await self._through(send)).id)

    async def create(self, file_id: str, batch_key: str) -> ProviderBatch:
        """Make a batch of an uploaded file. One that may have been made is not made again here: `find` tells."""
        client = self._connected()
        endpoint: Any = self.url
        made = await self._through(
            lambda: client.batches.create(
                input_file_id=file_id,
                endpoint=endpoint,
                completion_window="24h",
                metadata={KEY_IN_METADATA: batch_key},
            ),
            is_repeatable=False,
        )
        return _of(made)

    async def find(self, batch_key: str, *, since: datetime) -> ProviderBatch | None:
        """The batch with our key, of those that were made since then; None when the provider has none."""
        client, oldest = self._connected(), since - CLOCK_MARGIN

        async def search() -> ProviderBatch | None:
            async for one in client.batches.list(limit=100):
                batch = _of(one)
                if batch.batch_key == batch_key:
                    return batch
                if batch.created_at < oldest:
                    return None
            return None

        return await self._through(search)

    async def get(self, provider_id: str) -> ProviderBatch:
        """The batch as it stands."""
        client = self._connected()
        return _of(await self._through(lambda: client.batches.retrieve(provider_id)))

    async def cancel(self, provider_id: str) -> ProviderBatch:
        """Ask the provider to stop; what it has answered is kept, and paid."""
        client = self._connected()
        return _of(await self._through(lambda: client.batches.cancel(provider_id)))

    async def delete(self, file_id: str) -> None:
        """Delete a file at the provider; one that is gone already is no error."""
        client = self._connected()
        try:
            await self._through(lambda: client.files.delete(file_id))
        except DropError:
            return

    async def lines(self, file_id: str) -> AsyncIterator[bytes]:
        """The lines of a file as they come in, without their ends; never more than one line and one piece in memory.

        A file that breaks off after its first line is not begun anew here: who reads it knows what was done already.
        """
        waited, tries, has_begun = 0.0, 0, False
        while True:
            try:
                with self._translated():
                    async with self._connected().files.with_streaming_response.content(file_id) as response:
                        async for line in lines_of(response.iter_bytes()):
                            has_begun = True
                            yield line
                return
            except BackOffError as error:
                tries += 1
                doubled = FIRST_WAIT_SECONDS * 2.0 ** min(tries - 1, 16)
                seconds = (
                    doubled
                    if error.retry_after is None
                    else max(error.retry_after, LEAST_WAIT_SECONDS * doubled)
                )
                # A provider that asks to wait is in no trouble: it is asked again as long as may be waited.
                in_trouble = error.status != 429 and tries > TRIES_IN_TROUBLE
                if has_begun or in_trouble or waited + seconds > self.budget_seconds:
                    raise
                await self.sleep(seconds)
                waited += seconds

    async def _through(self, call: Callable[[], Awaitable[Result]], *, is_repeatable: bool = True) -> Result:
        """The call's result, with waiting as the provider asks for. What may have been done is repeated only where that is no harm."""
        waited, tries = 0.0, 0
        while True:
            found = await self._try(call, is_repeatable=is_repeatable)
            if not isinstance(found, TryAgain):
                return found
            tries += 1
            seconds = self._wait_before(tries, found)
            in_trouble = found.why == "trouble" and (tries >= TRIES_IN_TROUBLE or not is_repeatable)
            if in_trouble or waited + seconds > self.budget_seconds:
                raise BackOffError(
                    found.line, source=self.provider.source, status=found.status or None, retry_after=seconds
                )
            await self.sleep(seconds)
            waited += seconds

    async def _try(self, call: Callable[[], Awaitable[Result]], *, is_repeatable: bool) -> Result | TryAgain:
        import openai

        try:
            return await call()
        except openai.APIStatusError as error:
            found = self._judged(error)
            if isinstance(found, TryAgain):
                return found
            raise found from None
        except openai.APIConnectionError as error:
            if is_repeatable:
                return TryAgain("trouble", self._unconnected(error), 0)
            raise UnansweredError(self._unconnected(error), source=self.provider.source) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The providers' errors as ours, where a call cannot simply be repeated."""
        import httpx
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            found = self._judged(error)
            if isinstance(found, TryAgain):
                line, source = found.line, self.provider.source
                raise BackOffError(
                    line, source=source, status=found.status, retry_after=found.seconds
                ) from None
            raise found from None
        except openai.APIConnectionError as error:
            raise BackOffError(self._unconnected(error), source=self.provider.source) from None
        except httpx.TransportError as error:
            line = f"{self.provider.name} broke off in the middle of a file ({type(error).__name__})"
            raise BackOffError(line, source=self.provider.source) from None

    def _judged(self, error: APIStatusError) -> TryAgain | UpbeatError:
        found = judge(
            error.status_code,
            error.response.headers,
            error.body if error.body is not None else {},
            provider=self.provider.name,
            secret=self.provider.key,
        )
        if isinstance(found, TryAgain | UpbeatError):
            return found
        return DropError(f"{self.provider.name} refuses the request for good (content filter)")

    def _unconnected(self, error: APIConnectionError) -> str:
        return f"{self.provider.name} gave no answer ({type(error.__cause__ or error).__name__})"

    def _wait_before(self, tries: int, found: TryAgain) -> float:
        doubled = FIRST_WAIT_SECONDS * 2.0 ** min(tries - 1, 16)
        if found.seconds is not None:
            return max(found.seconds, LEAST_WAIT_SECONDS * doubled)
        return min(doubled * (1 + random.random() / 4), LONGEST_WAIT_SECONDS)  # noqa: S311 - spreads waits, hides nothing


async def _all(pages: Any) -> list[Any]:
    return [one async for one in pages]


def _of(batch: Any) -> ProviderBatch:
    """Ours of the package's object; what a provider leaves out is none."""
    counts = batch.request_counts
    errors = (batch.errors.data or []) if batch.errors else []
    told = "; ".join(f"{one.code}: {one.message}" for one in errors[:3])
    return ProviderBatch(
        id=batch.id,
        status=batch.status,
        batch_key=(batch.metadata or {}).get(KEY_IN_METADATA),
        created_at=datetime.fromtimestamp(batch.created_at, UTC),
        input_file_id=batch.input_file_id,
        output_file_id=batch.output_file_id or None,
        error_file_id=batch.error_file_id or None,
        problem=" ".join(told.split())[:LONGEST_PROBLEM] or None,
        done=(counts.completed + counts.failed) if counts else 0,
        total=counts.total if counts else 0,
    )

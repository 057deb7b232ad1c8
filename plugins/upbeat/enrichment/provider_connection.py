"""The `openai` package's client, open while who uses it is within `async with`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from upbeat.enrichment.providers import Provider

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class ProviderConnection:
    """What asks a provider, one question at a time or in batches, is one of these."""

    provider: Provider
    timeout_seconds: float
    _openai: AsyncOpenAI | None

    async def __aenter__(self) -> Self:
        self._openai = self.provider.connect(self.timeout_seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._openai is not None:
            await self._openai.close()
            self._openai = None

    def _connected(self) -> AsyncOpenAI:
        if self._openai is None:
            raise RuntimeError("the client is used outside of `async with`")
        return self._openai

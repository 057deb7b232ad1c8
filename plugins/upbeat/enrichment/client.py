"""Asks a language model: OpenAI or Azure OpenAI, or their stand-in, with waiting that is ours."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from upbeat.enrichment.completion import Completion
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.provider_connection import ProviderConnection
from upbeat.enrichment.provider_errors import TryAgain, judge
from upbeat.enrichment.providers import Provider, provider_of
from upbeat.enrichment.question import Question
from upbeat.enrichment.read_completion import read_completion
from upbeat.enrichment.request import request_body
from upbeat.enrichment.shared_pause import SharedPause
from upbeat.errors import BackOffError, UnansweredError, UpbeatError
from upbeat.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

TRIES_IN_TROUBLE = 3
"""Of a request that met a 5xx or no connection."""

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
LEAST_WAIT_SECONDS = 0.05
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})
"""What httpx calls the failures that come before a request is on its way."""


_log = structlog.get_logger(__name__)


@dataclass
class ChatClient(ProviderConnection):
    """A client of one provider, used within `async with`; many questions at once share its connections and its pauses.

    Attributes:
        budget_seconds: longest that one question waits in all before it is given back.
    """

    provider: Provider
    timeout_seconds: float
    budget_seconds: float
    model: str = ""
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[], float] = random.random
    pause: SharedPause = field(init=False)
    _openai: AsyncOpenAI | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.pause = SharedPause(self.now, self._sleep, self.draw)

    @classmethod
    def from_settings(cls, settings: Settings) -> ChatClient:
        """The client that the settings describe; no connection is made.

        Raises:
            InputError: the real provider is to be asked and there is no key.
        """
        return cls(
            provider_of(settings),
            settings.llm_timeout_seconds,
            settings.llm_backoff_seconds,
            settings.llm_model,
        )

    @property
    def is_sandbox(self) -> bool:
        """Whether the stand-in answers; kept with every answer, so that it never passes for a real model's."""
        return self.provider.is_sandbox

    def model_for(self, prompt: Prompt) -> str:
        """The model that answers a prompt's questions."""
        return self.model or prompt.model

    async def complete(self, question: Question, repair: Completion | None = None) -> Completion:
        """What the model says, within the time that a question may wait.

        Args:
            repair: a malformed answer to this question: the model is told what is wrong with it. Its usage is not counted again.

        Raises:
            BackOffError: the provider is overloaded or away: `retry_after` is what it asked for.
            UnansweredError: the question was sent and no answer came: it may have been paid for.
            DropError: it refuses the request for good.
            AccessRefusedError: it refuses the key, or the quota is used up.
        """
        body = request_body(question, wire_model=self.provider.wire_model(question.key.model), repair=repair)
        waited, tries, troubles = 0.0, 0, 0
        while True:
            waited += await self.pause.keep(self.budget_seconds - waited)
            if (left := self.pause.left()) > 0:
                raise BackOffError(
                    f"{self.provider.name} asked for a pause",
                    source=self.provider.source,
                    status=429,
                    retry_after=left,
                )
            found = await self._try(body, question.prompt)
            if isinstance(found, Completion):
                return found
            tries += 1
            troubles += found.why == "trouble"
            seconds = self._wait_before(tries, found)
            if troubles >= TRIES_IN_TROUBLE or waited + seconds > self.budget_seconds:
                raise BackOffError(
                    found.line, source=self.provider.source, status=found.status or None, retry_after=seconds
                )
            if found.why == "rate limit":
                self.pause.extend(seconds)
                _log.info("the provider asks to wait", provider=self.provider.name, seconds=round(seconds, 3))
            else:
                await self._sleep(seconds)
                waited += seconds

    async def _try(self, body: dict[str, Any], prompt: Prompt) -> Completion | TryAgain:
        """One request. An error of the provider comes back where another try may pass, and is raised where not."""
        import openai

        started = self.now()
        try:
            # The package's own limit is of each read, so that an answer that drips in would outlive its lease.
            async with asyncio.timeout(self.timeout_seconds):
                raw = await self._connected().chat.completions.with_raw_response.create(**body)
            answer, headers = raw.http_response.content, raw.http_response.headers
        except TimeoutError:
            raise self._late() from None
        except openai.APIStatusError as error:
            found = judge(
                error.status_code,
                error.response.headers,
                _json(error.response.content),
                provider=self.provider.name,
                secret=self.provider.key,
            )
        except openai.APIConnectionError as error:
            found = self._unconnected(error)
        else:
            return self._read(answer, headers, prompt, self.now() - started)
        if isinstance(found, UpbeatError):
            # Without the cause: the text of a refused key quotes it.
            raise found from None
        return found if isinstance(found, TryAgain) else replace(found, latency_seconds=self.now() - started)

    def _read(self, answer: bytes, headers: Mapping[str, str], prompt: Prompt, seconds: float) -> Completion:
        body = _json(answer)
        if not isinstance(body, dict):
            raise UnansweredError(f"{self.provider.name} sent what is no JSON", source=self.provider.source)
        self.provider.check_origin(body)
        return replace(
            read_completion(body, prompt), request_id=headers.get("x-request-id"), latency_seconds=seconds
        )

    def _unconnected(self, error: Exception) -> TryAgain:
        """A request that was not sent is tried again here. One that was, and got no answer, may have been paid for: it is given back at
        once, so that each such call is counted."""
        name, why = self.provider.name, type(error.__cause__).__name__
        if why in _NOT_SENT:
            return TryAgain("trouble", f"{name} cannot be reached ({why})", 0)
        if why == "ReadTimeout":
            raise self._late() from None
        raise UnansweredError(f"{name} gave no answer ({why})", source=self.provider.source) from None

    def _late(self) -> UnansweredError:
        return UnansweredError(
            f"{self.provider.name} did not answer within {self.timeout_seconds:g} s",
            source=self.provider.source,
        )

    def _wait_before(self, tries: int, found: TryAgain) -> float:
        """Seconds: what was asked for, or 1, 2, 4, …; never less than a floor that doubles, since asked waits can be too short."""
        doubled = 2.0 ** min(tries - 1, 16)
        asked = (
            FIRST_WAIT_SECONDS * doubled * (1 + self.draw() / 4) if found.seconds is None else found.seconds
        )
        if found.seconds is None:
            asked = min(asked, LONGEST_WAIT_SECONDS)
        return max(asked, LEAST_WAIT_SECONDS * doubled)

    async def _sleep(self, seconds: float) -> None:
        await self.sleep(seconds)


def _json(content: bytes) -> Any:
    with contextlib.suppress(orjson.JSONDecodeError):
        return orjson.loads(content)
    return None

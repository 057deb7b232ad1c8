"""Asks the sources of a flow in turn until one gives a whole answer.

Reactions, by the class of the error: `RotateCredentialError` cools the credential down and takes another one of the same
source; `BackOffError` may penalise the source (see `source_health`) and goes on to the next; `NextSourceError` goes on;
`DropError` ends the chain. A source that one of our own limits refuses now is passed over. What the usage headers of an answer
ask for (see `usage_headers`) holds before the next request, whatever the answer was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from upbeat.crawlers.attempts import (
    is_unknown,
    missing_essential,
    outcome_of,
    retry_after_of,
)
from upbeat.crawlers.base import Crawler
from upbeat.crawlers.http import Answer, Attempt, Capture, Requester, UpstreamRequest
from upbeat.crawlers.registry import crawler_classes
from upbeat.crawlers.source_health import SourceHealth
from upbeat.crawlers.usage_headers import Pacing, pacing_of
from upbeat.credentials import Credential, without_secrets
from upbeat.errors import (
    AllSourcesFailedError,
    BackOffError,
    DropError,
    InputError,
    MalformedBodyError,
    NextSourceError,
    NoCredentialError,
    NotFoundError,
    RotateCredentialError,
    ThrottledError,
    UnsupportedError,
    UpbeatError,
)
from upbeat.flows import Flow, chain_of
from upbeat.logs import get_logger
from upbeat.ratelimit import Level, RateLimiter, acquire_or_wait, limits_for, source_key
from upbeat.ratelimit.from_settings import figures_of
from upbeat.records import Parsed
from upbeat.settings import Settings

log = get_logger(__name__)

MAX_CREDENTIALS = 3
"""How many credentials of one source a task tries."""
PAGE_WAIT_SECONDS = 30.0
"""How long a later page waits for a limit: giving up would throw away the pages before it."""


class CredentialSource(Protocol):
    """Where the chain takes credentials from: `credentials.CredentialPool`."""

    async def pick(self, source: str, exclude: Collection[int] = (), handle: str | None = None) -> Credential:
        """One usable credential, of `handle` where one is given. Raises `NoCredentialError`."""
        ...

    async def cool_down(self, credential_id: int, seconds: float, *, refused: bool = False) -> None:
        """Let it rest; one that was `refused` (401, 403) until it was validated again, too."""
        ...


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What a chain found. `incomplete` says what is missing when no source gave the essential figure."""

    parsed: Parsed
    source: str
    attempts: list[Attempt]
    incomplete: str | None = None


@dataclass(slots=True)
class _Call:
    """One run of the chain. `handle_paid`: the limit per handle binds the task, not each of its requests."""

    flow: Flow
    arguments: dict[str, Any]
    capture: Capture
    max_wait: float
    levels: frozenset[str]
    handle_paid: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    failures: dict[str, UpbeatError] = field(default_factory=dict)
    """The last failure of each source."""
    errors: list[UpbeatError] = field(default_factory=list)
    """Every failure: of several credentials of one source, one may be usable again before another."""

    def note(self, source: str, outcome: str, error: str | None = None) -> None:
        attempt = Attempt(source, outcome, error)
        self.attempts.append(attempt)
        self.capture.attempts.append(attempt)

    def owner(self) -> str | None:
        """Whose credential alone will do: figures that only owners see, and shops, each with a token of its own."""
        if not self.flow.own_account:
            return None
        return str(self.arguments.get("handle") or self.arguments["shop"])

    def subject(self) -> str:
        handle = self.arguments.get("handle")
        return f"@{handle}" if handle else str(next(iter(self.arguments.values()), ""))


class _Limited:
    """Sends the requests of one try, each after it passed its limits and the pause that the last answer asked for."""

    def __init__(self, chain: FallbackChain, call: _Call, credential: Credential | None) -> None:
        self._chain = chain
        self._call = call
        self._credential = credential
        self._pages = 0
        self._pacing: Pacing | None = None
        self.settings = chain.settings

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        if self._pacing is not None:
            await self._pause(self._pacing, request.source)
        wait = max(self._call.max_wait, PAGE_WAIT_SECONDS) if self._pages else self._call.max_wait
        await self._chain.wait_for_limits(self._call, request.source, wait)
        self._pages += 1
        answer = await self._chain.http.get(request, capture)
        self._pacing = pacing_of(answer.headers)
        if self._pacing is not None:
            await self._chain.pace(request.source, self._credential, self._pacing)
        return answer

    async def _pause(self, pacing: Pacing, source: str) -> None:
        if not pacing.used_up:
            await self._chain.sleep(pacing.seconds)
        elif self._credential is not None:
            raise RotateCredentialError(pacing.reason, source=source, status=429, cool_down=pacing.seconds)


class FallbackChain:
    """One per worker process; runs any number of tasks at once."""

    def __init__(
        self,
        settings: Settings,
        http: Requester,
        limiter: RateLimiter,
        credentials: CredentialSource,
        *,
        classes: Mapping[str, type[Crawler]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`classes` are the sources by name; None takes all that the registry finds. `sleep` is how a pause is waited for."""
        self.settings = settings
        self.http = http
        self.sleep = sleep
        self._limiter = limiter
        self._credentials = credentials
        self._classes = crawler_classes() if classes is None else classes
        defaults = {name: cls.default_limit for name, cls in self._classes.items()}
        self._figures = figures_of(settings, defaults)
        self._health = SourceHealth()

    async def run(
        self,
        flow: Flow,
        params: Mapping[str, Any],
        capture: Capture,
        *,
        max_wait: float = 0.0,
        levels: Collection[str] | None = None,
    ) -> ChainResult:
        """Ask the flow's sources in turn.

        Args:
            capture: takes every answer and every attempt, also when this raises.
            max_wait: seconds to wait for a limit of ours; 0 passes the source over at once.
            levels: the levels of limits that bind this run; None takes the flow's, else those that bind flows.

        Raises:
            DropError: the parameters or the account rule every source out (`PrivateAccountError`).
            ThrottledError: a source that could still answer is throttled by a limit of ours, and `is_unknown` does not hold.
            AllSourcesFailedError: none answered; one line names each source and its reason.
            StoreUnavailableError: our own Postgres is away.
        """
        call = self._start(flow, params, capture, max_wait, levels)
        partial: ChainResult | None = None
        for source in chain_of(flow, self.settings):
            parsed = await self._ask(source, call)
            if parsed is None:
                continue
            missing = missing_essential(flow, parsed)
            if missing is None:
                return ChainResult(parsed, source, call.attempts)
            partial = partial or ChainResult(parsed, source, call.attempts, missing)
        throttled = [e.retry_after for e in call.failures.values() if isinstance(e, ThrottledError)]
        unknown = is_unknown(call.failures.values())
        if throttled and not unknown:
            raise ThrottledError(self._summary(call), retry_after=min(throttled))
        if partial is not None:
            return partial
        raise AllSourcesFailedError(
            self._summary(call),
            failures={source: str(error) for source, error in call.failures.items()},
            retry_after=retry_after_of(call.errors),
            unknown=unknown,
            asked=not all(isinstance(error, NoCredentialError | UnsupportedError) for error in call.errors),
        )

    def _start(
        self,
        flow: Flow,
        params: Mapping[str, Any],
        capture: Capture,
        max_wait: float,
        levels: Collection[str] | None,
    ) -> _Call:
        if levels is None:
            levels = self.settings.limit_levels_flows if flow.limit_levels is None else flow.limit_levels
        try:
            return _Call(flow, flow.validate(params), capture, max_wait, frozenset(levels))
        except InputError as error:
            raise DropError(str(error)) from error

    async def _ask(self, source: str, call: _Call) -> Parsed | None:
        """One source, with one credential after another; None when it has no answer (why stands in `call`)."""
        cls = self._classes.get(source)
        if cls is None:
            self._fail(call, source, UnsupportedError("there is no such source", source=source))
            return None
        tried: set[int] = set()
        for _ in range(MAX_CREDENTIALS):
            try:
                credential = None
                if cls.credential_fields:
                    credential = await self._credentials.pick(source, tried, call.owner())
            except NoCredentialError as error:
                if source not in call.failures:  # else the refusal of the last credential says more
                    self._fail(call, source, error)
                return None
            if credential is not None:
                tried.add(credential.id)
            try:
                return await self._try(cls, credential, call)
            except RotateCredentialError as error:
                self._fail(call, source, error)
                if credential is None:
                    return None
                await self._cool_down(credential, error)
            except BackOffError as error:
                self._fail(call, source, error)
                await self._note_failure(source, error)
                return None
            except (NextSourceError, ThrottledError) as error:
                self._fail(call, source, error)
                return None
        return None

    async def _try(self, cls: type[Crawler], credential: Credential | None, call: _Call) -> Parsed:
        secrets = credential.secrets if credential else None
        crawler = cls(_Limited(self, call, credential), call.capture, secrets)
        try:
            method = getattr(crawler, call.flow.method)
            parsed: Parsed = await method(**call.arguments)
        except DropError as error:
            error.args = tuple(without_secrets(str(part), secrets) for part in error.args)
            call.note(cls.source, outcome_of(error), str(error))
            self._health.succeeded(cls.source)
            raise
        except UpbeatError as error:
            # APIs quote what they refuse ("Malformed access token EAAB…"), and errors are stored and shown.
            error.args = tuple(without_secrets(str(part), secrets) for part in error.args)
            raise
        except OSError:
            raise
        except Exception as error:
            # A parser that meets what its author did not think of costs one source, not the worker.
            log.exception("crawler failed", source=cls.source, flow=call.flow.key)
            message = f"the parser failed ({type(error).__name__})"
            raise MalformedBodyError(message, source=cls.source) from error
        self._health.succeeded(cls.source)
        missing = missing_essential(call.flow, parsed)
        call.note(cls.source, "incomplete" if missing else "ok", missing)
        if missing:
            call.failures[cls.source] = MalformedBodyError(missing, source=cls.source)
        return parsed

    def _fail(self, call: _Call, source: str, error: UpbeatError) -> None:
        call.failures[source] = error
        call.errors.append(error)
        if isinstance(error, NotFoundError | RotateCredentialError):
            self._health.succeeded(source)
        call.note(source, outcome_of(error), str(error))

    async def _cool_down(self, credential: Credential, error: RotateCredentialError) -> None:
        log.warning(
            "credential cools down",
            source=credential.source,
            id=credential.id,
            seconds=error.cool_down,
            status=error.status,
        )
        refused = error.status in (401, 403)
        await self._credentials.cool_down(credential.id, error.cool_down, refused=refused)

    async def pace(self, source: str, credential: Credential | None, pacing: Pacing) -> None:
        """Let who asked rest as the usage headers say: its credential, or a source that needs none."""
        if pacing.used_up:
            log.warning("usage is at its limit", source=source, seconds=pacing.seconds, reason=pacing.reason)
        if credential is not None:
            await self._credentials.cool_down(credential.id, pacing.seconds)
        else:
            await self._limiter.penalise(source_key(source), pacing.seconds)

    async def _note_failure(self, source: str, error: BackOffError) -> None:
        seconds = self._health.failed(source, error.retry_after)
        if seconds > 0:
            log.warning("source is left alone", source=source, seconds=seconds, reason=str(error))
            await self._limiter.penalise(source_key(source), seconds)

    async def wait_for_limits(self, call: _Call, source: str, wait: float) -> None:
        """Pass the levels that bind this request. Raises `ThrottledError`."""
        levels = call.levels - {Level.HANDLE} if call.handle_paid else call.levels
        limits = limits_for(levels, source=source, handle=call.arguments.get("handle"), figures=self._figures)
        if limits:
            await acquire_or_wait(self._limiter, limits, wait)
        call.handle_paid = True

    @staticmethod
    def _summary(call: _Call) -> str:
        reasons = "; ".join(f"{source}: {error}" for source, error in call.failures.items())
        return f"{call.flow.key} {call.subject()}: no source answered: {reasons or 'the chain is empty'}"


__all__ = ["MAX_CREDENTIALS", "ChainResult", "CredentialSource", "FallbackChain"]

"""Runs the flow of a tape with the crawlers and the chain of today against the tape alone: no network, no database, no credential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from upbeat.crawlers.fallback import FallbackChain
from upbeat.crawlers.http import Capture
from upbeat.errors import InputError, StoreUnavailableError, UpbeatError
from upbeat.flows import flow_named
from upbeat.ratelimit import Decision, Limit, LimitState, source_key
from upbeat.records import Parsed
from upbeat.settings import Settings
from upbeat.stores.json_text import encode_json
from upbeat.tapes.compare import differences
from upbeat.tapes.credentials import TapeCredentials
from upbeat.tapes.requesters import TapePlayer, UnmatchedRequestError
from upbeat.tapes.tape import RunResult, Tape

_NEVER = 86_400.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """One run of a tape, now: its result and what differs from the recorded one."""

    params: dict[str, Any]
    result: RunResult
    differences: list[str]


async def _no_pause(seconds: float) -> None:
    """A tape has no usage to spread."""


class TapeLimiter:
    """Lets everything pass but the sources that a limit of ours refused in the recorded run."""

    def __init__(self, refused: set[str]) -> None:
        self._refused = {source_key(source) for source in refused}

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        """See `RateLimiter.acquire`."""
        refused = next((limit.key for limit in limits if limit.key in self._refused), None)
        return Decision(refused is None, _NEVER if refused else 0.0, refused)

    async def penalise(self, key: str, seconds: float) -> None:
        """Nothing is sent, nothing is penalised."""

    async def peek(self, limits: Sequence[Limit]) -> list[LimitState]:
        """Nothing is counted."""
        return []

    async def close(self) -> None:
        """Nothing to close."""


async def replay_tape(tape: Tape, settings: Settings) -> list[Replayed]:
    """Every run of the tape.

    Raises:
        UnmatchedRequestError: a request is not on the tape; one line names it.
        InputError: a parameter is not valid any more, or there is no such flow (any more).
    """
    flow_named(tape.flow)
    found = []
    for run, params in enumerate(tape.params):
        result, left = await replay_run(tape, run, settings)
        lines = differences(tape.results[run], result)
        lines += [f"recorded, and not asked for now: {name}" for name in left]
        found.append(Replayed(params, result, lines))
    return found


async def replay_run(tape: Tape, run: int, settings: Settings) -> tuple[RunResult, list[str]]:
    """The result of one run now, and the recorded requests that it did not ask for."""
    flow, recorded = flow_named(tape.flow), tape.results[run]
    own = replay_settings(tape, settings)
    days = (datetime.now(UTC).date() - tape.recorded_at.astimezone(UTC).date()).days
    player = TapePlayer(own, tape.of_run(run), from_archive=tape.from_archive, days=days)
    credentials = TapeCredentials(
        None if tape.from_archive else recorded.picks,
        lambda source: bool(player.left(source)),
        {pick["source"]: pick["user_id"] for pick in recorded.picks if "user_id" in pick},
    )
    refused = {source for source, outcome in recorded.attempts if outcome == "throttled"}
    chain = FallbackChain(own, player, TapeLimiter(refused), credentials, sleep=_no_pause)
    result = await run_chain(chain, flow, tape.params[run])
    result.picks = recorded.picks
    return result, [exchange.name() for exchange in player.left()]


def replay_settings(tape: Tape, settings: Settings) -> Settings:
    """The settings under which the tape was recorded, as far as they shape requests."""
    told = {name: value for name, value in tape.settings.items() if name in Settings.model_fields}
    chains = {**settings.source_chains, tape.flow: list(tape.settings.get("chain", ()))}
    return settings.model_copy(update={**told, "source_chains": chains, "limit_levels_flows": ("source",)})


async def run_chain(
    chain: FallbackChain, flow: Any, params: dict[str, Any], *, max_wait: float = 0.0
) -> RunResult:
    """One run of the chain as a tape keeps it. What an upstream did wrong is a result too."""
    capture = Capture()
    result = RunResult()
    try:
        found = await chain.run(flow, params, capture, max_wait=max_wait)
    except (UnmatchedRequestError, InputError, StoreUnavailableError):
        raise
    except UpbeatError as error:
        result.error = f"{type(error).__name__}: {error}"
    else:
        result.source, result.error = found.source, found.incomplete
        result.records = plain_records(found.parsed)
    result.attempts = [[attempt.source, attempt.outcome] for attempt in capture.attempts]
    return result


def plain_records(parsed: Parsed) -> list[dict[str, Any]]:
    """The lines of `upbeat parse` as plain JSON values."""
    lines: list[dict[str, Any]] = orjson.loads(encode_json(parsed.lines()))
    return lines

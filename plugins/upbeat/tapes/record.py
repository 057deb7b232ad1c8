"""Records a tape: the flow's chain runs for real, and nothing but limits and cool-downs of credentials is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_origin

from upbeat.crawlers.fallback import FallbackChain
from upbeat.crawlers.http import UpstreamHttp
from upbeat.credentials import CredentialCipher, CredentialPool
from upbeat.errors import InputError, VerificationError
from upbeat.flows import Flow, chain_of
from upbeat.ratelimit import limiter_of
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool
from upbeat.tapes.compare import differences
from upbeat.tapes.credentials import RecordingCredentials
from upbeat.tapes.replay import replay_run, run_chain
from upbeat.tapes.requesters import RecordingHttp
from upbeat.tapes.scrub import Scrubber
from upbeat.tapes.tape import Exchange, RunResult, Tape

WAIT_SECONDS = 60.0
"""How long a request waits for a limit of ours."""


def params_of(flow: Flow, subject: str, more: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a run: the subject is the flow's first, the others are given by name; lists part at commas.

    Raises:
        InputError: one line that names the parameter and what is expected.
    """
    fields = flow.params_model.model_fields
    first = next(iter(fields))
    given: dict[str, Any] = {first: subject, **more}
    for name, value in given.items():
        if name in fields and get_origin(fields[name].annotation) is list:
            given[name] = [part for part in str(value).split(",") if part]
    return flow.validate(given)


async def record_tape(settings: Settings, flow: Flow, params: Sequence[dict[str, Any]]) -> Tape:
    """Run the flow for each of `params` and keep the traffic, without secrets.

    Raises:
        InputError: a credential is too short to be recognised.
        StoreUnavailableError: Postgres does not answer for credentials.
        VerificationError: the tape holds a secret, or does not give what the run gave; nothing is kept then.
    """
    http, limiter = UpstreamHttp(settings), limiter_of(settings)
    recording = RecordingHttp(http)
    tape = new_tape(settings, flow, params)
    secrets: set[str] = set()
    try:
        async with async_pool(settings, application="upbeat:tape") as connections:
            pool = CredentialPool(connections, CredentialCipher(settings))
            for run, given in enumerate(params):
                recording.run = run
                credentials = RecordingCredentials(pool)
                chain = FallbackChain(settings, recording, limiter, credentials)
                result = await run_chain(chain, flow, given, max_wait=WAIT_SECONDS)
                result.picks = credentials.picks
                secrets |= credentials.secrets
                tape.results.append(result)
    finally:
        await http.close()
        await limiter.close()
    tape.exchanges = recording.exchanges
    tape = scrubbed(tape, Scrubber(secrets))
    await verify(tape, settings)
    return tape


def new_tape(settings: Settings, flow: Flow, params: Sequence[dict[str, Any]], **more: Any) -> Tape:
    """An empty tape with what shapes the flow's requests."""
    versions = {
        name: getattr(settings, name) for name in Settings.model_fields if name.endswith("_api_version")
    }
    return Tape(
        flow=flow.key,
        params=[dict(given) for given in params],
        recorded_at=datetime.now(UTC),
        upstream=settings.upstream,
        settings={**versions, "chain": list(chain_of(flow, settings))},
        **more,
    )


def scrubbed(tape: Tape, scrubber: Scrubber) -> Tape:
    """The tape without secrets. Raises `VerificationError` should one be left."""
    clean = replace(
        tape,
        params=scrubber.value(tape.params),
        exchanges=[_scrubbed_exchange(exchange, scrubber) for exchange in tape.exchanges],
        results=[RunResult(**scrubber.value(result.line())) for result in tape.results],
    )
    for line in clean.text().splitlines():
        if scrubber.knows(line):
            raise VerificationError("a secret was left on the tape: it is not kept")
    return clean


def _scrubbed_exchange(exchange: Exchange, scrubber: Scrubber) -> Exchange:
    return replace(
        exchange,
        url=scrubber.text(exchange.url),
        params=scrubber.value(exchange.params),
        json=scrubber.value(exchange.json),
        headers=scrubber.value(exchange.headers),
        body=scrubber.body(exchange.body),
        error=scrubber.value(exchange.error),
    )


async def verify(tape: Tape, settings: Settings) -> None:
    """Replay the tape. Raises `VerificationError` when it does not give what the recorded run gave."""
    for run, recorded in enumerate(tape.results):
        result, left = await replay_run(tape, run, settings)
        lines = [*differences(recorded, result), *(f"not asked for: {name}" for name in left)]
        if lines:
            raise VerificationError(f"the tape does not replay to what was recorded: {lines[0]}")


def require_runs(tape: Tape) -> None:
    """Raises `InputError` for a tape without any request: there is nothing to replay."""
    if not tape.exchanges:
        reasons = "; ".join(str(result.error) for result in tape.results if result.error)
        raise InputError(f"{tape.flow}: no request went out, there is nothing to record: {reasons}")

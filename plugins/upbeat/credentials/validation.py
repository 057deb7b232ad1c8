"""Validation before use: a source is asked about a credential once for all workers, and the answer decides what becomes of it.

What follows from a verdict is pure (`effect_of`). Who asks is decided by the row (`claim_validation`): one worker gets it,
the others wait for what it finds, or go on with a credential that was valid until now.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from upbeat.credentials.records import Credential
from upbeat.credentials.table import Connections, execute
from upbeat.credentials.verdicts import Validity, Verdict
from upbeat.logs import get_logger

log = get_logger(__name__)

REST_SECONDS = 3600.0
"""How long one that is not valid, or is used up, is left alone (specification A5)."""
ASK_AGAIN_SECONDS = 300.0
"""After a source could not be asked."""
LEASE_SECONDS = 60.0
"""Longer than an upstream answer may take; after it a worker counts as gone."""
WAIT_SECONDS = 5.0
_LOOK_SECONDS = 0.1


class Validator(Protocol):
    """Asks sources about credentials: `crawlers.credential_validation.UpstreamValidator`."""

    def covers(self, source: str) -> bool:
        """Whether the source can be asked about its credentials."""
        ...

    async def ask(self, credential: Credential) -> Verdict:
        """What the source says. Raises nothing: what went wrong is a verdict that cannot tell."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a verdict does to the row. Times in seconds from now; `told`: the source said something."""

    needs_validation: bool
    told: bool = True
    data_access_expired: bool = False
    rest: float = 0.0
    again: float = 0.0


def effect_of(verdict: Verdict, *, hours: float, now: datetime) -> Effect:
    """A valid credential is asked about again after `hours`, or when it ends if that is sooner."""
    if verdict.validity is Validity.CANNOT_TELL:
        return Effect(needs_validation=False, told=False, again=ASK_AGAIN_SECONDS)
    if verdict.validity in (Validity.INVALID, Validity.MISSING_SCOPES):
        return Effect(needs_validation=True, rest=REST_SECONDS)
    if verdict.validity is Validity.DATA_ACCESS_EXPIRED:
        return Effect(needs_validation=True, data_access_expired=True)
    again = hours * 3600
    if verdict.ends_at is not None:
        again = min(again, max(1.0, (verdict.ends_at - now).total_seconds()))
    rest = REST_SECONDS if verdict.validity is Validity.USED_UP else 0.0
    return Effect(needs_validation=False, rest=rest, again=again)


async def record(
    connections: Connections, credential_id: int, token: bytes, verdict: Verdict, *, hours: float
) -> None:
    """Write down what a verdict does. `token` is what was stored when the question was asked."""
    effect = effect_of(verdict, hours=hours, now=datetime.now(UTC))
    values: dict[str, Any] = {name: getattr(effect, name) for name in Effect.__slots__}
    values |= {"id": credential_id, "credentials": token, "reason": verdict.reason or None}
    await execute(connections, "record_verdict", values)


class ValidationGate:
    """Lets a credential through once its source was asked. One per worker process."""

    def __init__(self, connections: Connections, validator: Validator, *, hours: float) -> None:
        self._connections = connections
        self._validator = validator
        self._hours = hours
        self._asking: dict[int, asyncio.Task[bool]] = {}

    def covers(self, source: str) -> bool:
        """Whether the source can be asked about its credentials."""
        return self._validator.covers(source)

    async def passes(self, credential: Credential, token: bytes, *, was_valid: bool) -> bool:
        """Whether a credential whose validation is due may be used now.

        While another worker asks, one that `was_valid` may, and another one waits for what that worker finds, up to
        `WAIT_SECONDS`. Raises `StoreUnavailableError`.
        """
        asking = self._asking.get(credential.id)
        if asking is None:
            asking = asyncio.create_task(self._settle(credential, token, was_valid))
            self._asking[credential.id] = asking
            asking.add_done_callback(lambda done: self._settled(credential.id, done))
        # Others wait for the same answer: a task that is cancelled does not take it from them.
        return await asyncio.shield(asking)

    def _settled(self, credential_id: int, done: asyncio.Task[bool]) -> None:
        del self._asking[credential_id]
        if not done.cancelled():
            done.exception()  # whoever waits has it; nobody may be left

    async def _settle(self, credential: Credential, token: bytes, was_valid: bool) -> bool:
        claim = {"id": credential.id, "lease": LEASE_SECONDS}
        if not await execute(self._connections, "claim_validation", claim):
            return was_valid or await self._found_by_another(credential.id)
        verdict = await self._validator.ask(credential)
        await record(self._connections, credential.id, token, verdict, hours=self._hours)
        _say(credential, verdict)
        return verdict.usable

    async def _found_by_another(self, credential_id: int) -> bool:
        for _ in range(round(WAIT_SECONDS / _LOOK_SECONDS)):
            rows = await execute(self._connections, "validation_state", {"id": credential_id})
            if not rows:
                return False
            needs_validation, is_asked_about = rows[0]
            if not (needs_validation and is_asked_about):
                return not needs_validation
            await asyncio.sleep(_LOOK_SECONDS)
        return False


def _say(credential: Credential, verdict: Verdict) -> None:
    about = {"source": credential.source, "id": credential.id}
    if verdict.validity is Validity.VALID:
        log.info("credential is valid", **about)
    elif verdict.usable:
        log.warning(
            "credential could not be validated and is used all the same", **about, reason=verdict.reason
        )
    else:
        log.warning("credential is not usable", **about, validity=verdict.validity, reason=verdict.reason)

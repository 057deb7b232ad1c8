"""Asks sources whether a credential is valid: Graph tokens through `debug_token`, YouTube keys by the cheapest request.

RapidAPI, the paid scrapers and Shopify have nothing to ask: their credentials are found out by use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from upbeat.crawlers.http import Answer, Capture, Requester, UpstreamHttp, UpstreamRequest
from upbeat.crawlers.source_limits import figures_in_force
from upbeat.crawlers.youtube.google_login import login_headers
from upbeat.credentials import Credential, CredentialCipher, Validity, Verdict, without_secrets
from upbeat.credentials.table import execute
from upbeat.credentials.validation import record
from upbeat.credentials.verdicts import graph_token_verdict, youtube_key_verdict
from upbeat.errors import RotateCredentialError, SourceError, ThrottledError
from upbeat.logs import get_logger
from upbeat.ratelimit import Level, RateLimiter, acquire_or_wait, limiter_of, limits_for
from upbeat.records import PayloadKind
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool

log = get_logger(__name__)

_ANY_VIDEO = "jNQXAC9IVRw"
"""YouTube's first; it need not exist."""


@dataclass(frozen=True, slots=True)
class _Check:
    """How one source is asked, and what its answer means."""

    request: Callable[[Settings, Mapping[str, str]], UpstreamRequest]
    verdict: Callable[[Settings, Answer], Verdict]


def _debug_token(settings: Settings, secrets: Mapping[str, str]) -> UpstreamRequest:
    token = secrets.get("token", "")
    asking = settings.graph_app_token.get_secret_value() or token
    return UpstreamRequest(
        source="graphapi",
        kind=PayloadKind.PROFILE,  # of no meaning: the answer is not archived
        base_url="https://graph.facebook.com",
        path=f"/{settings.graph_api_version}/debug_token",
        headers={"Authorization": f"Bearer {asking}"},
        secret_query={"input_token": token},
    )


def _graph_verdict(settings: Settings, answer: Answer) -> Verdict:
    own_token = not settings.graph_app_token.get_secret_value()
    return graph_token_verdict(answer.status, answer.body, now=datetime.now(UTC), own_token=own_token)


def _cheapest_request(settings: Settings, secrets: Mapping[str, str]) -> UpstreamRequest:
    """`videos.list` with `part=id`: one unit of quota."""
    return UpstreamRequest(
        source="ytapi",
        kind=PayloadKind.PROFILE,  # as above
        base_url="https://www.googleapis.com",
        path="/youtube/v3/videos",
        query={"part": "id", "id": _ANY_VIDEO},
        headers=login_headers(secrets),
    )


_CHECKS: dict[str, _Check] = {
    "graphapi": _Check(_debug_token, _graph_verdict),
    "ytapi": _Check(_cheapest_request, lambda _, answer: youtube_key_verdict(answer.status, answer.body)),
}


class UpstreamValidator:
    """The `Validator` of workers and commands. Its questions are bound by the source's limit as all requests are."""

    def __init__(self, settings: Settings, http: Requester, limiter: RateLimiter) -> None:
        self._settings = settings
        self._http = http
        self._limiter = limiter
        self._figures = figures_in_force(settings)

    def covers(self, source: str) -> bool:
        """Whether there is a way to ask."""
        return source in _CHECKS

    async def ask(self, credential: Credential) -> Verdict:
        """What the source says; `CANNOT_TELL` when it was not asked or did not answer. Never raises, never shows the secret."""
        check = _CHECKS.get(credential.source)
        if check is None:
            return Verdict(Validity.CANNOT_TELL, f"{credential.source} has no way to ask")
        try:
            limits = limits_for({Level.SOURCE}, source=credential.source, handle=None, figures=self._figures)
            await acquire_or_wait(self._limiter, limits, 0.0)
            answer = await self._http.get(check.request(self._settings, credential.secrets), Capture())
            verdict = check.verdict(self._settings, answer)
        except RotateCredentialError as error:
            verdict = Verdict(Validity.INVALID, str(error))
        except (SourceError, ThrottledError) as error:
            verdict = Verdict(Validity.CANNOT_TELL, str(error))
        except Exception as error:
            log.error("validation failed", source=credential.source, reason=type(error).__name__)
            verdict = Verdict(Validity.CANNOT_TELL, f"the validation failed ({type(error).__name__})")
        return Verdict(verdict.validity, without_secrets(verdict.reason, credential.secrets), verdict.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """What a validation that a person asked for found. `verdict` is None where the source has no way to ask."""

    id: int
    source: str
    handle: str | None
    verdict: Verdict | None
    reason: str = ""


async def validate_stored(
    settings: Settings, *, credential_id: int | None = None, source: str | None = None
) -> list[ValidationReport]:
    """Ask about one credential, those of a source, or all, one after another; what is found is written down.

    What could not be asked about changes nothing. Raises `StoreUnavailableError`, and `InputError` without an encryption key.
    """
    cipher, http, limiter = CredentialCipher(settings), UpstreamHttp(settings), limiter_of(settings)
    validator = UpstreamValidator(settings, http, limiter)
    reports = []
    try:
        async with async_pool(settings, max_size=1, application="upbeat credentials") as connections:
            for identity, owner, token, handle in await execute(connections, "stored_credentials", {}):
                if credential_id not in (None, identity) or source not in (None, owner):
                    continue
                verdict, reason = await _verdict_on(
                    validator, cipher, Credential(identity, owner, {}, handle), bytes(token)
                )
                if verdict is not None and verdict.validity is not Validity.CANNOT_TELL:
                    hours = settings.credential_validation_hours
                    await record(connections, identity, bytes(token), verdict, hours=hours)
                reports.append(
                    ValidationReport(id=identity, source=owner, handle=handle, verdict=verdict, reason=reason)
                )
    finally:
        await http.close()
        await limiter.close()
    return reports


async def _verdict_on(
    validator: UpstreamValidator, cipher: CredentialCipher, credential: Credential, token: bytes
) -> tuple[Verdict | None, str]:
    """The verdict on a stored credential, and why there is none or what is wrong."""
    secrets = cipher.decrypt(token)
    if secrets is None:
        return None, "not readable with the keys of UPBEAT_CREDENTIAL_KEY"
    if not validator.covers(credential.source):
        return None, "the source has no way to ask: use tells"
    verdict = await validator.ask(replace(credential, secrets=secrets))
    return verdict, verdict.reason

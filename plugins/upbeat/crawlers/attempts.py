"""What one try at a source amounts to: the word it is counted under, what it lacks, when to try again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NoCredentialError,
    NotFoundError,
    PrivateAccountError,
    RotateCredentialError,
    ThrottledError,
    UnsupportedError,
    UpbeatError,
)
from upbeat.flows import Flow
from upbeat.records import Parsed, PayloadKind

PASSING_RETRY_SECONDS = 30.0
"""When to try again after a passing failure that names no time itself."""

_OUTCOMES: tuple[tuple[type[UpbeatError], str], ...] = (
    (ThrottledError, "throttled"),
    (NoCredentialError, "no_credential"),
    (NotFoundError, "not_found"),
    (MalformedBodyError, "malformed"),
    (UnsupportedError, "unsupported"),
    (BackOffError, "away"),
    (PrivateAccountError, "private"),
)


def missing_essential(flow: Flow, parsed: Parsed) -> str | None:
    """What an answer must have and has not: a profile its number of followers, unless the source says that it is hidden."""
    if flow.kind != PayloadKind.PROFILE:
        return None
    if not parsed.profiles:
        return "no profile in the answer"
    if all(profile.followers is None for profile in parsed.profiles):
        told = next((str(p) for p in parsed.problems if p.field == "followers"), None)
        return told and f"the number of followers could not be read ({told})"
    return None


def is_unknown(failures: Iterable[UpbeatError]) -> bool:
    """Whether every source that could be asked says that there is no such thing.

    One says it at least; two where a limit of ours keeps another from being asked: to wait for that one would hardly change it
    then. A credential that is missing, used up or refused is no answer of its source, and neither is an upstream's 429.

    Args:
        failures: the last failure of each source.
    """
    failed = list(failures)
    answers = [error for error in failed if not _is_no_answer(error)]
    needed = 2 if any(isinstance(error, ThrottledError) for error in failed) else 1
    return len(answers) >= needed and all(isinstance(error, NotFoundError) for error in answers)


def _is_no_answer(error: UpbeatError) -> bool:
    """Whether the source has told nothing of the subject, nor failed in trying to."""
    if isinstance(error, BackOffError):
        return error.status == 429
    return isinstance(error, ThrottledError | NoCredentialError | UnsupportedError | RotateCredentialError)


def retry_after_of(errors: Collection[UpbeatError]) -> float | None:
    """In how many seconds the first of these failures may have passed; None when none of them passes by itself.

    A credential that was refused (401, 403) does not heal by itself; one that is used up does.
    """
    waits: list[float] = []
    for error in errors:
        if isinstance(error, BackOffError):
            waits.append(PASSING_RETRY_SECONDS if error.retry_after is None else error.retry_after)
        elif isinstance(error, NoCredentialError) and error.retry_after is not None:
            waits.append(error.retry_after)
        elif isinstance(error, RotateCredentialError) and error.status not in (401, 403):
            waits.append(error.cool_down)
    return min(waits, default=None)


def outcome_of(error: UpbeatError) -> str:
    """The word that an attempt is counted under."""
    if isinstance(error, RotateCredentialError):
        return "refused" if error.status in (401, 403) else "rate_limited"
    return next((word for cls, word in _OUTCOMES if isinstance(error, cls)), "failed")

"""All errors of Upbeat, sorted by the reaction that they need.

Who catches an error asks only for its class, never for its text:

========================  =========================================================================
class                     reaction
========================  =========================================================================
`InputError`              tell the person in one line; exit code 2; nothing was done
`RotateCredentialError`   cool this credential down, ask the same source with another one
`BackOffError`            the same request may pass later: wait `retry_after` seconds
`NextSourceError`         this source cannot answer this request; another one may
`DropError`               no source can answer it: the task fails for good
`AccessRefusedError`      a provider refuses our key or our quota is used up: give the work back, stop, tell a
                          person
`StoreUnavailableError`   one of our own stores is away: give the work back untouched, wait for it
========================  =========================================================================
"""

from __future__ import annotations


class UpbeatError(Exception):
    """Base of all errors raised on purpose. `str(error)` is one readable line without secrets."""


class InputError(UpbeatError):
    """What a person passed in cannot be used: names the input, the problem and the way out."""


class AccessRefusedError(InputError):
    """The one key that we have is refused, or its quota used up: nothing can be asked until a person has acted."""


class SourceError(UpbeatError):
    """A request to an upstream source did not give a usable answer."""

    def __init__(self, message: str, *, source: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.source = source
        self.status = status


class RotateCredentialError(SourceError):
    """The credential was refused or is used up: cool it for `cool_down` seconds and take another."""

    def __init__(
        self, message: str, *, source: str = "", status: int | None = None, cool_down: float
    ) -> None:
        super().__init__(message, source=source, status=status)
        self.cool_down = cool_down


class BackOffError(SourceError):
    """The source is overloaded, slow or away for now: the same request may pass after `retry_after` s."""

    def __init__(
        self, message: str, *, source: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, source=source, status=status)
        self.retry_after = retry_after


class UnansweredError(BackOffError):
    """A request was sent and no usable answer came: as `BackOffError`, and what is paid by the request may have been paid."""


class NextSourceError(SourceError):
    """This source cannot answer this request, whatever the credential; another source may."""


class MalformedBodyError(NextSourceError):
    """The answer is not what this source is known to send: the raw body is kept for a replay."""


class NotFoundError(NextSourceError):
    """The source does not know this handle, post or id."""


class UnsupportedError(NextSourceError):
    """The source has no endpoint for this request."""


class NoCredentialError(NextSourceError):
    """No enabled credential of this source is usable now. `retry_after` tells when one cools off."""

    def __init__(self, message: str, *, source: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, source=source)
        self.retry_after = retry_after


class DropError(UpbeatError):
    """No source can answer this, now or later: the task fails for good, with this as its reason."""


class PrivateAccountError(DropError):
    """The account is private: its content is not public data, and nobody is asked again."""


class AllSourcesFailedError(UpbeatError):
    """Every source of the chain failed. `retry_after` is set when waiting can help.

    `asked` is False when no source was asked at all: their credentials rest, which is not the task's fault. `unknown` is True
    when all that could be asked say that there is no such account or post.
    """

    def __init__(
        self,
        message: str,
        *,
        failures: dict[str, str],
        retry_after: float | None,
        asked: bool = True,
        unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.failures = failures
        self.retry_after = retry_after
        self.asked = asked
        self.unknown = unknown


class ThrottledError(UpbeatError):
    """A rate limit of ours has no room for `retry_after` seconds: give the slot back, run later."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreUnavailableError(UpbeatError):
    """Postgres, ClickHouse, Redis or S3 does not answer: the work is not at fault and is given back."""


class VerificationError(UpbeatError):
    """Staged data failed a check before it was published: what was published before stays."""

"""What every crawler is: a client that asks one source, and a pure parser of that source's bodies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from upbeat.crawlers.http import Answer, Capture, Requester, UpstreamRequest
from upbeat.crawlers.refusals import refusal
from upbeat.errors import UnsupportedError, UpbeatError
from upbeat.records import Parsed, PayloadKind, Platform


class Crawler(ABC):
    """One upstream API. A subclass in a module below `crawlers/<platform>/` is all that a new source takes.

    Instances live for one try of one task and hold its credential.
    """

    source: ClassVar[str]
    """The source's name: in chains, credentials, limits, logs and on every record."""
    platform: ClassVar[Platform]
    base_url: ClassVar[str]
    """The real API: host, and path prefix where it has one. Settings decide where requests really go."""
    credential_fields: ClassVar[tuple[str, ...]] = ()
    """What a credential of this source consists of; () needs none."""
    own_credential_fields: ClassVar[tuple[str, ...]] = ()
    """What the credential of a connected account consists of, where that is something else."""
    default_limit: ClassVar[str] = "60/min"
    """The rate limit that holds when no setting gives another: `200/h`, `100/30s`."""

    def __init__(self, http: Requester, capture: Capture, credential: Mapping[str, str] | None) -> None:
        self._http = http
        self._capture = capture
        self._credential = dict(credential or {})

    @classmethod
    @abstractmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """Read one body of this source. Pure: a replay calls it with what was archived.

        Args:
            kind: what the body claims to hold.
            observed_at: when the source was asked; aware UTC.
            params: what the request was about (`handle`, `shortcode`, …) for what the body does not repeat.

        Raises:
            MalformedBodyError: not JSON, or not a shape that this source is known to send.
            SourceError, PrivateAccountError: the body is an error; its class says what to do.
        """

    @classmethod
    def refusal(cls, answer: Answer) -> UpbeatError:
        """What an answer that is not a 2xx means. Override for an API with error codes of its own."""
        return refusal(
            cls.source,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            has_credential=bool(cls.credential_fields),
        )

    @classmethod
    def next_cursor_of(cls, answer: Answer) -> str | None:
        """The cursor of the next page when it stands in the answer's headers. Override for an API that writes it there."""
        return None

    @classmethod
    def archived_body(cls, body: bytes) -> bytes:
        """What of an answer is archived. Override for an API whose bodies hold what may not be kept; never raises.

        `parse` must find in it what it finds in the body as it came.
        """
        return body

    def _headers(self) -> dict[str, str]:
        """The headers of each request; here go credentials."""
        return {}

    async def _ask(
        self,
        kind: PayloadKind,
        path: str,
        query: Mapping[str, str],
        params: Mapping[str, Any],
        *,
        json: Mapping[str, Any] | None = None,
        base_url: str | None = None,
    ) -> Parsed:
        """Send one request and parse its answer.

        Args:
            params: what is asked about; kept with the body, so that a replay can parse it.
            json: a body, which makes it a POST; it bears no secret.
            base_url: where this request goes when it is not the source's `base_url`.
        """
        known = {name: str(value) for name, value in params.items()}
        request = UpstreamRequest(
            source=self.source,
            kind=kind,
            base_url=base_url or self.base_url,
            path=path,
            query=query,
            params=known,
            headers=self._headers(),
            json=json,
            archived_body=self.archived_body,
        )
        answer = await self._http.get(request, self._capture)
        if not 200 <= answer.status < 300:
            raise self.refusal(answer)
        parsed = self.parse(kind, answer.body, observed_at=answer.fetched_at, params=known)
        if parsed.next_cursor is None:
            parsed.next_cursor = self.next_cursor_of(answer)
        return parsed

    def _unsupported(self, what: str) -> UnsupportedError:
        return UnsupportedError(f"has no endpoint for {what}", source=self.source)

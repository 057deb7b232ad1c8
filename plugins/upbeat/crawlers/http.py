"""The only way out to upstream APIs: connections kept open, every answer kept, no secret in URL, log or error."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from upbeat.crawlers.packed_bodies import unpacked
from upbeat.crawlers.refusals import COOL_DOWN_SECONDS
from upbeat.errors import BackOffError, MalformedBodyError, NextSourceError, RotateCredentialError
from upbeat.logs import mask_secrets
from upbeat.records import PayloadKind, RawPayload
from upbeat.settings import Settings

MAX_CONNECTIONS = 256
MAX_BODY = 64 * 2**20
KEEP_ALIVE_SECONDS = 30.0
USER_AGENT = "upbeat/0.1"
_SECRET_HEADERS = ("authorization", "key", "token")
_SHORTEST_SECRET = 8
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one source: `outcome` is `ok` or a word for the kind of failure, `error` its one readable line."""

    source: str
    outcome: str
    error: str | None = None


@dataclass(slots=True)
class Capture:
    """What one task heard: each upstream answer, failing ones too, and each try at a source in its order."""

    payloads: list[RawPayload] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRequest:
    """One GET, or a POST of `json`. `path`, `query` and `json` bear no secret: credentials go into `headers`, which are
    never shown.

    `secret_query` is for the secret that an API takes nowhere else: it is sent, and what is kept says `hidden` in its place.
    `params` is what a replay gives to the parser beside the body; `base_url` is the real API's, settings say where the
    request really goes.
    """

    source: str
    kind: PayloadKind
    base_url: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Mapping[str, Any] | None = None
    secret_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    archived_body: Callable[[bytes], bytes] = field(default=bytes, repr=False)
    """What of the answer's body is kept in the archive (`Crawler.archived_body`)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of any status. Header names are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime


class Requester(Protocol):
    """What a crawler sends its requests through: `UpstreamHttp`, or something that waits for a limit before it."""

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        ...

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        """Send one request. Raises `BackOffError` when no answer comes."""
        ...


class ClientStack:
    """HTTP clients, each lent to one request at a time; the one used last is lent next, with its connection still warm.

    One client for all requests costs more the more connections it holds: its pool (httpcore 1.0) looks through all of them, and
    for each through all again, at the begin and end of every request. With 32 at once that was half of all CPU time.
    """

    def __init__(self) -> None:
        self._idle: list[httpx.AsyncClient] = []
        self._all: list[httpx.AsyncClient] = []
        self._places = asyncio.Semaphore(MAX_CONNECTIONS)
        self._tls = httpx.create_ssl_context(trust_env=False)

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request; waits when `MAX_CONNECTIONS` are lent."""
        async with self._places:
            client = self._idle.pop() if self._idle else self._open()
            try:
                yield client
            finally:
                self._idle.append(client)

    async def close(self) -> None:
        """Close every client."""
        for client in self._all:
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        # One deadline for the whole exchange (in `get`) bounds slow bodies too, and costs less than one per phase.
        client = httpx.AsyncClient(
            http2=False,
            trust_env=False,
            verify=self._tls,
            follow_redirects=False,
            timeout=None,  # noqa: S113
            headers={
                "user-agent": USER_AGENT,
                "accept": "application/json",
                "accept-encoding": "gzip, deflate",
            },
            # A cookie would tie the credentials together that share this client.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=4, keepalive_expiry=KEEP_ALIVE_SECONDS
            ),
        )
        self._all.append(client)
        return client


class UpstreamHttp:
    """Open one per worker process, inside its event loop, and `close()` it."""

    def __init__(self, settings: Settings) -> None:
        # httpx logs every URL at INFO, httpcore headers (with our keys) at DEBUG.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self.settings = settings
        self._seconds = settings.upstream_timeout_seconds
        self._bases: dict[tuple[str, str], tuple[str, str]] = {}
        self._clients = ClientStack()

    async def close(self) -> None:
        """Close all connections."""
        await self._clients.close()

    def url(self, request: UpstreamRequest) -> str:
        """Where the request goes, with its query and its secrets: never shown."""
        return self._base(request)[0] + _target(request, request.secret_query)

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        """Send one request and keep its answer in `capture`, whatever its status.

        Raises:
            BackOffError: no connection, or no whole answer within `upstream_timeout_seconds`.
            MalformedBodyError: the body's compression is broken; it is kept as it came.
            RotateCredentialError: the credential holds a letter that no header may hold, or nothing.
        """
        _require_headers(request)
        response, raw = await self._exchange(request)
        body = _decoded(response, raw, request.source)
        kept = _without_secrets(raw if body is None else body, request.headers)
        answer = Answer(response.status_code, response.headers, kept, datetime.now(UTC))
        capture.payloads.append(
            RawPayload(
                source=request.source,
                kind=request.kind,
                url=self._base(request)[1] + _target(request, dict.fromkeys(request.secret_query, "hidden")),
                params=dict(request.params),
                status=answer.status,
                body=request.archived_body(answer.body),
                fetched_at=answer.fetched_at,
            )
        )
        if body is None:
            raise MalformedBodyError("the body's compression is broken", source=request.source)
        return answer

    async def _exchange(self, request: UpstreamRequest) -> tuple[httpx.Response, bytes]:
        """The answer and its body as it came."""
        url, headers = self.url(request), dict(request.headers)
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._clients.lend() as client,
                client.stream(
                    "GET" if request.json is None else "POST", url, headers=headers, json=request.json
                ) as response,
            ):
                return response, await _whole(response, request.source)
        except TimeoutError as error:
            message = f"no answer within {self._seconds:g} s"
            raise BackOffError(message, source=request.source) from error
        except httpx.TransportError as error:
            message = f"no connection ({type(error).__name__})"
            raise BackOffError(message, source=request.source) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise NextSourceError("the address cannot be requested", source=request.source) from error

    def _base(self, request: UpstreamRequest) -> tuple[str, str]:
        """The source's address, and the same without the password that a setting may have put into it."""
        key = (request.source, request.base_url)
        found = self._bases.get(key)
        if found is None:
            base = self.settings.source_base_url(*key)
            found = self._bases[key] = (base, mask_secrets(base))
        return found


async def _whole(response: httpx.Response, source: str) -> bytes:
    """The body as it came. Raises `MalformedBodyError` for one that no source sends."""
    chunks, size = [], 0
    async for chunk in response.aiter_raw():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise MalformedBodyError(f"the body is larger than {MAX_BODY // 2**20} MiB", source=source)
    return b"".join(chunks)


def _target(request: UpstreamRequest, secrets: Mapping[str, str]) -> str:
    query = {**request.query, **secrets} if secrets else request.query
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _require_headers(request: UpstreamRequest) -> None:
    """Said here, since the errors of the libraries would quote the secret."""
    if not all(_HEADER_VALUE.fullmatch(value) for value in request.headers.values()):
        raise RotateCredentialError(
            "the credential is empty or holds a letter that cannot be sent: store it anew",
            source=request.source,
            status=401,
            cool_down=COOL_DOWN_SECONDS,
        )


def _without_secrets(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The Graph API repeats the token in the addresses of further pages: what is kept must not hold it."""
    for name, value in headers.items():
        secret = value.rpartition(" ")[2].encode()
        if name.lower().endswith(_SECRET_HEADERS) and len(secret) >= _SHORTEST_SECRET and secret in body:
            body = body.replace(secret, b"***")
    return body


def _decoded(response: httpx.Response, raw: bytes, source: str) -> bytes | None:
    """The body without its compression; None when that is broken.

    Raises:
        MalformedBodyError: it would be larger than `MAX_BODY`; what is beyond it is never made.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return raw
    try:
        body = unpacked(raw, encoding, MAX_BODY)
    except ValueError:
        return None
    if body is None:
        raise MalformedBodyError(f"the body unpacks to more than {MAX_BODY // 2**20} MiB", source=source)
    return body

"""Fetches one asset: bounded in size and time, every redirect checked like the first address."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urljoin

import httpx

from upbeat.assets.content_types import Content, is_cut_off, recognise
from upbeat.assets.destination import Destinations
from upbeat.assets.errors import AssetRefusedError, AssetUnavailableError
from upbeat.errors import BackOffError
from upbeat.settings import Settings

MOST_REDIRECTS = 5
USER_AGENT = "upbeat/0.1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNAVAILABLE = frozenset({403, 404, 410})
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Fetched:
    """An asset that may be kept. `checksum` is the hexadecimal SHA-256 of `body`."""

    body: bytes
    content: Content
    checksum: str
    fetched_at: datetime

    @property
    def object_key(self) -> str:
        """Where it is kept: the same content has the same key, whoever shows it."""
        return f"{self.checksum[:2]}/{self.checksum}.{self.content.extension}"


class Fetcher:
    """Fetches assets; open one inside an event loop, and `close` it. `tls` says whose certificates are trusted; default the usual ones."""

    def __init__(
        self,
        settings: Settings,
        destinations: Destinations | None = None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        # httpx logs every address at INFO: its signature lets anybody read.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._most = settings.asset_largest_bytes
        self._seconds = settings.asset_fetch_seconds
        self._destinations = destinations or Destinations(settings)
        self._client = httpx.AsyncClient(
            http2=False,
            verify=tls or httpx.create_ssl_context(trust_env=False),
            trust_env=False,  # a proxy would look the host up again
            follow_redirects=False,
            timeout=None,  # noqa: S113 - one deadline for the whole exchange bounds slow bodies too
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": USER_AGENT, "accept": "image/*, video/*", "accept-encoding": "identity"},
            # Connections are known by their address: one of another host at the same address must not be used again.
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def fetch(self, url: str) -> Fetched:
        """The asset at an address.

        Raises:
            AssetUnavailableError: the address has expired, or there is nothing.
            AssetRefusedError: it may not be kept.
            BackOffError: the same may pass later.
        """
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._body(url)
        except TimeoutError as error:
            raise BackOffError(f"no whole answer within {self._seconds:g} s") from error
        except httpx.TransportError as error:
            raise BackOffError(f"no connection, or it broke ({type(error).__name__})") from error
        return checked(body)

    async def _body(self, url: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            goes = await self._destinations.of(url)
            request = self._client.stream("GET", goes.url, headers=goes.headers, extensions=goes.extensions)
            async with request as response:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    url = _joined(url, response.headers["location"])
                    continue
                _require_asset(response)
                return await read_bounded(response, self._most)
        raise AssetRefusedError(f"more than {MOST_REDIRECTS} redirects")


def checked(body: bytes) -> Fetched:
    """A body that is a picture or film, by its content. Raises `AssetRefusedError` for others, `BackOffError` for one that is cut off."""
    content = recognise(body)
    if content is None:
        raise AssetRefusedError(f"no picture or film by its content: it begins with {body[:8]!r}")
    if is_cut_off(body, content.extension):
        raise BackOffError(f"the body is cut off after {len(body)} bytes")
    return Fetched(body, content, hashlib.sha256(body).hexdigest(), datetime.now(UTC))


async def read_bounded(response: httpx.Response, most: int) -> bytes:
    """The decoded body. Raises `AssetRefusedError` as soon as more than `most` bytes came, or came out of the compression."""
    told = response.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told) > most:
        raise _too_large(most)
    decoder = _decoder(response.headers.get("content-encoding", "identity").strip().lower())
    body = bytearray()
    async for chunk in response.aiter_raw():
        if decoder is None:
            body += chunk
        else:
            body += _decoded(decoder, chunk, most - len(body) + 1)
        if len(body) > most:
            raise _too_large(most)
        if decoder is not None and decoder.eof:
            break  # what comes after it would be kept by the decoder, without a bound
    if decoder is not None and not decoder.eof:
        raise BackOffError(f"the body is cut off after {len(body)} bytes")
    return bytes(body)


def _decoder(encoding: str) -> zlib._Decompress | None:
    """For the encodings that are taken though none was asked for; the others' sizes cannot be bounded while decoding."""
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(_GZIP_OR_ZLIB)
    raise AssetRefusedError(f"content encoding {encoding[:20]}: not asked for, and not decoded")


def _decoded(decoder: zlib._Decompress, chunk: bytes, room: int) -> bytes:
    """At most `room` bytes: what is left in the decoder is never made."""
    try:
        return decoder.decompress(chunk, max(room, 1))
    except zlib.error as error:
        raise BackOffError("the body's compression is broken") from error


def _too_large(most: int) -> AssetRefusedError:
    return AssetRefusedError(f"larger than {most} bytes (UPBEAT_ASSET_LARGEST_BYTES)")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise AssetRefusedError("a redirect to an address that cannot be read") from error


def _require_asset(response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in _UNAVAILABLE:
        raise AssetUnavailableError(f"HTTP {status}", is_forbidden=status == 403)
    if status == 429 or status >= 500:
        raise BackOffError(f"HTTP {status}", status=status)
    raise AssetRefusedError(f"HTTP {status}: no answer with an asset")

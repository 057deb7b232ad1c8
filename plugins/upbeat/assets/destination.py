"""Where a request for an asset goes: the address is looked up once and checked, and the connection goes to just that address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from upbeat.assets.errors import AssetRefusedError
from upbeat.assets.public_addresses import is_public
from upbeat.errors import BackOffError
from upbeat.settings import Settings

SANDBOX_HOST = "cdn.sandbox.invalid"
"""The host in the addresses that the sandbox tells: it never resolves, and is served by the sandbox under this name."""
_LONGEST_URL = 8_192
_PORTS = {"http": 80, "https": 443}

Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Destination:
    """A request that may be sent: `url` names the checked address, `headers` and `extensions` the host that was asked for."""

    url: httpx.URL
    headers: dict[str, str]
    extensions: dict[str, Any]


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, those of IPv4 first: not every machine has a way out by IPv6. Raises `BackOffError`."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise BackOffError(f"{host}: no address is known of this host") from error
    return sorted(dict.fromkeys(str(entry[4][0]) for entry in found), key=lambda address: ":" in address)


class Destinations:
    """Says where requests may go.

    Args:
        resolver: looks a host up; called once per request.
        allowed: which addresses may be connected to.
    """

    def __init__(
        self, settings: Settings, *, resolver: Resolve = resolve, allowed: Callable[[str], bool] = is_public
    ) -> None:
        self._sandbox = httpx.URL(settings.sandbox_url()) if settings.upstream == "sandbox" else None
        self._resolve = resolver
        self._allowed = allowed

    async def of(self, url: str) -> Destination:
        """The destination of an address.

        Raises:
            AssetRefusedError: no address of the public web: the scheme, a port or a password that it names, or where its host lies.
            BackOffError: the host is not known now.
        """
        wanted = _parsed(url)
        if self._sandbox is not None and wanted.host == SANDBOX_HOST:
            target = f"/{SANDBOX_HOST}".encode() + wanted.raw_path
            return Destination(self._sandbox.copy_with(raw_path=target), {}, {})
        # As it travels (`xn--…`): looked up, named in TLS and in the request, it is one and the same.
        host = wanted.raw_host.decode("ascii")
        addresses = await self._resolve(host, wanted.port or _PORTS[wanted.scheme])
        bad = [address for address in addresses if not self._allowed(address)]
        if bad or not addresses:
            raise AssetRefusedError(
                f"{host}: the host lies at {', '.join(bad) or 'no address'}, which is not of the public Internet"
            )
        # TLS is spoken with, and the certificate checked against, the host that was asked for.
        return Destination(
            wanted.copy_with(host=addresses[0]),
            {"host": wanted.netloc.decode()},
            {"sni_hostname": host},
        )


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url) if len(url) <= _LONGEST_URL else httpx.URL("")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AssetRefusedError("the address cannot be read") from error
    if parsed.scheme not in _PORTS or not parsed.host:
        raise AssetRefusedError(
            f"{parsed.scheme or 'no scheme'}: only addresses of http and https are fetched"
        )
    if parsed.userinfo:
        raise AssetRefusedError(f"{parsed.host}: the address names a user, which no public picture does")
    if parsed.port not in (None, *_PORTS.values()):
        raise AssetRefusedError(f"{parsed.host}: port {parsed.port} is not one of the web's")
    return parsed

"""The address that was checked is the one that is connected to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from upbeat.assets.destination import Destinations
from upbeat.assets.errors import AssetRefusedError
from upbeat.assets.fetch import Fetcher, read_bounded
from upbeat.sandbox.media_bytes import jpeg
from upbeat.settings import Settings

LIVE = Settings(upstream="live")


class Resolver:
    """Tells another answer at every question, as a host does that rebinds."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def destinations(*answers: list[str], settings: Settings = LIVE) -> tuple[Destinations, Resolver]:
    resolver = Resolver(*answers)
    return Destinations(settings, resolver=resolver), resolver


def test_the_host_is_looked_up_once_and_the_connection_goes_to_that_address() -> None:
    found, resolver = destinations(["157.240.1.63"], ["127.0.0.1"])
    goes = asyncio.run(found.of("https://cdn.example/a.jpg?x=1"))
    assert str(goes.url) == "https://157.240.1.63/a.jpg?x=1"
    assert (goes.headers, goes.extensions) == ({"host": "cdn.example"}, {"sni_hostname": "cdn.example"})
    assert resolver.asked == [("cdn.example", 443)]


def test_a_host_of_other_letters_is_looked_up_and_named_alike() -> None:
    found, resolver = destinations(["157.240.1.63"])
    goes = asyncio.run(found.of("https://faß.example/a.jpg"))
    assert resolver.asked == [("xn--fa-hia.example", 443)]
    assert (goes.headers["host"], goes.extensions["sni_hostname"]) == ("xn--fa-hia.example",) * 2


def test_one_address_that_is_not_public_refuses_the_host() -> None:
    found, _ = destinations(["157.240.1.63", "10.0.0.1"])
    with pytest.raises(AssetRefusedError, match=r"the host lies at 10\.0\.0\.1"):
        asyncio.run(found.of("https://cdn.example/a.jpg"))
    none, _ = destinations([])
    with pytest.raises(AssetRefusedError):
        asyncio.run(none.of("https://cdn.example/a.jpg"))


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//cdn.example/a", "ftp://cdn.example/a", "file:///etc/passwd", "data:image/png;base64,AA", "gopher://cdn.example/",
        "https://u:p@cdn.example/a", "https://u@cdn.example/a", "https://cdn.example:22/a", "https://cdn.example:8443/a", "https:///a",
        "https://cdn.example/" + "a" * 9_000, "https://[::1/a", "https://cdn.example:99999/", "http://\x00/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused_without_a_look_up(url: str) -> None:
    found, resolver = destinations(["157.240.1.63"])
    with pytest.raises(AssetRefusedError):
        asyncio.run(found.of(url))
    assert resolver.asked == []


def test_the_sandbox_is_reached_by_its_own_name_alone_and_not_at_all_when_live() -> None:
    sandbox = Settings(upstream="sandbox", sandbox_port=18900)
    found, resolver = destinations(["127.0.0.1"], settings=sandbox)
    goes = asyncio.run(found.of("https://cdn.sandbox.invalid/post/a.jpg?oe=1"))
    assert str(goes.url) == "http://127.0.0.1:18900/cdn.sandbox.invalid/post/a.jpg?oe=1"
    for url in (
        "http://127.0.0.1:18900/_sandbox/health",
        "https://x.cdn.sandbox.invalid/a",
        "http://localhost/a",
    ):
        with pytest.raises(AssetRefusedError):
            asyncio.run(found.of(url))
    live, _ = destinations(["127.0.0.1"])
    with pytest.raises(AssetRefusedError):
        asyncio.run(live.of("https://cdn.sandbox.invalid/post/a.jpg"))
    assert len(resolver.asked) == 2


def test_a_path_cannot_climb_out_of_the_sandboxs_cdn() -> None:
    found, _ = destinations(settings=Settings(upstream="sandbox", sandbox_port=18900))
    goes = asyncio.run(found.of("https://cdn.sandbox.invalid/../_sandbox/health"))
    assert goes.url.path.startswith("/cdn.sandbox.invalid/")


class _Server(BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.seen.append(self.headers["host"])
        body = jpeg("x")
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def server() -> Iterator[int]:
    _Server.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening.server_address[1]
        listening.shutdown()
        thread.join()


def test_a_host_that_rebinds_is_asked_at_the_address_that_was_checked(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer of the resolver would be the real network: nobody asks for it."""
    from upbeat.assets import destination

    monkeypatch.setattr(destination, "_PORTS", {"http": server, "https": 443})
    resolver = Resolver(["127.0.0.1"], ["192.0.2.1"])
    found = Destinations(LIVE, resolver=resolver, allowed=lambda address: address == "127.0.0.1")

    async def fetch() -> str:
        fetcher = Fetcher(LIVE, found)
        try:
            return (await fetcher.fetch(f"http://cdn.example:{server}/a.jpg")).content.extension
        finally:
            await fetcher.close()

    assert asyncio.run(fetch()) == "jpg"
    assert _Server.seen == [f"cdn.example:{server}"]
    assert resolver.asked == [("cdn.example", server)]


def test_a_body_is_left_as_soon_as_it_is_too_large() -> None:
    given: list[int] = []

    async def pieces() -> Any:
        for number in range(1_000):
            given.append(number)
            yield bytes(1_000)

    async def read() -> bytes:
        return await read_bounded(httpx.Response(200, content=pieces()), 5_000)

    with pytest.raises(AssetRefusedError, match="larger than 5000 bytes"):
        asyncio.run(read())
    assert len(given) == 6

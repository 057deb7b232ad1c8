"""TLS is spoken with the host that was asked for, though the connection goes to its address."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from upbeat.assets import destination
from upbeat.assets.destination import Destinations
from upbeat.assets.fetch import Fetcher
from upbeat.errors import BackOffError
from upbeat.sandbox.media_bytes import jpeg
from upbeat.settings import Settings

LIVE = Settings(upstream="live")


@dataclass
class Server:
    port: int
    trusted: ssl.SSLContext
    names: list[str]


class _Picture(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = jpeg("x")
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cdn.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("cdn.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "cdn.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    path = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    names: list[str] = []
    context.sni_callback = lambda _, name, __: names.append(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Picture) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        port = listening.server_address[1]
        monkeypatch.setattr(destination, "_PORTS", {"http": 80, "https": port})
        yield Server(port, ssl.create_default_context(cafile=str(path)), names)
        listening.shutdown()
        thread.join()


def fetched(server: Server, host: str, tls: ssl.SSLContext | None) -> str:
    async def resolver(_: str, __: int) -> list[str]:
        return ["127.0.0.1"]

    async def fetch() -> str:
        found = Destinations(LIVE, resolver=resolver, allowed=lambda _: True)
        fetcher = Fetcher(LIVE, found, tls=tls)
        try:
            return (await fetcher.fetch(f"https://{host}:{server.port}/a.jpg")).content.extension
        finally:
            await fetcher.close()

    return asyncio.run(fetch())


def test_the_certificate_is_held_against_the_host_that_was_asked_for(server: Server) -> None:
    assert fetched(server, "cdn.example", server.trusted) == "jpg"
    with pytest.raises(BackOffError, match="ConnectError"):
        fetched(server, "other.example", server.trusted)
    with pytest.raises(BackOffError, match="ConnectError"):
        fetched(server, "cdn.example", None)  # nobody vouches for it
    assert server.names == ["cdn.example", "other.example", "cdn.example"]

"""The CDN of all pictures and films that the sandbox tells of, as `cdn`.

Instagram's addresses are signed where the setting `media_epoch` is not 0: `oe` tells when one ends, `oh` signs it; in another epoch it is
answered with 403, as the real one answers an address that has expired. Every API tells the addresses of the epoch in force.

What the CDN may be told to do wrong, for all (setting `media_case`) or below `/case/<case>/`: see `CASES`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections.abc import Callable
from functools import cache

from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.media_bytes import jpeg, mp4, png
from upbeat.sandbox.upstream import Answer, Drip, Request, Upstream
from upbeat.sandbox.world import World

HOST = "cdn.sandbox.invalid"
_FOLDERS = ("profile", "post", "story", "highlight", "channel", "vi", "viewer.jpg")
_SIGNED = ("profile", "post", "story", "highlight")
_ADDRESS = re.compile(
    rb"https://" + re.escape(HOST.encode()) + rb"(/(?:" + "|".join(_SIGNED).encode() + rb")/[^\"\\?]+)"
)
_EPOCH_BEGINS = 0x70000000
"""Unix seconds, in the year 2029: an address says that it lasts, whatever the clock."""
_LARGE = 26 * 2**20


def signed(body: bytes, epoch: str) -> bytes:
    """A body whose addresses of Instagram's media bear the signature of an epoch."""
    if epoch == "0" or HOST.encode() not in body:
        return body
    return _ADDRESS.sub(lambda found: found[0] + b"?" + _signature(found[1].decode(), epoch).encode(), body)


def _signature(path: str, epoch: str) -> str:
    oh = hashlib.sha256(f"{epoch}:{path}".encode()).hexdigest()[:24]
    return f"oe={_EPOCH_BEGINS + int(epoch):08x}&oh={oh}"


def _file(body: bytes, content_type: str, **headers: str) -> Answer:
    named = {"content-type": content_type, **{name.replace("_", "-"): text for name, text in headers.items()}}
    told = tuple((name.encode(), text.encode()) for name, text in named.items())
    return Answer(200, b"", told, file=io.BytesIO(body))


def _redirect(target: str) -> Answer:
    return Answer(302, b"", ((b"location", target.encode()),))


def _picture(path: str) -> Answer:
    if path.endswith(".mp4"):
        return _file(mp4(path), "video/mp4")
    if path.endswith(".png"):
        return _file(png(path), "image/png")
    return _file(jpeg(path), "image/jpeg")


def _hops(path: str) -> Answer:
    """`/hops/3/x.jpg` leads over three redirects to the picture of `/hops/0/x.jpg`."""
    left, _, name = path.partition("/hops/")[2].partition("/")
    if not left.isdigit() or not name:
        return _redirect("/hops/3/x.jpg")
    return _redirect(f"/hops/{int(left) - 1}/{name}") if int(left) else _picture(f"/hops/{name}")


@cache
def _bomb() -> bytes:
    """64 MiB that are 64 KiB on the way."""
    return gzip.compress(b"\xff\xd8\xff\xe0" + bytes(2**26), compresslevel=9, mtime=0)


_PAGE = b"<!doctype html><title>Log in</title><script>alert(1)</script>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

CASES: dict[str, Callable[[str], Answer]] = {
    "picture": _picture,
    "redirected": _hops,
    "redirect_loop": lambda _: _redirect("?again"),
    "redirect_to_metadata": lambda _: _redirect("http://169.254.169.254/latest/meta-data/iam/"),
    "redirect_to_loopback": lambda _: _redirect("http://127.0.0.1:80/"),
    "redirect_to_file": lambda _: _redirect("file:///etc/passwd"),
    "expired": lambda _: Answer(403, b'"URL signature expired"'),
    "gone": lambda _: Answer(410, b""),
    "page": lambda _: _file(_PAGE, "image/jpeg"),
    "svg": lambda _: _file(_SVG, "image/svg+xml"),
    "empty": lambda _: _file(b"", "image/jpeg"),
    "large": lambda _: _file(jpeg("large") + bytes(_LARGE), "image/jpeg"),
    "endless": lambda _: Answer(200, b"", drip=Drip(jpeg("endless") + bytes(2**17), 4_096, 0.0)),
    "slow_drip": lambda _: Answer(200, b"", drip=Drip(b"\xff\xd8\xff\xe0", 4_096, 0.05)),
    "bomb": lambda _: _file(_bomb(), "image/jpeg", content_encoding="gzip"),
    "compressed": lambda path: _file(
        gzip.compress(jpeg(path), mtime=0), "image/jpeg", content_encoding="gzip"
    ),
    "brotli": lambda path: _file(jpeg(path), "image/jpeg", content_encoding="br"),
}
"""What a request may meet, by name; `picture` is the usual one."""


class MediaCdn(Upstream):
    """Serves bytes to anybody who has an address that is still good."""

    name = "cdn"
    host = HOST
    limit = Limit(None, 60)
    is_stateful = True  # bodies are made as they are asked for: none is kept
    methods = frozenset({"GET"})

    def credential(self, request: Request) -> str:
        """None is needed."""
        return ""

    def subject(self, request: Request, world: World) -> str:
        """The path, so that a fault can strike one picture."""
        return request.path

    def answer(self, request: Request, world: World) -> Answer:
        """The bytes, or what the case in force wants."""
        folder, _, rest = request.path.lstrip("/").partition("/")
        if folder == "hops":
            return _hops(request.path)
        if folder == "case":
            case, _, name = rest.partition("/")
            return CASES[case](f"/{name}") if case in CASES else Answer(404, b"")
        if folder not in _FOLDERS:
            return Answer(404, b"")
        if folder in _SIGNED and not self._is_good(request, world.settings["media_epoch"]):
            return CASES["expired"](request.path)
        return CASES[world.settings["media_case"]](request.path)

    @staticmethod
    def _is_good(request: Request, epoch: str) -> bool:
        if epoch == "0":
            return "oh" not in request.query
        return _signature(request.path, epoch).endswith(f"&oh={request.query.get('oh', '')}")

    def refused(self, request: Request, state: str) -> Answer:
        """Never met but as a fault that was asked for."""
        return Answer(401, b"")

    def throttled(self, usage: Usage) -> Answer:
        """Likewise."""
        return Answer(429, b"")

    def failed(self) -> Answer:
        """An edge server without its origin."""
        return Answer(503, b"")


UPSTREAM = MediaCdn()

"""What a body is by its first bytes, never by what its server says. Pictures and films alone are known: SVG and HTML can run programs.

Signatures: WHATWG "MIME Sniffing Standard" §6.1 and §6.2; brands of ISO base media files: the MP4 Registration Authority (mp4ra.org).
Sizes: PNG (W3C, IHDR), GIF89a (logical screen), ITU-T T.81 (SOF), RFC 9649 (WebP).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Size = tuple[int, int]

_FILM_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"MSNV",
)
_PICTURE_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"heix": "heic", b"mif1": "heic"}
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONGEST_JPEG_TAIL = 4096


@dataclass(frozen=True, slots=True)
class Content:
    """What a body is. `size` is width and height in pixels, None where its beginning does not tell."""

    content_type: str
    extension: str
    size: Size | None = None


CONTENT_TYPES: dict[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
"""Content type by the extension of an object's key."""


def recognise(body: bytes) -> Content | None:
    """What a picture or film is; None for anything else."""
    extension = _extension(body[:64])
    if extension is None:
        return None
    measure = _MEASURES.get(extension)
    size = measure(body) if measure else None
    return Content(CONTENT_TYPES[extension], extension, size if size and min(size) > 0 else None)


def is_cut_off(body: bytes, extension: str) -> bool:
    """Whether a body ends before its format says that it does; formats that do not say so count as whole."""
    if extension == "png":
        return b"IEND" not in body[-64:]
    if extension == "jpg":
        return b"\xff\xd9" not in body[-_LONGEST_JPEG_TAIL:]
    if extension == "webp":
        return len(body) < 8 + int.from_bytes(body[4:8], "little")
    return False


def _extension(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head:
        return "webm"
    if head[4:8] == b"ftyp":
        return _PICTURE_BRANDS.get(head[8:12]) or ("mp4" if _is_film(head) else None)
    return None


def _is_film(head: bytes) -> bool:
    """By the major brand, else by one of the compatible ones that stand in the first bytes."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    return any(brand in _FILM_BRANDS for brand in brands)


def _png(body: bytes) -> Size | None:
    if body[12:16] != b"IHDR" or len(body) < 24:
        return None
    return int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")


def _gif(body: bytes) -> Size | None:
    return (
        (int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little"))
        if len(body) >= 10
        else None
    )


def _jpeg(body: bytes) -> Size | None:
    """The first frame's; segments before it are passed over by their lengths."""
    at = 2
    while at + 9 <= len(body) and body[at] == 0xFF:
        marker, length = body[at + 1], int.from_bytes(body[at + 2 : at + 4], "big")
        if marker in _SOF:
            return int.from_bytes(body[at + 7 : at + 9], "big"), int.from_bytes(body[at + 5 : at + 7], "big")
        at += 2 + max(length, 2) if marker != 0xFF else 1
    return None


def _webp(body: bytes) -> Size | None:
    form = body[12:16]
    if len(body) < 30:
        return None
    if form == b"VP8X":
        return int.from_bytes(body[24:27], "little") + 1, int.from_bytes(body[27:30], "little") + 1
    if form == b"VP8 " and body[23:26] == b"\x9d\x01\x2a":
        return (
            int.from_bytes(body[26:28], "little") & 0x3FFF,
            int.from_bytes(body[28:30], "little") & 0x3FFF,
        )
    if form == b"VP8L" and body[20] == 0x2F:
        bits = int.from_bytes(body[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


_MEASURES: dict[str, Callable[[bytes], Size | None]] = {"png": _png, "gif": _gif, "jpg": _jpeg, "webp": _webp}

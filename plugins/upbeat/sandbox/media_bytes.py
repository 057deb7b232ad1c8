"""Pictures and films of the sandbox, made here byte by byte: small, valid, and another one for every name.

A picture is a pattern of 5 × 5 squares, mirrored, in one colour on a light ground. It is a baseline JPEG (ITU-T T.81) whose blocks have
one colour each, so that nothing but their mean (DC) is coded. A film is the frame of an MP4 (ISO 14496-12) around its name's hash: no
player shows anything, and every check of its content holds.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import lru_cache

Colour = tuple[int, int, int]

CELLS = 7
"""Squares in a row, with one of ground on each side."""
BLOCKS = 2
"""Blocks of 8 × 8 pixels in a row of one square."""
PIXELS = CELLS * BLOCKS * 8

_GROUND: Colour = (240, 240, 236)
_QUANTUM = 8  # of the mean: its eightfold is coded, so one step is one step of the sample
# The table K.3 of T.81: how many codes there are of each length; the values are the categories 0 to 11.
_DC_LENGTHS = (0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
_DC_CODES = ("00", "010", "011", "100", "101", "110", "1110", "11110", "111110")
_END_OF_BLOCK = "0"  # the one code of the table of AC


@lru_cache(maxsize=512)
def jpeg(name: str) -> bytes:
    """The picture of a name."""
    bits, before = [], [0, 0, 0]
    for colour in _pixels(name):
        for component, value in enumerate(_ycbcr(colour)):
            bits.append(_coded(value - before[component]) + _END_OF_BLOCK)
            before[component] = value
    return b"".join((_HEAD, _packed("".join(bits)), b"\xff\xd9"))


def png(name: str) -> bytes:
    """The same picture as PNG (W3C), one pixel for a block."""
    width = CELLS * BLOCKS
    flat = [bytes(colour) for colour in _pixels(name)]
    rows = b"".join(b"\0" + b"".join(flat[at : at + width]) for at in range(0, len(flat), width))
    header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def mp4(name: str) -> bytes:
    """The film of a name."""
    header = struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 1000, 0x00010000, 0x0100)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    film = _box(b"mvhd", header + matrix + bytes(24) + struct.pack(">I", 1))
    kind = _box(b"ftyp", b"isom" + struct.pack(">I", 0x200) + b"isommp42")
    return kind + _box(b"moov", film) + _box(b"mdat", hashlib.sha512(name.encode()).digest() * 16)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def _pixels(name: str) -> list[Colour]:
    """The colours of all blocks, row by row."""
    digest = hashlib.sha256(name.encode()).digest()
    colour: Colour = (40 + digest[0] * 2 // 3, 40 + digest[1] * 2 // 3, 40 + digest[2] * 2 // 3)
    half = {(row, column): digest[3 + row * 3 + column] & 1 for row in range(5) for column in range(3)}

    def cell(row: int, column: int) -> Colour:
        inside = 0 <= row < 5 and 0 <= column < 5
        return colour if inside and half[row, min(column, 4 - column)] else _GROUND

    side = range(CELLS * BLOCKS)
    return [cell(y // BLOCKS - 1, x // BLOCKS - 1) for y in side for x in side]


def _ycbcr(colour: Colour) -> tuple[int, int, int]:
    """JFIF's conversion, around 0."""
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma - 128), round(0.564 * (blue - luma)), round(0.713 * (red - luma))


def _coded(difference: int) -> str:
    """A difference of means: its category, then so many bits (T.81 F.1.2.1)."""
    category = abs(difference).bit_length()
    if category == 0:
        return _DC_CODES[0]
    value = difference if difference > 0 else difference + (1 << category) - 1
    return _DC_CODES[category] + format(value, f"0{category}b")


def _packed(bits: str) -> bytes:
    """Bits to bytes, filled up with ones; a zero follows every 0xFF, so that none is taken for a marker."""
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


_HEAD = b"".join(
    (
        b"\xff\xd8",
        _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        _segment(0xDB, b"\0" + bytes([_QUANTUM]) * 64),
        _segment(0xC0, struct.pack(">BHHB", 8, PIXELS, PIXELS, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0"),
        _segment(0xC4, b"\0" + bytes(_DC_LENGTHS) + bytes(range(12))),
        _segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
        _segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0"),
    )
)

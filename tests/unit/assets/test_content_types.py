"""What a body is comes from its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.assets.content_types import CONTENT_TYPES, is_cut_off, recognise
from upbeat.sandbox.media_bytes import jpeg, mp4, png

GIF = b"GIF89a" + (320).to_bytes(2, "little") + (200).to_bytes(2, "little") + bytes(20)
VP8X = (
    b"RIFF"
    + (22).to_bytes(4, "little")
    + b"WEBPVP8X"
    + (10).to_bytes(4, "little")
    + bytes(4)
    + b"\x3f\x01\0\xc7\0\0"
)
VP8L = (
    b"RIFF"
    + (37).to_bytes(4, "little")
    + b"WEBPVP8L"
    + bytes(4)
    + b"\x2f"
    + (319 | 199 << 14).to_bytes(4, "little")
    + bytes(20)
)
VP8 = b"RIFF" + (31).to_bytes(4, "little") + b"WEBPVP8 " + bytes(7) + b"\x9d\x01\x2a\x40\x01\xc8\0" + bytes(9)
AVIF = b"\0\0\0\x1cftypavif" + bytes(40)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(20)


@pytest.mark.parametrize(
    ("body", "extension", "size"),
    [
        (jpeg("a"), "jpg", (112, 112)),
        (png("a"), "png", (14, 14)),
        (GIF, "gif", (320, 200)),
        (VP8X, "webp", (320, 200)),
        (VP8L, "webp", (320, 200)),
        (VP8, "webp", (320, 200)),
        (AVIF, "avif", None),
        (mp4("a"), "mp4", None),
        (WEBM, "webm", None),
    ],
)
def test_a_picture_or_film_is_known_by_its_first_bytes(
    body: bytes, extension: str, size: tuple[int, int] | None
) -> None:
    found = recognise(body)
    assert found is not None
    assert (found.extension, found.size) == (extension, size)
    assert found.content_type == CONTENT_TYPES[extension]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xd8",
        b"<svg xmlns='x'/>",
        b"<!doctype html>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x18ftypqt  ",
    ],
)
def test_anything_else_is_not_kept(body: bytes) -> None:
    assert recognise(body) is None


@given(st.sampled_from([jpeg("a"), png("b"), GIF, VP8X, VP8, mp4("c")]), st.data())
def test_no_damage_raises_and_no_size_is_zero(body: bytes, data: st.DataObject) -> None:
    damaged = bytearray(body[: data.draw(st.integers(0, len(body)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = recognise(bytes(damaged))
    assert found is None or found.size is None or min(found.size) > 0


@given(st.sampled_from([(jpeg("a"), "jpg"), (png("a"), "png"), (VP8, "webp")]), st.floats(0.2, 0.8))
def test_half_a_picture_is_told_from_a_whole_one(body: tuple[bytes, str], share: float) -> None:
    whole, extension = body
    assert not is_cut_off(whole, extension)
    assert is_cut_off(whole[: int(len(whole) * share)], extension)

"""Coders: what one side writes the other reads, however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.embedded.clickhouse_face.compression import MOST_AT_ONCE, Decompressor, compressor
from upbeat.embedded.clickhouse_face.errors import ClickHouseError

CODINGS = ["", "gzip", "deflate", "lz4", "zstd"]


@pytest.mark.parametrize("coding", CODINGS)
@given(pieces=st.lists(st.binary(max_size=300), max_size=5), cut=st.integers(1, 50))
def test_bodies_round_trip_in_any_pieces(coding: str, pieces: list[bytes], cut: int) -> None:
    coder, decoder = compressor(coding), Decompressor(coding)
    encoded = b"".join(coder.compress(piece) for piece in pieces) + coder.flush()
    decoded = b"".join(
        piece for i in range(0, len(encoded), cut) for piece in decoder.feed(encoded[i : i + cut])
    )
    decoder.finish()
    assert decoded == b"".join(pieces)


@pytest.mark.parametrize("coding", CODINGS[1:])
def test_two_frames_are_one_body_and_half_a_frame_is_an_error(coding: str) -> None:
    coder = compressor(coding)
    frame = coder.compress(b"abc" * 100) + coder.flush()
    assert b"".join(Decompressor(coding).feed(frame + frame)) == b"abc" * 200
    decoder = Decompressor(coding)
    list(decoder.feed(frame[: len(frame) // 2]))
    with pytest.raises(ClickHouseError, match="ends too early"):
        decoder.finish()
    with pytest.raises(ClickHouseError, match="Cannot decompress"):
        list(Decompressor(coding).feed(b"\xff no such frame"))


@pytest.mark.parametrize("coding", CODINGS[1:])
def test_a_small_body_that_unpacks_to_very_much_is_decoded_in_small_pieces(coding: str) -> None:
    coder = compressor(coding)
    bomb = b"".join(coder.compress(bytes(2**20)) for _ in range(64)) + coder.flush()
    assert len(bomb) < 2**20

    sizes = [len(piece) for piece in Decompressor(coding).feed(bomb)]

    assert sum(sizes) == 64 * 2**20
    assert max(sizes) <= MOST_AT_ONCE

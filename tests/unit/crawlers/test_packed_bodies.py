"""Bodies of sources are unpacked as far as is wanted, and no further."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.crawlers.packed_bodies import unpacked


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@given(body=st.binary(max_size=2_000))
def test_what_was_packed_in_any_of_the_ways_comes_back(body: bytes) -> None:
    assert unpacked(gzip.compress(body), "gzip", 4_000) == body
    assert unpacked(gzip.compress(body) * 2, "gzip", 4_000) == body * 2
    assert unpacked(zlib.compress(body), "deflate", 4_000) == body


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_a_body_is_whole_or_said_to_be_too_large(length: int, most: int) -> None:
    for packed, encoding in ((gzip.compress(bytes(length)), "x-gzip"), (bare(bytes(length)), "deflate")):
        assert unpacked(packed, encoding, most) == (bytes(length) if length <= most else None)


@given(st.binary(min_size=1, max_size=100))
def test_whatever_is_called_packed_is_unpacked_or_refused(raw: bytes) -> None:
    for encoding in ("gzip", "deflate"):
        with suppress(ValueError):
            assert isinstance(unpacked(raw, encoding, 1_000), bytes | None)


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (b"{}", "br"),
        (b"{}", "gzip"),
        (gzip.compress(b"{}" * 99)[:-9], "gzip"),
        (gzip.compress(b"") * 100_000, "gzip"),  # each would copy all that follow it
    ],
)
def test_what_is_broken_cut_off_or_was_not_asked_for_is_named(raw: bytes, encoding: str) -> None:
    with pytest.raises(ValueError, match=r"broken|cut off|not asked for|too many parts"):
        unpacked(raw, encoding, 10_000)

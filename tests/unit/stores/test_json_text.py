"""JSON for jsonb: Postgres takes all of it, and nothing that can be kept is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.records import Platform
from upbeat.stores.json_text import clean_text, encode_json

TEXT = st.text(st.characters(codec=None))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)  # a loaded machine is no bug
@given(VALUES)
def test_any_value_becomes_text_without_nul_and_lone_surrogates(value: Any) -> None:
    encoded = encode_json(value)
    encoded.encode("utf-8")
    assert "\\u0000" not in encoded.replace("\\\\", "")
    json.loads(encoded)


@settings(deadline=None)  # a loaded machine is no bug
@given(TEXT)
def test_clean_text_keeps_everything_else(text: str) -> None:
    kept = [c for c in text if c != "\x00" and not 0xD800 <= ord(c) <= 0xDFFF]
    assert clean_text(text) == "".join(kept)


@pytest.mark.parametrize("extra", ["", "\x00", "\ud800"])
def test_times_and_enums_are_written_alike_on_the_fast_and_the_slow_path(extra: str) -> None:
    moment = datetime(2026, 11, 22, 14, tzinfo=UTC)
    told = json.loads(encode_json({"at": moment, "platform": Platform.INSTAGRAM, "text": f"a{extra}b"}))
    assert told == {"at": "2026-11-22T14:00:00+00:00", "platform": "INSTAGRAM", "text": "ab"}


def test_integers_beyond_64_bits_stay_exact() -> None:
    assert encode_json([10**30]) == f"[{10**30}]"

"""The form of the raw archive: what goes in comes out, byte for byte."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.ingestion.archive import archive_prefix, decode_object, encode_payload
from upbeat.records import PayloadKind, RawPayload

MOMENT = datetime(2026, 11, 22, 9, 5, 0, 123456, tzinfo=UTC)


def payload(body: bytes, status: int = 200) -> RawPayload:
    return RawPayload(
        source="lama",
        kind=PayloadKind.PROFILE,
        url="http://lama/v1/user?username=x",
        params={"handle": "x"},
        status=status,
        body=body,
        fetched_at=MOMENT,
    )


@settings(deadline=None)  # a loaded machine is no bug
@given(st.lists(st.tuples(st.binary(), st.integers(100, 599)), min_size=1, max_size=5))
def test_bodies_come_back_as_they_were_text_or_not(bodies: list[tuple[bytes, int]]) -> None:
    payloads = [payload(body, status) for body, status in bodies]
    packed = gzip.compress(b"\n".join(encode_payload(n, p) for n, p in enumerate(payloads)))
    read = list(decode_object("raw/k.jsonl.gz", packed))
    assert [archived.payload for archived in read] == payloads
    assert [archived.task_id for archived in read] == list(range(len(payloads)))
    assert [archived.pointer for archived in read] == [f"raw/k.jsonl.gz#{n}" for n in range(len(payloads))]


ARRAY, NO_BODY = (gzip.compress(line, mtime=0) for line in (b"[]", b'{"task": 1}'))


@pytest.mark.parametrize(
    "damaged", [b"", b"plain", ARRAY, NO_BODY], ids=["empty", "plain", "array", "no body"]
)
def test_a_damaged_object_is_named(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="raw/k"):
        list(decode_object("raw/k", damaged))


def test_an_object_that_unpacks_to_more_than_any_of_ours_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upbeat.ingestion.archive.LARGEST_OBJECT", 1_000_000)
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"raw/k unpacks to more than 1,000,000 bytes"):
        list(decode_object("raw/k", bomb))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_keys_sort_by_time_and_tell_platform_and_flow() -> None:
    assert archive_prefix("INSTAGRAM", "profile_by_handle", MOMENT) == (
        "raw/instagram/profile_by_handle/dt=2026-11-22/hour=09/"
    )
    assert archive_prefix("INSTAGRAM", "profile_by_handle") == "raw/instagram/profile_by_handle/"

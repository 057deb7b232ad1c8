"""S3 as the parts of Upbeat meet it: what is missing, what is refused, what is read in pieces."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore


def test_a_login_that_s3_does_not_know_is_a_store_that_cannot_be_used_and_no_fault_of_the_object(
    settings: Settings,
) -> None:
    stranger = settings.model_copy(update={"s3_access_key_id": SecretStr("STRANGER-KEY")})
    store = ObjectStore(stranger, settings.s3_raw_bucket)
    for ask in (lambda: store.put("a", b"b"), lambda: store.get("a"), lambda: store.size("a")):
        with pytest.raises(StoreUnavailableError, match=r"S3 refuses \w+ in raw-\d+") as caught:
            ask()
        assert "STRANGER-KEY" not in str(caught.value)


def test_a_missing_object_is_named(settings: Settings) -> None:
    store = ObjectStore(settings, settings.s3_raw_bucket)
    for ask in (lambda: store.get("gone"), lambda: list(store.chunks("gone")), lambda: store.size("gone")):
        with pytest.raises(ObjectMissingError, match="/gone does not exist"):
            ask()
    store.delete("gone")


def test_a_bucket_is_created_in_a_region_of_ones_own_and_again_without_harm(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"s3_region": "eu-central-1"})
    store = ObjectStore(elsewhere, f"{settings.s3_raw_bucket}-elsewhere")
    for _ in range(2):
        store.create_bucket()
    store.put("a/b", b"kept")
    assert store.get("a/b") == b"kept"


def test_a_reader_that_stops_early_leaves_nothing_open(settings: Settings) -> None:
    store = ObjectStore(settings, settings.s3_raw_bucket)
    store.put("big", b"x" * 300_000)
    for _ in range(40):  # more than the pool of connections holds
        assert next(store.chunks("big", 1000)) == b"x" * 1000
    assert sum(map(len, store.chunks("big", 1000))) == 300_000

"""What an address names, apart from its signature."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.assets.source_url import expires_at, url_hash

PICTURE = "https://scontent-ams4-1.cdninstagram.com/v/t51.2885-19/44884218_n.jpg?stp=dst-jpg_s150x150"
SIGNED = f"{PICTURE}&_nc_ht=scontent-ams4-1.cdninstagram.com&_nc_cat=1&oh=00_AfB&oe=65A1B2C3&edm=AO&ccb=7-5"


def test_signature_edge_server_and_scheme_do_not_matter() -> None:
    other_edge = SIGNED.replace("scontent-ams4-1", "instagram.fdel1-2").replace("oh=00_AfB", "oh=00_XyZ")
    assert (
        url_hash(PICTURE)
        == url_hash(SIGNED)
        == url_hash(other_edge)
        == url_hash(SIGNED.replace("https", "http"))
    )
    s3 = "https://bucket.s3.amazonaws.com/a.jpg"
    assert url_hash(s3) == url_hash(f"{s3}?X-Amz-Signature=1&X-Amz-Expires=60&Expires=3&Key-Pair-Id=K")


@pytest.mark.parametrize(
    "other",
    [
        PICTURE.replace("44884218", "44884219"),
        PICTURE.replace("s150x150", "s320x320"),
        PICTURE.replace("scontent-ams4-1.cdninstagram.com", "cdninstagram.com.example"),
        PICTURE.replace("/v/", "/V/"),
    ],
)
def test_another_path_cut_or_host_is_another_picture(other: str) -> None:
    assert url_hash(PICTURE) != url_hash(other)


def test_an_address_tells_when_it_ends() -> None:
    assert expires_at(SIGNED) == datetime(2024, 1, 12, 21, 44, 35, tzinfo=UTC)
    assert expires_at(PICTURE) is None
    assert expires_at("https://x/?oe=zzzzzzzz") is None


@given(st.text())
def test_whatever_stands_for_an_address_has_a_hash(text: str) -> None:
    assert len(url_hash(text)) == 64
    expires_at(text)
    url_hash(f"http://[{text}")

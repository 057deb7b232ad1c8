"""What a read may be asked with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.page import wanted_of
from upbeat.api.published.parameters import query_model
from upbeat.settings import Settings

POSTS = RESOURCES["post_ranking"]


def test_a_time_of_any_offset_goes_to_postgres_in_utc() -> None:
    # Postgres refuses an offset of 16 hours or more; a caller may write 23:59.
    query = query_model(POSTS).model_validate_strings({"published_since": "2026-11-22T10:00:00+20:30"})
    wanted = wanted_of(Settings(), POSTS, ({}, query))

    assert datetime.fromisoformat(wanted.filters["published_since"]) == datetime(
        2026, 11, 21, 13, 30, tzinfo=UTC
    )
    assert wanted.filters["published_since"].endswith("Z")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1763805600"])
def test_a_time_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValidationError, match="published_since"):
        query_model(POSTS).model_validate_strings({"published_since": text})

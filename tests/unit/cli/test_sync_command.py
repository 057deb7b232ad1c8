"""How the sync commands show moments: Postgres gives microseconds and an offset, ClickHouse neither."""

from __future__ import annotations

import pytest

from upbeat.cli.sync_publish import moment


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-20 09:30:15.123456+00", "2026-11-20 09:30:15 UTC"),
        ("2026-11-20 15:00:15+05:30", "2026-11-20 09:30:15 UTC"),
        ("2026-11-20T09:30:15.5+00:00", "2026-11-20 09:30:15 UTC"),
        ("2026-11-20 09:30:15", "2026-11-20 09:30:15 UTC"),
        (None, "unknown"),
    ],
)
def test_a_moment_is_shown_to_the_second_in_utc(text: str | None, shown: str) -> None:
    assert moment(text) == shown

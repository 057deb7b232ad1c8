"""Where pictures may come from."""

from __future__ import annotations

import pytest

from upbeat.console.pictures import origin_of


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("", None),
        ("/media", None),
        ("https://cdn.test", "https://cdn.test"),
        ("https://cdn.test:8443/upbeat/", "https://cdn.test:8443"),
        ("javascript:alert(1)", None),
        ("https://cdn.test; script-src *", None),
        ("https://cdn.test 'unsafe-inline'", None),
        ("https://user:secret@cdn.test", None),
    ],
)
def test_a_policy_names_the_origin_of_the_cdn_and_nothing_that_could_widen_it(
    base_url: str, origin: str | None
) -> None:
    assert origin_of(base_url) == origin

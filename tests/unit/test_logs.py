"""No secret is written to a log, in whatever form it comes."""

from __future__ import annotations

import json

import pytest
import structlog

from upbeat.logs import configure_logging, get_logger, mask_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:geheim@127.0.0.1:6379/0", "redis://:***@127.0.0.1:6379/0"),
        ("rediss://:geheim@h", "rediss://:***@h"),
        ("postgresql://me:geheim@db/x and more", "postgresql://me:***@db/x and more"),
        ("postgresql://me:pw@geheim@db/x", "postgresql://me:***@db/x"),
        ("GET /v15.0/me?access_token=geheim&fields=id", "GET /v15.0/me?access_token=***&fields=id"),
        ("http://127.0.0.1:19000/bucket/key@v2", "http://127.0.0.1:19000/bucket/key@v2"),
        ("the key upb_q1w2e3r4t5y6_0a1b2c3d4e5f", "the key upb_q1w2e3r4t5y6_***"),
        ("X-API-Key: upb_q1w2e3r4t5y6_0a1b, refused", "X-API-Key: upb_q1w2e3r4t5y6_***, refused"),
        ("http://a:1/x then http://b:2/y@z", "http://a:1/x then http://b:2/y@z"),
    ],
)
def test_passwords_in_text_are_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert mask_secrets(text) == shown


def test_a_log_line_shows_no_secret_at_any_depth(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True)
    try:
        get_logger("test").info(
            "sent redis://:geheim@h/0",
            api_key="geheim",
            request={"headers": {"Authorization": "geheim"}, "urls": ["https://x/?key=geheim"]},
            rows=[1, None, True],
        )
    finally:
        structlog.reset_defaults()
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "geheim" not in caught.err
    assert json.loads(caught.err)["rows"] == [1, None, True]

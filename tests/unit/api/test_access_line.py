"""The line of a request is the same whichever way it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from upbeat.api.access_line import write_access_line
from upbeat.logs import configure_logging, get_logger

LINE: dict[str, Any] = {
    "method": "GET", "path": "/v1/x/token=abc", "status": 200, "milliseconds": 1.5, "key_id": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def logging_of_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_it_is_written_at_once_as_structlog_would_with_its_secrets_masked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(json=True)
    get_logger("api").info("request", **LINE, request_id="r1")
    write_access_line(**LINE, request_id="r1")

    slow, quick = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert quick["timestamp"].endswith("Z")
    assert quick | {"timestamp": ""} == slow | {"timestamp": ""}


def test_a_terminal_and_a_level_above_get_what_structlog_makes_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("WARNING", json=True)
    write_access_line(**LINE, request_id="r1")
    assert capsys.readouterr().err == ""

    configure_logging(json=False)
    write_access_line(**LINE, request_id="r1")
    assert "request" in capsys.readouterr().err
    with capture_logs() as lines:
        write_access_line(**LINE, request_id="r1")
    assert lines[0]["path"] == LINE["path"]

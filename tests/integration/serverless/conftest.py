"""A queue and a stream of the test's own on moto's server, beside the stack's Postgres and ClickHouse."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from tests.moto_server import aws_settings, moto_server, with_login

from upbeat.serverless.score_batch import BatchScorer
from upbeat.settings import Settings
from upbeat.stores.kinesis import KinesisStream
from upbeat.stores.sqs import MessageQueue

_numbers = count(1)


@pytest.fixture(scope="session")
def aws_address() -> Iterator[str]:
    """Where moto listens."""
    with moto_server() as address:
        yield address


@pytest.fixture
def on_aws(aws_address: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose queue and stream are there, empty; nothing else of the stack runs."""
    with_login(monkeypatch)
    return _created(aws_settings(Settings(), aws_address, str(next(_numbers))))


@pytest.fixture
def aws(aws_address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same beside a Postgres and a ClickHouse of the test's own."""
    with_login(monkeypatch)
    return _created(aws_settings(settings, aws_address, str(next(_numbers))))


@pytest.fixture(scope="session")
def batch_scorer() -> BatchScorer:
    """With all tables that ship."""
    return BatchScorer.load(Settings())


def _created(settings: Settings) -> Settings:
    MessageQueue(settings, settings.score_queue).create(visibility_seconds=0, dead_letters_after=2)
    KinesisStream(settings, settings.score_stream).create(2)
    return settings

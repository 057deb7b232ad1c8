"""SQS and Kinesis on loopback: moto's server in a thread of the test process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from upbeat.settings import Settings


@contextmanager
def moto_server() -> Iterator[str]:
    """The address of a server that listens; it ends with the block."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def aws_settings(settings: Settings, address: str, name: str) -> Settings:
    """The same with queue and stream of this name on the server."""
    return settings.model_copy(
        update={
            "aws_endpoint_url": address,
            "aws_region": "eu-central-1",
            "score_queue": f"followers-{name}",
            "score_stream": f"scores-{name}",
        }
    )


def with_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login that moto takes, and nothing of the person's own."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTEST0000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-tests")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

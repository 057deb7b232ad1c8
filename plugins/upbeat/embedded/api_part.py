"""The REST API as a part of the stack: `upbeat api` on loopback."""

from __future__ import annotations

import os
import sys

from upbeat.embedded.environment import process_environment
from upbeat.embedded.health import check_http
from upbeat.embedded.part import Launch, Part
from upbeat.embedded.ports import LOOPBACK
from upbeat.settings import REPOSITORY, Settings

NAME = "api"
# No load balancer stands before it: it need not wait for one to see that it ends. A setting of the person's own still counts.
_NO_NOTICE = {"UPBEAT_API_DRAIN_NOTICE_SECONDS": "0"}


def api_part(settings: Settings) -> Part:
    """One process; more of them are run by `upbeat api --workers`."""
    return Part(
        name=NAME,
        title="REST API",
        port=settings.api_port,
        port_setting="UPBEAT_API_PORT",
        check=lambda: check_http(f"{api_url(settings)}/health/ready"),
        launch=lambda progress: _launch(settings),
        needs=("postgres",),
        stop_seconds=settings.api_drain_notice_seconds + settings.api_drain_seconds + 5,
    )


def api_url(settings: Settings) -> str:
    """Where the part answers, whatever address another `upbeat api` of these settings listens on."""
    return f"http://{LOOPBACK}:{settings.api_port}"


def _launch(settings: Settings) -> Launch:
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "UPBEAT_"))}
    return Launch(
        command=[sys.executable, "-m", "upbeat.cli", "api", "--host", LOOPBACK],
        environment={**outside, **_NO_NOTICE, **process_environment(settings), "PYTHONUNBUFFERED": "1"},
        folder=REPOSITORY,
    )

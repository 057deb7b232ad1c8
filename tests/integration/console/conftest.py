"""A browser-like client of the console, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.console_rows import publish_everything
from tests.integration.api.conftest import MakeKey, make_api_key, patient_pools
from tests.part_logins import acting_as

from upbeat.settings import Settings
from upbeat.web import create_web

__all__ = ["MakeKey", "make_api_key", "patient_pools"]


@pytest.fixture
async def visitor(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody, until it logs in. The console acts under the API's role."""
    app = create_web(acting_as("api", settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://upbeat.test") as client:
        yield client
    await app.state.upbeat.close()


@pytest.fixture
def published(settings: Settings) -> None:
    """The tables that the console reads."""
    publish_everything(settings)

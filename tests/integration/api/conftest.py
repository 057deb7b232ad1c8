"""A client of the API in this process, and keys for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

import httpx
import pytest
from tests.part_logins import acting_as

from upbeat.api import access, state
from upbeat.api.keys import SCOPES, make_key
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction
from upbeat.web import create_web

MakeKey = Callable[..., str]


@pytest.fixture(autouse=True)
def patient_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request opens the pool, which a busy machine may take longer for than a caller should wait."""
    monkeypatch.setattr(state, "CONNECTION_SECONDS", 60.0)


@pytest.fixture
def make_api_key(settings: Settings) -> MakeKey:
    """Makes a key that is kept in Postgres, and gives its text."""

    def make(scopes: Sequence[str] = SCOPES, **more: object) -> str:
        key = make_key()
        values = {
            "key_id": key.key_id,
            "name": "test",
            "secret_hash": key.secret_hash,
            "scopes": list(scopes),
        }
        values |= {"rate": None, "account_id": None, "expires_at": None} | more
        with transaction(settings) as connection:
            connection.execute(access.SQL["add_key"].encode(), values)
        return key.text

    return make


@pytest.fixture
async def client(settings: Settings, make_api_key: MakeKey) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose key may do everything; take the header away for one without a key. The API acts under its own role."""
    app = create_web(acting_as("api", settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://upbeat.test", headers={"X-API-Key": make_api_key()}
    ) as client:
        yield client
    await app.state.upbeat.close()

"""Every part does its work under its own role of Postgres, and is refused what is not its work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from tests.collection_run import collection_run

from upbeat.api import access
from upbeat.errors import InputError
from upbeat.events.drain import drain
from upbeat.settings import Settings
from upbeat.stores.part_roles import PARTS, ensure_part_roles, grant_login, role_of
from upbeat.stores.postgres import connect, transaction
from upbeat.web import create_web

As = Callable[[str], Settings]
PASSWORD = "a%20password%2Fwith-signs"
REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def acting(settings: Settings) -> As:
    """The settings of a part: its login in the place of the owner's."""
    assert ensure_part_roles(settings) is None
    assert ensure_part_roles(settings) is None, "it may be repeated"

    def of(part: str) -> Settings:
        there = urlsplit(settings.postgres_dsn())
        url = there._replace(netloc=f"{role_of(part)}:{PASSWORD}@{there.hostname}:{there.port}").geturl()
        assert grant_login(settings, url) == role_of(part)
        return settings.model_copy(update={"postgres_url": SecretStr(url)})

    return of


def refuses(settings: Settings, *statements: str) -> None:
    for statement in statements:
        with connect(settings, autocommit=True) as connection, pytest.raises(REFUSED):
            connection.execute(statement.encode())


def test_no_part_may_make_roles_or_tables_of_the_platform_or_see_what_it_need_not(acting: As) -> None:
    for part in PARTS:
        refuses(
            acting(part), "CREATE ROLE intruder", "CREATE TABLE beat.mine (a int)", "DROP TABLE beat.outbox"
        )
    secrets = ("SELECT * FROM beat.credential", "SELECT * FROM beat.api_key")
    refuses(
        acting("reader"),
        *secrets,
        "INSERT INTO beat.tracked_profile DEFAULT VALUES",
        "DELETE FROM coffee.campaign",
    )
    refuses(
        acting("events"), *secrets, "SELECT * FROM beat.scrape_request_log", "SELECT * FROM coffee.campaign"
    )
    refuses(
        acting("worker"),
        "SELECT * FROM beat.api_key",
        "SELECT * FROM beat.audit_log",
        "DELETE FROM coffee.campaign",
    )
    refuses(acting("listener"), "SELECT * FROM beat.api_key", "SELECT * FROM beat.profile_log")
    refuses(acting("sync"), *secrets, "SELECT * FROM beat.profile_log", "SELECT * FROM coffee.campaign")
    refuses(
        acting("api"),
        "DELETE FROM beat.audit_log", "UPDATE beat.audit_log SET actor = 'nobody'", "DELETE FROM beat.api_key",
        "DELETE FROM beat.profile_log", "INSERT INTO beat.comment DEFAULT VALUES", "DROP TABLE coffee.campaign",
    )  # fmt: skip


async def test_the_api_reads_and_writes_under_its_role(settings: Settings, acting: As) -> None:
    own = acting("api")
    key = access.make_key()
    row = {"key_id": key.key_id, "name": "n", "secret_hash": key.secret_hash, "scopes": list(access.SCOPES)}
    with transaction(own) as connection:
        connection.execute(
            access.SQL["add_key"].encode(), {**row, "rate": None, "account_id": None, "expires_at": None}
        )
    with collection_run(settings) as run:
        run.add_credentials()
        (handle,) = run.handles(1)
        channel = next(iter(run.sandbox.channels(1)))["handle"]
        video = run.sandbox.channel(channel)["videos"][0]
        run.change(postgres_url=own.postgres_url)
        app = create_web(run.settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://upbeat.test", headers={"X-API-Key": key.text}, timeout=60
        ) as client:
            codes = {path: answer async for path, answer in _every_write(client, handle, channel, video)}
        await app.state.upbeat.close()
    assert {path: text for path, (status, text) in codes.items() if status >= 300} == {}
    assert len(codes) == 13


async def _every_write(
    client: httpx.AsyncClient, handle: str, channel: str, video: str
) -> AsyncIterator[tuple[str, tuple[int, str]]]:
    task = {"flow": "instagram.profile_by_handle", "params": {"handle": handle}}
    event = {"event_id": "1", "name": "opened", "at": "2026-11-20T09:30:00Z"}
    credential = {"source": "rocketapi", "credentials": {"key": "a-key-of-nobody"}}
    profile = {"platform": "INSTAGRAM", "handle": handle}
    campaign = {"campaign_id": "c", "name": "C", "status": "ACTIVE", "profiles": [profile]}
    collection = {"collection_id": "c", "kind": "PROFILES", "name": "C", "members": [profile]}
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/health/ready", None),
        ("GET", f"/v1/lookups/profile?platform=instagram&handle={handle}", None),
        ("GET", f"/v1/lookups/profile?platform=youtube&handle={channel}", None),
        ("GET", f"/v1/lookups/post?platform=youtube&shortcode={video}", None),
        ("POST", "/v1/scrape-requests", task),
        ("POST", "/v1/credentials", credential),
        ("POST", "/v1/campaigns", campaign),
        ("DELETE", "/v1/campaigns/c", None),
        ("POST", "/v1/collections", collection),
        ("POST", "/v1/profile-lists", {"profile_list_id": "l", "name": "L", "members": [profile]}),
        ("POST", "/v1/events", {"events": [{"id": "1", "kind": "api_event", "payload": event}]}),
    ]
    for method, path, body in requests:
        answer = await client.request(
            method, path, json=body, headers={"If-Match": "*", "Idempotency-Key": path}
        )
        yield f"{method} {path}", (answer.status_code, answer.text)
        if path == "/v1/scrape-requests":
            made = f"/v1/scrape-requests/{answer.json()['data']['id']}/cancel"
            yield "cancel", ((await client.post(made)).status_code, "")
        if path == "/v1/credentials":
            made = f"/v1/credentials/{answer.json()['data']['id']}"
            yield "delete", ((await client.delete(made)).status_code, "")


def test_a_creator_is_collected_and_stored_by_worker_and_sink_each_under_its_role(
    settings: Settings, acting: As
) -> None:
    with collection_run(settings) as run:
        run.add_credentials()
        handles = run.handles(2)
        run.change(postgres_url=acting("worker").postgres_url)
        assert run.enqueue(*handles) == 2
        assert run.work().complete == 2
        with connect(run.settings) as connection:
            connection.execute("SELECT count(*) FROM beat.profile_log")
    events = acting("events")
    with connect(events) as connection:
        waiting = connection.execute("SELECT count(*) AS n FROM beat.outbox").fetchone()
    assert waiting
    assert waiting["n"] >= 4, "profiles, log entries, task log"
    stored = drain(events, time_budget=60, until_empty=True)
    assert stored.events == waiting["n"]


def test_sync_owns_what_is_published_and_readers_see_the_next_version_too(
    settings: Settings, acting: As
) -> None:
    with transaction(settings) as owner:
        owner.execute("CREATE TABLE app.before (a int)")
    sync = acting("sync")
    assert ensure_part_roles(settings) is None
    with transaction(sync) as connection:
        connection.execute("ALTER TABLE app.before SET SCHEMA app_old")
        connection.execute("CREATE TABLE app_next.before AS SELECT 1 AS a")
        connection.execute("ALTER TABLE app_next.before SET SCHEMA app")
    with transaction(settings) as owner:
        owner.execute("DROP TABLE app_old.before")
        owner.execute("CREATE TABLE app_next.later AS SELECT 2 AS a")
        owner.execute("ALTER TABLE app_next.later SET SCHEMA app")
    with connect(acting("reader")) as connection:
        assert connection.execute("SELECT a FROM app.later").fetchone() == {"a": 2}


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://upbeat:x@db/x", "is no role of a part"),
        ("postgresql://db/x", "user=none: is no role of a part"),
        ("postgresql://upbeat_api@db/x", "holds no password"),
    ],
)
def test_a_login_for_another_user_or_without_a_password_is_refused(
    settings: Settings, url: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        grant_login(settings, url)


def test_a_user_who_may_not_make_roles_is_told_so_and_nothing_is_half_done(
    settings: Settings, acting: As
) -> None:
    told = ensure_part_roles(acting("listener"))
    assert told is not None
    assert told.startswith("the roles by part were not made: ")
    assert "\n" not in told


def test_the_password_reaches_postgres_as_a_verifier(settings: Settings, acting: As) -> None:
    acting("api")
    with transaction(settings) as connection:
        found = connection.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = 'upbeat_api'"
        ).fetchone()
    assert found is not None
    assert found["rolpassword"].startswith("SCRAM-SHA-256$")


def test_no_grant_names_a_table_twice_or_everything_of_the_server() -> None:
    text = (Path(access.__file__).parents[1] / "stores" / "part_roles.sql").read_text(encoding="utf-8")
    assert "SUPERUSER" not in text
    assert "GRANT ALL" not in text

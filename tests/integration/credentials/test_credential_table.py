"""Credentials in a real Postgres: what is stored, picked, cooled, and shown."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from upbeat.credentials import CredentialCipher, CredentialPool, store
from upbeat.errors import InputError, NoCredentialError, StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool, connect

SECRET = "very-secret-key"


@asynccontextmanager
async def open_pool(settings: Settings, cache_seconds: float = 0.0) -> AsyncIterator[CredentialPool]:
    async with async_pool(settings) as connections:
        yield CredentialPool(connections, CredentialCipher(settings), cache_seconds=cache_seconds)


def add(settings: Settings, key: str, source: str = "rapidapi-igdata") -> int:
    return store.upsert(settings, source, {"key": key})[0]


def test_secrets_are_encrypted_at_rest(settings: Settings) -> None:
    add(settings, SECRET)
    with connect(settings) as connection:
        row = connection.execute("SELECT c::text AS everything FROM beat.credential c").fetchone()
        raw = connection.execute("SELECT credentials FROM beat.credential").fetchone()
    assert row is not None
    assert raw is not None
    assert SECRET not in row["everything"]
    assert SECRET.encode() not in bytes(raw["credentials"])


def test_the_same_credential_is_stored_once(settings: Settings) -> None:
    first = store.upsert(settings, "graphapi", {"token": "a", "user_id": "1"}, "me")
    again = store.upsert(settings, "graphapi", {"token": "a", "user_id": "1"})
    other = store.upsert(settings, "graphapi", {"token": "b", "user_id": "1"})
    assert (first[1], again[1], other[1]) == ("added", "unchanged", "replaced")
    assert first[0] == again[0] == other[0]
    assert [row.handle for row in store.list_credentials(settings)] == ["me"]


def test_what_a_person_writes_leaves_a_line_of_the_audit_log(settings: Settings) -> None:
    identity, _ = store.upsert(settings, "graphapi", {"token": SECRET, "user_id": "1"}, "me")
    store.upsert(settings, "graphapi", {"token": SECRET, "user_id": "1"}, "me")
    store.upsert(settings, "graphapi", {"token": "other", "user_id": "1"})
    store.set_enabled(settings, identity, False)
    store.set_enabled(settings, identity, True)
    store.rotate_keys(settings, apply=False)
    store.rotate_keys(settings, apply=True)
    with pytest.raises(InputError):
        store.remove(settings, identity + 1)
    store.remove(settings, identity)
    with connect(settings) as connection:
        lines = connection.execute("SELECT * FROM beat.audit_log ORDER BY audit_id").fetchall()
    assert [(line["action"], line["resource_id"]) for line in lines] == [
        ("credential.add", str(identity)),
        ("credential.replace", str(identity)),
        ("credential.disable", str(identity)),
        ("credential.enable", str(identity)),
        ("credential.rotate_keys", "all"),
        ("credential.delete", str(identity)),
    ]
    assert {line["actor"].partition(":")[0] for line in lines} == {"shell"}
    assert lines[0]["detail"]["source"] == "graphapi"
    assert lines[0]["detail"]["name"] == lines[-1]["detail"]["name"]
    assert SECRET not in str(lines)


async def test_all_usable_credentials_are_picked_in_turn_of_chance(settings: Settings) -> None:
    wanted = {add(settings, key) for key in "abc"}
    add(settings, "x", "other")
    async with open_pool(settings, cache_seconds=60) as pool:
        picked = {(await pool.pick("rapidapi-igdata")).id for _ in range(100)}
        assert picked == wanted
        rest = await pool.pick("rapidapi-igdata", exclude=sorted(wanted)[:2])
        assert rest.id == max(wanted)


async def test_a_cool_down_sets_disabled_till_alone_and_ends_by_itself(settings: Settings) -> None:
    identity = add(settings, "a")
    before = store.list_credentials(settings)[0]
    ahead = 0.0
    async with async_pool(settings) as connections:
        pool = CredentialPool(
            connections,
            CredentialCipher(settings),
            cache_seconds=0.0,
            clock=lambda: time.monotonic() + ahead,
        )
        await pool.cool_down(identity, 3600)
        with pytest.raises(NoCredentialError) as caught:
            await pool.pick("rapidapi-igdata")
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 3600
        after = store.list_credentials(settings)[0]
        assert after.disabled_till is not None
        assert (after.enabled, after.updated_at) == (True, before.updated_at)
        # An hour later, by the clocks of Postgres and of the process.
        with connect(settings, autocommit=True) as connection:
            connection.execute("UPDATE beat.credential SET disabled_till = now()")
        ahead = 3601.0
        assert (await pool.pick("rapidapi-igdata")).id == identity


async def test_a_shorter_cool_down_never_ends_a_longer_one(settings: Settings) -> None:
    identity = add(settings, "a")
    async with open_pool(settings) as pool:
        await pool.cool_down(identity, 3600)
        await pool.cool_down(identity, 1)
    assert store.list_credentials(settings)[0].cooling_seconds > 3500


async def test_a_cool_down_is_seen_at_once_here_and_soon_in_other_processes(settings: Settings) -> None:
    identity = add(settings, "a")
    async with open_pool(settings, 60) as mine, open_pool(settings, 0.2) as other:
        await mine.pick("rapidapi-igdata")
        await other.pick("rapidapi-igdata")
        await mine.cool_down(identity, 100)
        with pytest.raises(NoCredentialError):
            await mine.pick("rapidapi-igdata")
        await asyncio.sleep(0.25)
        with pytest.raises(NoCredentialError):
            await other.pick("rapidapi-igdata")


async def test_a_cool_down_holds_here_before_the_table_shows_it(settings: Settings) -> None:
    identity = add(settings, "a")
    async with open_pool(settings) as pool:
        await pool.pick("rapidapi-igdata")
        with connect(settings) as other:  # holds the row: the cool-down cannot be written yet
            other.execute("SELECT FROM beat.credential WHERE id = %s FOR UPDATE", (identity,))
            cooling = asyncio.create_task(pool.cool_down(identity, 100))
            await asyncio.sleep(0.1)
            assert not cooling.done()
            with pytest.raises(NoCredentialError):
                await pool.pick("rapidapi-igdata")
            other.rollback()
        await cooling


async def test_what_a_person_disabled_is_not_picked_and_stays_disabled(settings: Settings) -> None:
    identity = add(settings, "a")
    store.set_enabled(settings, identity, False)
    assert add(settings, "a") == identity
    async with open_pool(settings) as pool:
        with pytest.raises(NoCredentialError, match="upbeat credentials add rapidapi-igdata") as caught:
            await pool.pick("rapidapi-igdata")
        assert caught.value.retry_after is None
        store.set_enabled(settings, identity, True)
        assert (await pool.pick("rapidapi-igdata")).secrets == {"key": "a"}


async def test_other_secrets_end_a_cool_down_and_the_same_ones_do_not(settings: Settings) -> None:
    identity, _ = store.upsert(settings, "graphapi", {"token": "old", "user_id": "1"})
    async with open_pool(settings) as pool:
        await pool.cool_down(identity, 3600)
        store.upsert(settings, "graphapi", {"token": "old", "user_id": "1"})
        with pytest.raises(NoCredentialError):
            await pool.pick("graphapi")
        store.upsert(settings, "graphapi", {"token": "new", "user_id": "1"})
        pool.forget()
        assert (await pool.pick("graphapi")).secrets["token"] == "new"


async def test_a_credential_of_a_lost_key_is_passed_over_and_said(settings: Settings) -> None:
    add(settings, "a")
    other = settings.model_copy(update={"credential_key": SecretStr(Fernet.generate_key().decode())})
    async with open_pool(other) as pool:
        with pytest.raises(NoCredentialError, match="1 stored, none readable: check UPBEAT_CREDENTIAL_KEY"):
            await pool.pick("rapidapi-igdata")
    # The same credential stored anew under the present key is readable again.
    assert store.upsert(other, "rapidapi-igdata", {"key": "a"})[1] == "replaced"


async def test_a_credential_of_one_account_is_picked_by_its_handle(settings: Settings) -> None:
    for user, handle in (("1", "NatGeo"), ("2", "nasa"), ("3", None)):
        store.upsert(settings, "graphapi", {"token": f"t{user}", "user_id": user}, handle)
    async with open_pool(settings, cache_seconds=60) as pool:
        picked = {(await pool.pick("graphapi", handle="@natgeo")).secrets["user_id"] for _ in range(20)}
        assert picked == {"1"}
        mine = await pool.pick("graphapi", handle="NASA")
        with pytest.raises(NoCredentialError, match=r"every usable credential was tried \(of @nasa\)"):
            await pool.pick("graphapi", exclude={mine.id}, handle="nasa")
        with pytest.raises(
            NoCredentialError, match=r"of @esa: add one with `upbeat credentials add graphapi --handle esa`"
        ):
            await pool.pick("graphapi", handle="esa")
        await pool.cool_down(mine.id, 1000)
        with pytest.raises(NoCredentialError, match=r"cooling down.*\(of @nasa\)") as caught:
            await pool.pick("graphapi", handle="nasa")
        assert caught.value.retry_after == pytest.approx(1000, abs=120)


def test_all_credentials_come_under_the_newest_key_and_those_of_a_lost_key_are_left(
    settings: Settings,
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))

    def under(*keys: str) -> Settings:
        return settings.model_copy(update={"credential_key": SecretStr(",".join(keys))})

    lost = add(settings, "lost")
    older, newer = add(under(old), "older"), add(under(new, old), "newer")
    cooling = store.list_credentials(settings)
    looked = store.rotate_keys(under(new, old), apply=False)
    assert looked == store.KeyRotation(newest=[newer], older=[older], unknown=[lost])
    assert store.rotate_keys(under(new, old), apply=True) == looked
    assert store.rotate_keys(under(new), apply=False) == store.KeyRotation(
        newest=sorted([older, newer]), older=[], unknown=[lost]
    )
    assert store.upsert(under(new), "rapidapi-igdata", {"key": "older"}) == (older, "unchanged")
    assert store.upsert(settings, "rapidapi-igdata", {"key": "lost"}) == (lost, "unchanged")
    assert store.list_credentials(settings) == cooling


async def test_many_tasks_share_one_query(settings: Settings) -> None:
    add(settings, "a")
    async with open_pool(settings, cache_seconds=60) as pool:
        await asyncio.gather(*(pool.pick("rapidapi-igdata") for _ in range(200)))
        with connect(settings, autocommit=True) as connection:
            connection.execute("DELETE FROM beat.credential")
        assert (await pool.pick("rapidapi-igdata")).source == "rapidapi-igdata"


async def test_postgres_being_away_is_told_as_such(settings: Settings) -> None:
    async with async_pool(settings) as connections:
        pool = CredentialPool(connections, CredentialCipher(settings))
        await connections.close()
        with pytest.raises((StoreUnavailableError, psycopg.Error)) as caught:
            await pool.pick("graphapi")
        assert isinstance(caught.value, StoreUnavailableError)


def test_an_unknown_id_is_refused(settings: Settings) -> None:
    with pytest.raises(InputError, match="id=999: there is no such credential"):
        store.set_enabled(settings, 999, False)


def upbeat(
    settings: Settings, *arguments: str, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "UPBEAT_STATE_DIR": str(settings.state_dir),
        "UPBEAT_POSTGRES_URL": settings.postgres_dsn(),
        "UPBEAT_CREDENTIAL_KEY": settings.credential_key.get_secret_value(),
        **env,
    }
    command = [str(Path(sys.executable).with_name("upbeat")), "credentials", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=240)


def test_the_command_takes_secrets_from_stdin_or_the_environment_and_shows_none(settings: Settings) -> None:
    added = upbeat(settings, "add", "graphapi", "--field", "user_id=17", "--json", stdin=f"{SECRET}\n")
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["change"] == "added"
    by_env = upbeat(settings, "add", "rapidapi-igdata", "--env", "key=MY_KEY", MY_KEY=f"{SECRET}2")
    assert by_env.returncode == 0, by_env.stderr
    listed, table = upbeat(settings, "list", "--json"), upbeat(settings, "list")
    rows = json.loads(listed.stdout)
    assert [(row["source"], row["state"]) for row in rows] == [
        ("graphapi", "usable"),
        ("rapidapi-igdata", "usable"),
    ]
    assert rows[0]["key"] == "graphapi:17"
    for output in (added, by_env, listed, table):
        assert SECRET not in output.stdout + output.stderr


@pytest.mark.parametrize(
    ("options", "stdin"),
    [(("--field", "user_id=UC1"), SECRET), ((), json.dumps({"token": SECRET, "user_id": "UC1"}))],
)
def test_a_connected_channel_has_a_token_in_place_of_the_key(
    settings: Settings, options: tuple[str, ...], stdin: str
) -> None:
    for run in (
        upbeat(settings, "add", "ytapi", stdin="a-key"),
        upbeat(settings, "add", "ytapi", "--handle", "own", *options, stdin=stdin),
    ):
        assert run.returncode == 0, run.stderr
    rows = json.loads(upbeat(settings, "list", "--json").stdout)
    assert {row["handle"] for row in rows} == {None, "own"}
    assert "ytapi:UC1" in [row["key"] for row in rows]


def test_the_command_switches_credentials_off_and_on(settings: Settings) -> None:
    identity = str(add(settings, "a"))
    assert upbeat(settings, "disable", identity).returncode == 0
    assert json.loads(upbeat(settings, "list", "--json").stdout)[0]["state"] == "disabled"
    assert upbeat(settings, "enable", identity).returncode == 0
    assert json.loads(upbeat(settings, "list", "--json").stdout)[0]["state"] == "usable"


def test_the_command_removes_only_with_yes(settings: Settings) -> None:
    identity = str(add(settings, SECRET))
    looked = upbeat(settings, "remove", identity)
    assert (looked.returncode, "would remove" in looked.stdout) == (0, True)
    assert [row.id for row in store.list_credentials(settings)] == [int(identity)]
    removed = json.loads(upbeat(settings, "remove", identity, "--yes", "--json").stdout)
    assert (removed["id"], removed["removed"]) == (int(identity), True)
    assert store.list_credentials(settings) == []
    assert SECRET not in looked.stdout + looked.stderr + str(removed)


def test_the_command_changes_keys_only_with_yes_and_names_what_it_cannot_read(settings: Settings) -> None:
    first, second = add(settings, SECRET), add(settings, "b")
    new = Fernet.generate_key().decode()
    both = {"UPBEAT_CREDENTIAL_KEY": f"{new},{settings.credential_key.get_secret_value()}"}
    looked = json.loads(upbeat(settings, "rotate-keys", "--json", **both).stdout)
    assert looked == {"newest": [], "older": [first, second], "unknown": [], "rotated": False}
    rotated = upbeat(settings, "rotate-keys", "--yes", **both)
    assert rotated.stdout == "0 under the newest key, 2 encrypted anew\n"
    without_it = upbeat(settings, "rotate-keys")
    assert without_it.returncode == 1
    assert f"does not hold: {first}, {second}" in without_it.stdout
    for run in (rotated, without_it):
        assert SECRET not in run.stdout + run.stderr
        assert new not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("remove", "77", "--yes"), "", "id=77: there is no such credential"),
        (("validate", "77"), "", "id=77: there is no such credential"),
        (("validate",), "", "name one of ID, --source SOURCE and --all"),
        (("add", "nobody"), "", "source=nobody: there is no such source"),
        (("add", "lama"), "", "source=lama: it needs no credential"),
        (("add", "graphapi", "--field", "token=abc"), "", "secrets stay off the command line"),
        (("add", "graphapi"), "x", "token, user_id are missing"),
        (("add", "graphapi", "--field", "user_id=1"), "", "the field 'token' is missing"),
        (("add", "rapidapi-igdata", "--env", "key=NOT_SET"), "", "the variable NOT_SET is not set"),
        (("add", "rapidapi-igdata"), '{"key": "a", "other": "b"}', "has no field 'other'"),
        (("add", "rapidapi-igdata"), "{nonsense", "begins like JSON and is none"),
        (("add", "ytapi"), '{"token": "a"}', "the field 'user_id' is missing"),
        (("add", "ytapi"), '{"key": "a", "token": "b", "user_id": "c"}', "has no field 'key'"),
        (("disable", "77"), "", "id=77: there is no such credential"),
    ],
)
def test_what_the_command_cannot_use_is_one_line_and_exit_code_2(
    settings: Settings, arguments: tuple[str, ...], stdin: str, message: str
) -> None:
    run = upbeat(settings, *arguments, stdin=stdin)
    assert run.returncode == 2
    assert message in run.stderr
    assert run.stderr.count("\n") == 1

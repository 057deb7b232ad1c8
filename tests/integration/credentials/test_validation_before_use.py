"""Validation before use, in a real Postgres: who asks, how often, and what becomes of the credential."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.integration.credentials.test_credential_table import upbeat

from upbeat.crawlers.credential_validation import UpstreamValidator
from upbeat.crawlers.http import UpstreamHttp
from upbeat.credentials import Credential, CredentialCipher, CredentialPool, Validity, Verdict, store
from upbeat.errors import NoCredentialError
from upbeat.ratelimit import MemoryRateLimiter
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.instagram_graphapi import APP_TOKEN, TOKENS, own_user_id
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool, transaction


class Source:
    """What a source says of each token; counts the questions. A question waits for `may_answer`."""

    def __init__(self, **verdicts: Validity) -> None:
        self.verdicts = verdicts
        self.asked: list[str] = []
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def covers(self, source: str) -> bool:
        return source == "graphapi"

    async def ask(self, credential: Credential) -> Verdict:
        self.asked.append(credential.secrets["token"])
        self.was_asked.set()
        await self.may_answer.wait()
        return Verdict(self.verdicts.get(credential.secrets["token"], Validity.VALID), "because")


@asynccontextmanager
async def workers(
    settings: Settings, source: Source, count: int = 1, **options: Any
) -> AsyncIterator[list[CredentialPool]]:
    """Pools with connections and copies of their own, as worker processes have them."""
    async with AsyncExitStack() as stack:
        yield [
            CredentialPool(
                await stack.enter_async_context(async_pool(settings)),
                CredentialCipher(settings),
                validator=source,
                **{"cache_seconds": 0.0, **options},
            )
            for _ in range(count)
        ]


def add(settings: Settings, token: str) -> int:
    return store.upsert(settings, "graphapi", {"token": token, "user_id": token})[0]


def change(settings: Settings, assignment: str) -> None:
    with transaction(settings) as connection:
        connection.execute(f"UPDATE beat.credential SET {assignment}")


async def test_a_credential_is_asked_about_before_its_first_use_and_then_left_in_peace(
    settings: Settings,
) -> None:
    add(settings, "a")
    source = Source()
    async with workers(settings, source) as (pool,):
        for _ in range(5):
            assert (await pool.pick("graphapi")).secrets["token"] == "a"
    assert source.asked == ["a"]
    (row,) = store.list_credentials(settings)
    assert (row.state, row.needs_validation, row.validated_at is not None) == ("usable", False, True)


async def test_of_many_workers_at_once_one_asks_and_the_others_wait_for_what_it_finds(
    settings: Settings,
) -> None:
    add(settings, "a")
    source = Source()
    source.may_answer.clear()
    async with workers(settings, source, 8) as pools:
        picks = [asyncio.create_task(pool.pick("graphapi")) for pool in pools for _ in range(12)]
        await source.was_asked.wait()
        source.may_answer.set()
        picked = await asyncio.gather(*picks)
    assert {credential.secrets["token"] for credential in picked} == {"a"}
    assert source.asked == ["a"]


async def test_a_task_that_is_cancelled_does_not_take_the_answer_from_the_others(settings: Settings) -> None:
    add(settings, "a")
    source = Source()
    source.may_answer.clear()
    async with workers(settings, source) as (pool,):
        first, second = (asyncio.create_task(pool.pick("graphapi")) for _ in range(2))
        await source.was_asked.wait()
        first.cancel()
        source.may_answer.set()
        assert (await second).secrets["token"] == "a"
        assert first.cancelled()


@pytest.mark.parametrize("validity", [Validity.INVALID, Validity.MISSING_SCOPES, Validity.USED_UP])
async def test_what_is_not_usable_rests_for_an_hour_and_another_one_is_taken(
    settings: Settings, validity: Validity
) -> None:
    bad, good = add(settings, "bad"), add(settings, "good")
    source = Source(bad=validity)
    async with workers(settings, source) as (pool,):
        assert {(await pool.pick("graphapi")).id for _ in range(40)} == {good}
        with pytest.raises(NoCredentialError) as caught:
            await pool.pick("graphapi", exclude={good})
    assert source.asked.count("bad") == 1
    assert caught.value.retry_after == pytest.approx(3600, abs=120)
    row = store.find(settings, bad)
    assert (row.state, row.enabled, row.data_access_expired) == ("cooling", True, False)
    assert row.needs_validation is (validity is not Validity.USED_UP)
    assert row.validation_reason == "because"


async def test_expired_data_access_is_written_down_and_ends_with_other_secrets(settings: Settings) -> None:
    identity = add(settings, "a")
    source = Source(a=Validity.DATA_ACCESS_EXPIRED)
    async with workers(settings, source) as (pool,):
        for _ in range(2):
            with pytest.raises(NoCredentialError):
                await pool.pick("graphapi")
        assert source.asked == ["a"]
        row = store.find(settings, identity)
        assert (row.state, row.enabled, row.disabled_till) == ("data_access_expired", True, None)
        store.upsert(settings, "graphapi", {"token": "b", "user_id": "a"})
        assert (await pool.pick("graphapi")).secrets["token"] == "b"
    assert source.asked == ["a", "b"]


async def test_one_that_cannot_be_asked_about_is_used_all_the_same_and_it_is_said(settings: Settings) -> None:
    identity = add(settings, "a")
    source = Source(a=Validity.CANNOT_TELL)
    async with workers(settings, source) as (pool,):
        with capture_logs() as lines:
            for _ in range(3):
                assert (await pool.pick("graphapi")).id == identity
        assert source.asked == ["a"]
        assert [line["event"] for line in lines] == [
            "credential could not be validated and is used all the same"
        ]
        change(settings, "validate_after = now()")
        source.verdicts.clear()
        await pool.pick("graphapi")
    assert source.asked == ["a", "a"]
    assert store.find(settings, identity).validated_at is not None


async def test_a_valid_one_is_asked_about_again_after_the_set_time_while_others_use_it(
    settings: Settings,
) -> None:
    add(settings, "a")
    source = Source()
    async with workers(settings, source, 2, validation_hours=5.0) as (mine, other):
        await mine.pick("graphapi")
        with transaction(settings) as connection:
            due = connection.execute(
                "SELECT extract(epoch FROM validate_after - now()) AS s FROM beat.credential"
            ).fetchone()
        assert due is not None
        assert float(due["s"]) == pytest.approx(5 * 3600, abs=120)
        change(settings, "validate_after = now()")
        source.may_answer.clear()
        source.was_asked.clear()
        asking = asyncio.create_task(mine.pick("graphapi"))
        await source.was_asked.wait()
        assert (await other.pick("graphapi")).secrets["token"] == "a"
        source.may_answer.set()
        await asking
    assert source.asked == ["a", "a"]


async def test_a_refused_one_rests_for_an_hour_and_comes_back_only_after_a_validation(
    settings: Settings,
) -> None:
    identity = add(settings, "a")
    source = Source()
    async with workers(settings, source) as (pool,):
        await pool.pick("graphapi")
        await pool.cool_down(identity, 3600, refused=True)
        with pytest.raises(NoCredentialError):
            await pool.pick("graphapi")
        assert source.asked == ["a"], "it is asked about when its rest is over, not before"
        row = store.find(settings, identity)
        assert (row.enabled, row.needs_validation, row.cooling_seconds > 3500) == (True, True, True)
    change(settings, "disabled_till = now()")
    source.verdicts["a"] = Validity.INVALID
    async with workers(settings, source) as (pool,):
        with pytest.raises(NoCredentialError):
            await pool.pick("graphapi")
        assert store.find(settings, identity).cooling_seconds > 3500, "a failed validation extends the rest"
    change(settings, "disabled_till = now()")
    source.verdicts.clear()
    async with workers(settings, source) as (pool,):
        assert (await pool.pick("graphapi")).id == identity
    assert source.asked == ["a", "a", "a"]


async def test_a_plain_cool_down_ends_by_itself_without_a_question(settings: Settings) -> None:
    identity = add(settings, "a")
    source = Source()
    async with workers(settings, source) as (pool,):
        await pool.pick("graphapi")
        await pool.cool_down(identity, 3600)
    change(settings, "disabled_till = now()")
    async with workers(settings, source) as (pool,):
        assert (await pool.pick("graphapi")).id == identity
    assert source.asked == ["a"]


async def test_a_worker_that_died_while_asking_holds_nobody_up_for_long(settings: Settings) -> None:
    add(settings, "a")
    source = Source()
    change(settings, "validation_lease_until = now() - interval '1 second'")
    async with workers(settings, source) as (pool,):
        assert (await pool.pick("graphapi")).secrets["token"] == "a"


async def test_the_verdict_on_secrets_that_were_replaced_meanwhile_is_not_theirs(settings: Settings) -> None:
    identity = add(settings, "a")
    source = Source(a=Validity.INVALID)
    source.may_answer.clear()
    async with workers(settings, source) as (pool,):
        picking = asyncio.create_task(pool.pick("graphapi"))
        await source.was_asked.wait()
        store.upsert(settings, "graphapi", {"token": "b", "user_id": "a"})
        source.may_answer.set()
        await asyncio.gather(picking, return_exceptions=True)
        row = store.find(settings, identity)
        assert (row.state, row.needs_validation) == ("usable", True)
        assert (await pool.pick("graphapi")).secrets["token"] == "b"


async def test_a_source_without_a_way_to_ask_is_not_held_up(settings: Settings) -> None:
    store.upsert(settings, "rapidapi-igdata", {"key": "k"})
    source = Source()
    async with workers(settings, source) as (pool,):
        assert (await pool.pick("rapidapi-igdata")).secrets == {"key": "k"}
    assert source.asked == []


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(settings.sandbox_url(), timeout=60) as control:
        control.reset()
        yield control
        control.reset()


STATES = {
    "valid": Validity.VALID,
    "expired": Validity.INVALID,
    "revoked": Validity.INVALID,
    "data_access_expired": Validity.DATA_ACCESS_EXPIRED,
    "missing_scope": Validity.MISSING_SCOPES,
}


@pytest.mark.parametrize("app_token", ["", APP_TOKEN], ids=["itself", "app"])
async def test_the_sandbox_says_of_every_state_of_a_token_what_it_is(
    settings: Settings, sandbox: SandboxControl, app_token: str
) -> None:
    own = settings.model_copy(update={"graph_app_token": type(settings.graph_app_token)(app_token)})
    http = UpstreamHttp(own)
    validator = UpstreamValidator(own, http, MemoryRateLimiter())
    found = {}
    for state in STATES:
        sandbox.set_credential("graphapi", TOKENS[1], state)
        verdict = await validator.ask(Credential(1, "graphapi", {"token": TOKENS[1], "user_id": "1"}))
        found[state] = verdict.validity
        assert TOKENS[1] not in verdict.reason
    nobody = await validator.ask(Credential(1, "graphapi", {"token": "nobody's-token", "user_id": "1"}))
    await http.close()
    assert found == STATES
    assert nobody.validity is Validity.INVALID


def test_the_command_validates_shows_no_secret_and_fails_when_one_is_not_valid(
    settings: Settings, sandbox: SandboxControl
) -> None:
    for token in TOKENS[:2]:
        store.upsert(settings, "graphapi", {"token": token, "user_id": own_user_id(token)})
    key = store.upsert(settings, "rapidapi-igdata", {"key": "sandbox-rapidapi-key-1"})[0]
    places = {
        "UPBEAT_SANDBOX_PORT": str(settings.sandbox_port),
        "UPBEAT_REDIS_URL": settings.redis_dsn(),
    }
    good = upbeat(settings, "validate", "--all", "--json", **places)
    assert good.returncode == 0, good.stderr
    assert [row["validity"] for row in json.loads(good.stdout)] == ["valid", "valid", None]
    sandbox.set_credential("graphapi", TOKENS[1], "data_access_expired")
    bad = upbeat(settings, "validate", "--source", "graphapi", **places)
    assert bad.returncode == 1
    assert "data access expired" in bad.stdout
    one = json.loads(upbeat(settings, "validate", str(key), "--json", **places).stdout)
    assert [(row["id"], row["validity"]) for row in one] == [(key, None)]
    listed = upbeat(settings, "list", "--json")
    states = {row["source"]: row["state"] for row in json.loads(listed.stdout)[1:]}
    assert states == {"graphapi": "data_access_expired", "rapidapi-igdata": "usable"}
    for run in (good, bad, listed):
        assert not any(secret in run.stdout + run.stderr for secret in (*TOKENS, "sandbox-rapidapi-key-1"))

"""The whole way to the sources: real client, real limits in Redis, credentials in Postgres, the sandbox's wire formats and faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from upbeat.crawlers.fallback import ChainResult, FallbackChain
from upbeat.crawlers.http import Capture, UpstreamHttp
from upbeat.credentials import CredentialCipher, CredentialPool, store
from upbeat.errors import AllSourcesFailedError, PrivateAccountError, ThrottledError
from upbeat.flows import flow_named
from upbeat.ratelimit.from_settings import limiter_of
from upbeat.records import PostType
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.instagram_graphapi import TOKENS, own_user_id
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool

PROFILE, POSTS, POST = (
    flow_named(f"instagram.{name}") for name in ("profile_by_handle", "posts_by_handle", "post_by_shortcode")
)
HANDLE = "cristiano"


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxControl]:
    """The stack's sandbox as at its first start, without limits; so again afterwards."""
    with SandboxControl(settings.sandbox_url(), timeout=60) as control:
        control.reset()
        control.lift_limits()
        yield control
        control.reset()
        control.reset_limits()


@dataclass
class Bench:
    """A chain with everything real around it."""

    chain: FallbackChain
    capture: Capture

    async def run(self, flow: object, **params: object) -> ChainResult:
        self.capture.payloads.clear()
        self.capture.attempts.clear()
        return await self.chain.run(flow, params, self.capture)  # type: ignore[arg-type]

    def outcomes(self) -> list[tuple[str, str]]:
        return [(attempt.source, attempt.outcome) for attempt in self.capture.attempts]


def add_credentials(settings: Settings, sandbox: SandboxControl) -> None:
    for token in TOKENS:
        store.upsert(settings, "graphapi", {"token": token, "user_id": own_user_id(token)})
    for key in sandbox.credentials()["rapidapi-igdata"]:
        store.upsert(settings, "rapidapi-igdata", {"key": key})


@asynccontextmanager
async def bench_of(settings: Settings, sandbox: SandboxControl, **changes: object) -> AsyncIterator[Bench]:
    own = settings.model_copy(
        update={
            "limit_levels_flows": ("source",),
            "source_limits": dict.fromkeys(("graphapi", "rapidapi-igdata", "lama"), "10000/s"),
            "upstream_timeout_seconds": 60.0,  # a late answer of a busy machine is none of the faults
            **changes,
        }
    )
    add_credentials(own, sandbox)
    http, limiter = UpstreamHttp(own), limiter_of(own)
    try:
        async with async_pool(own) as connections:
            pool = CredentialPool(connections, CredentialCipher(own))
            yield Bench(FallbackChain(own, http, limiter, pool), Capture())
    finally:
        await http.close()
        await limiter.close()


def only(source: str, flow_key: str = PROFILE.key) -> dict[str, object]:
    return {"source_chains": {flow_key: [source]}}


@pytest.mark.parametrize("source", ["graphapi", "rapidapi-igdata", "lama"])
async def test_every_source_gives_the_sandbox_figures_and_one_profile_id(
    settings: Settings, sandbox: SandboxControl, source: str
) -> None:
    world = sandbox.creator(HANDLE)
    async with bench_of(settings, sandbox, **only(source)) as bench:
        result = await bench.run(PROFILE, handle=HANDLE)
    profile = result.parsed.profiles[0]
    assert (profile.handle, profile.followers) == (HANDLE, world["followers"])
    assert profile.profile_id == str(world["profile_id"])
    assert result.parsed.problems == []
    assert bench.capture.payloads[0].status == 200
    assert str(world["followers"]).encode() in bench.capture.payloads[0].body


@pytest.mark.parametrize("shape", ["web", "private", "flat"])
async def test_all_sources_give_the_same_posts(
    settings: Settings, sandbox: SandboxControl, shape: str
) -> None:
    sandbox.set_setting("igdata_shape", shape)
    try:
        found = {}
        for source in ("graphapi", "rapidapi-igdata", "lama"):
            async with bench_of(settings, sandbox, **only(source, POSTS.key)) as bench:
                result = await bench.run(POSTS, handle=HANDLE, limit=30)
            posts = result.parsed.posts
            assert len(posts) == 30
            assert result.parsed.problems == []
            found[source] = [
                (
                    p.post_id,
                    p.shortcode,
                    p.profile_id,
                    p.handle,
                    p.likes,
                    p.comments,
                    p.published_at,
                    p.caption or "",
                )
                for p in posts
            ]
    finally:
        sandbox.set_setting("igdata_shape", "web")
    assert found["graphapi"] == found["rapidapi-igdata"] == found["lama"]


async def test_one_post_is_found_by_its_shortcode(settings: Settings, sandbox: SandboxControl) -> None:
    async with bench_of(settings, sandbox) as bench:
        posts = (await bench.run(POSTS, handle=HANDLE, limit=12)).parsed.posts
        reel = next(post for post in posts if post.post_type is PostType.REEL)
        single = await bench.run(POST, shortcode=reel.shortcode)
    assert single.source == "rapidapi-igdata"
    assert single.parsed.posts[0].post_id == reel.post_id
    assert (single.parsed.posts[0].plays or 0) > 0


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("429", "rate_limited"),
        ("401", "refused"),
        ("500", "away"),
        ("timeout", "away"),
        ("broken_body", "malformed"),
    ],
)
async def test_a_fault_of_the_first_source_is_answered_by_the_next(
    settings: Settings, sandbox: SandboxControl, fault: str, outcome: str
) -> None:
    sandbox.add_fault("graphapi", fault)
    patience = {"upstream_timeout_seconds": 5.0} if fault == "timeout" else {}
    async with bench_of(settings, sandbox, **patience) as bench:
        result = await bench.run(PROFILE, handle=HANDLE)
    assert result.source == "rapidapi-igdata"
    assert result.parsed.profiles[0].followers == sandbox.creator(HANDLE)["followers"]
    assert {found for source, found in bench.outcomes() if source == "graphapi"} == {outcome}
    bodies = [payload.status for payload in bench.capture.payloads if payload.source == "graphapi"]
    assert len(bodies) == {"429": 3, "401": 3, "timeout": 0}.get(fault, 1), "failing answers are kept too"


async def test_one_used_up_token_cools_down_for_an_hour_and_another_answers(
    settings: Settings, sandbox: SandboxControl
) -> None:
    for token in TOKENS[:2]:
        sandbox.add_fault("graphapi", "429", credential=token)
    async with bench_of(settings, sandbox) as bench:
        for _ in range(6):
            assert (await bench.run(PROFILE, handle=HANDLE)).source == "graphapi"
    listed = store.list_credentials(settings)
    cooling = [row for row in listed if row.state == "cooling"]
    assert 1 <= len(cooling) <= 2
    assert all(3500 < row.cooling_seconds <= 3600 and row.enabled for row in cooling)


@pytest.mark.parametrize("fault", ["drop_field", "wrong_type"])
async def test_a_lost_number_of_followers_is_made_up_for_by_the_next_source(
    settings: Settings, sandbox: SandboxControl, fault: str
) -> None:
    sandbox.add_fault("graphapi", fault, field="followers_count")
    async with bench_of(settings, sandbox) as bench:
        result = await bench.run(PROFILE, handle=HANDLE)
    assert (result.source, result.incomplete) == ("rapidapi-igdata", None)
    assert bench.outcomes() == [("graphapi", "incomplete"), ("rapidapi-igdata", "ok")]


async def test_when_no_source_tells_the_followers_the_rest_is_kept_with_the_reason(
    settings: Settings, sandbox: SandboxControl
) -> None:
    for source, field in (
        ("graphapi", "followers_count"),
        ("rapidapi-igdata", "edge_followed_by"),
        ("lama", "follower_count"),
    ):
        sandbox.add_fault(source, "wrong_type", field=field)
    async with bench_of(settings, sandbox) as bench:
        result = await bench.run(PROFILE, handle=HANDLE)
    assert result.parsed.profiles[0].full_name
    assert result.parsed.profiles[0].followers is None
    assert result.incomplete is not None
    assert (
        "the number of followers could not be read (followers: followers_count: 'not what it was'"
        in result.incomplete
    )
    assert len(bench.capture.payloads) == 3


async def test_a_field_of_the_wrong_type_costs_only_itself(
    settings: Settings, sandbox: SandboxControl
) -> None:
    sandbox.add_fault("graphapi", "wrong_type", field="biography")
    async with bench_of(settings, sandbox) as bench:
        result = await bench.run(PROFILE, handle=HANDLE)
    assert result.source == "graphapi"
    assert result.parsed.profiles[0].biography is None
    assert [problem.field for problem in result.parsed.problems] == ["biography"]


async def test_an_unknown_account_fails_with_each_sources_word(
    settings: Settings, sandbox: SandboxControl
) -> None:
    async with bench_of(settings, sandbox) as bench:
        with pytest.raises(AllSourcesFailedError) as caught:
            await bench.run(PROFILE, handle="unknown.account.sandbox")
    assert caught.value.retry_after is None
    assert "graphapi: error 110" in str(caught.value)
    assert "lama: HTTP 404: User not found" in str(caught.value)
    assert [payload.status for payload in bench.capture.payloads] == [400, 404, 404]


@pytest.mark.parametrize("flow", [PROFILE, POSTS], ids=lambda flow: flow.name)
@pytest.mark.parametrize("chain", [["graphapi", "rapidapi-igdata", "lama"], ["lama"]], ids=["all", "lama"])
async def test_a_private_account_is_said_to_be_private(
    settings: Settings, sandbox: SandboxControl, flow: object, chain: list[str]
) -> None:
    async with bench_of(settings, sandbox, source_chains={PROFILE.key: chain, POSTS.key: chain}) as bench:
        with pytest.raises(PrivateAccountError, match=r"@private\.account\.sandbox is private"):
            await bench.run(flow, handle="private.account.sandbox")
    assert bench.capture.payloads


async def test_an_account_without_posts_has_none(settings: Settings, sandbox: SandboxControl) -> None:
    for source in ("graphapi", "rapidapi-igdata", "lama"):
        async with bench_of(settings, sandbox, **only(source, POSTS.key)) as bench:
            assert (await bench.run(POSTS, handle="noposts.account.sandbox")).parsed.posts == []


async def test_our_own_limit_turns_to_the_next_source_before_a_request_goes_out(
    settings: Settings, sandbox: SandboxControl
) -> None:
    limits = {"graphapi": "2/h", "rapidapi-igdata": "1/h", "lama": "1/h"}
    async with bench_of(settings, sandbox, source_limits=limits) as bench:
        sources = [(await bench.run(PROFILE, handle=HANDLE)).source for _ in range(4)]
        with pytest.raises(ThrottledError):
            await bench.run(PROFILE, handle=HANDLE)
    assert sources == ["graphapi", "graphapi", "rapidapi-igdata", "lama"]
    assert sandbox.requests()["by_source"] == {"graphapi": 2, "rapidapi-igdata": 1, "lama": 1}


async def test_no_secret_is_in_what_is_archived_or_said(settings: Settings, sandbox: SandboxControl) -> None:
    sandbox.add_fault("*", "401")
    async with bench_of(settings, sandbox) as bench:
        with pytest.raises(AllSourcesFailedError) as caught:
            await bench.run(PROFILE, handle=HANDLE)
    said = f"{caught.value!r} {bench.capture!r} {bench.chain._credentials!r}"
    for secret in (*TOKENS, *sandbox.credentials()["rapidapi-igdata"]):
        assert secret not in said

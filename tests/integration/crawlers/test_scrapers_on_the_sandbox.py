"""The scrapers of Instagram end to end: every flow of every source over the sandbox into its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.collection_run import CollectionRun
from tests.integration.crawlers.scraper_keys import KEYS

from upbeat.credentials import store as credentials
from upbeat.flows import FLOWS, Flow, flow_named
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.followers import followers_listed
from upbeat.sandbox.people import person
from upbeat.sandbox.places import PLACES
from upbeat.sandbox.stories import highlights
from upbeat.sandbox.world import World
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

HANDLE = "cristiano"
PAIRS = [
    (flow, source)
    for flow in FLOWS.values()
    for source in flow.chain
    if flow.platform is Platform.INSTAGRAM and source in KEYS and flow.part == "collection"
]
_ACCOUNT = {"beat.instagram_account", "beat.profile_log"}
NOT_TOLD = {
    ("instagram.posts_by_handle", "rapidapi-igdata"): _ACCOUNT,
    ("instagram.posts_by_handle", "insta-best-performance"): _ACCOUNT,
    ("instagram.hashtag_top", "rapidapi-jotucker"): {"beat.instagram_post", "beat.post_log"},
}
"""Posts by handle need no look-up of the account in two sources. Web GraphQL's lists under a hashtag name owners by id alone: posts are listed, and not stored themselves."""


@pytest.fixture(scope="module")
def world() -> World:
    """The sandbox's world as this process computes it: the same."""
    return World()


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(settings.sandbox_url(), timeout=60) as control:
        control.reset()
        control.lift_limits()
        yield control
        control.reset()
        control.reset_limits()


def subjects(world: World) -> dict[str, Any]:
    """What the flows are asked about: one account, its newest post with comments, one of everything."""
    creator = world.creator(HANDLE)
    assert creator is not None
    with_stories = next(
        c for c in world.creators() if _stories(world, c) and highlights(c) and followers_listed(c) > 250
    )
    post = world.posts(creator)[0]
    return {
        "handle": HANDLE,
        "handles": [HANDLE, "leomessi"],
        "user_id": str(with_stories.pk),
        "limit": 120,
        "query": "morning",
        "post_id": str(post.pk),
        "shortcode": post.code,
        "shortcodes": [post.code],
        "hashtag": "sandbox",
        "location_id": str(PLACES[0].pk),
        "highlight_id": str(highlights(with_stories)[0].pk),
        "collection_id": "a-collection",
    }


def _stories(world: World, creator: Any) -> Any:
    from upbeat.sandbox.stories import stories_today

    return stories_today(world, creator)


def parameters(flow: Flow, known: dict[str, Any]) -> dict[str, Any]:
    found = {name: known[name] for name in flow.params_model.model_fields}
    return found | ({"query": "ron"} if flow.name == "search_profiles" else {})


@pytest.fixture
def run(settings: Settings, sandbox: SandboxControl) -> CollectionRun:
    own = settings.model_copy(
        update={
            "limit_levels_flows": ("source",),
            "source_limits": dict.fromkeys(KEYS, "10000/s"),
            "upstream_timeout_seconds": 60.0,
        }
    )
    for source, key in KEYS.items():
        if key:
            credentials.upsert(own, source, {"key": key})
    return CollectionRun(own, sandbox)


@pytest.mark.parametrize("source", KEYS)
def test_every_flow_of_a_source_fills_every_table_that_it_names(
    run: CollectionRun, world: World, source: str
) -> None:
    flows = [flow for flow, of in PAIRS if of == source]
    known = subjects(world)
    run.change(source_chains={flow.key: [source] for flow in flows})
    for flow in flows:
        task = NewTask(
            idempotency_key=f"{flow.name}:{source}",
            platform=Platform.INSTAGRAM,
            flow=flow.name,
            params=flow.validate(parameters(flow, known)),
        )
        with transaction(run.settings) as connection:
            enqueue_now(connection, [task])
        run.work(flows=[flow.key])
        ended = run.rows(
            "SELECT status::text, data FROM beat.scrape_request_log WHERE idempotency_key = %(key)s",
            key=f"{flow.name}:{source}",
        )[0]
        assert ended["status"] == "COMPLETE", f"{flow.key} of {source}: {ended['data']}"
        for table in set(flow.writes) - NOT_TOLD.get((flow.key, source), set()):
            rows = run.rows(f"SELECT DISTINCT source FROM {table}")
            assert [row["source"] for row in rows] == [source], f"{flow.key} of {source}: {table}"
        run.clear(flow.writes)


def test_a_source_pages_through_all_followers_and_each_is_there_once(
    run: CollectionRun, world: World
) -> None:
    known = subjects(world)
    creator = world.creator_by_pk(known["user_id"])
    assert creator is not None
    flow = flow_named("instagram.followers")
    counts = {}
    for source in flow.chain:
        run.change(source_chains={flow.key: [source]})
        params = flow.validate({"user_id": known["user_id"], "limit": 5_000})
        task = NewTask(
            idempotency_key=f"all:{source}", platform=Platform.INSTAGRAM, flow=flow.name, params=params
        )
        with transaction(run.settings) as connection:
            enqueue_now(connection, [task])
        run.work(flows=[flow.key])
        rows = run.rows("SELECT account_id, handle, profile_id FROM beat.follower")
        assert {row["profile_id"] for row in rows} == {known["user_id"]}
        counts[source] = len(rows)
        one = next(iter(rows))
        assert person((int(one["account_id"]) - 4_000_000_000) // 977).handle == one["handle"]
        run.clear(("beat.follower",))
    assert counts == dict.fromkeys(flow.chain, followers_listed(creator))

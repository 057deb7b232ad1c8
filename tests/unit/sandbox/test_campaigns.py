"""The sandbox's campaigns name posts and codes that its stand-ins know, on any day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.listeners.campaign_file import read_changes
from upbeat.sandbox.campaigns import sandbox_campaigns
from upbeat.sandbox.shops import SHOPS
from upbeat.sandbox.world import World

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module", params=[NOW.timestamp(), NOW.timestamp() + 400 * 86_400])
def world(request: pytest.FixtureRequest) -> World:
    return World(clock=lambda: request.param)


def test_they_can_be_imported_as_they_are(world: World) -> None:
    changes, problems = read_changes(sandbox_campaigns(world), NOW)
    assert problems == []
    kinds = {change.plan.row["kind"] for change in changes if change.kind == "collections"}
    assert kinds == {"POSTS", "PROFILES", "HASHTAGS", "KEYWORDS"}


def test_their_posts_are_posts_of_the_world(world: World) -> None:
    members = [
        m for c in sandbox_campaigns(world)["collections"] if c["kind"] == "POSTS" for m in c["members"]
    ]
    assert members
    for member in members:
        if member["platform"] == "INSTAGRAM":
            found = world.post(member["shortcode"])
            assert found is not None
            assert found[0].handle == member["handle"]
        else:
            video = world.youtube.video(member["shortcode"])
            assert video is not None
            assert video[0].handle == member["handle"]


def test_their_codes_stand_on_orders_of_their_shops_in_their_days(world: World) -> None:
    handles = tuple(creator.handle for creator in world.creators())
    for campaign in sandbox_campaigns(world)["campaigns"]:
        codes = {code for profile in campaign["profiles"] for code in profile.get("discount_codes", ())}
        found = [
            order
            for shop in campaign.get("shops", ())
            for order in SHOPS[shop].orders(world.today, handles)
            if order.code and order.code.code in codes
            if campaign["starts_on"]
            <= f"{datetime.fromtimestamp(order.created_at, UTC):%Y-%m-%d}"
            <= campaign["ends_on"]
        ]
        assert bool(found) == bool(codes), campaign["campaign_id"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{platform: INSTAGRAM, handle: nasa, newest: 999}", "none is number 999"),
        ("{platform: INSTAGRAM, handle: nobody.at.all, newest: 1}", "has 0 posts in the sandbox"),
    ],
)
def test_a_post_that_is_not_there_is_said(world: World, tmp_path: Path, entry: str, reason: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(
        f"campaigns: []\ncollections: [{{kind: POSTS, collection_id: c, name: n, members: [{entry}]}}]"
    )
    with pytest.raises(InputError, match=reason):
        sandbox_campaigns(world, file)

"""The world: same for everybody, changed by hand only, kept over restarts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.errors import InputError
from upbeat.records import PostType
from upbeat.sandbox.posts import DAY, SHOWN_POSTS, decode_shortcode, encode_shortcode
from upbeat.sandbox.special_accounts import CASES
from upbeat.sandbox.world import World

from .conftest import Clock


def test_there_are_300_creators_with_their_last_figures(world: World) -> None:
    creators = world.creators()
    assert len(creators) == 300
    assert creators[1].handle == "cristiano"
    assert creators[1].followers == 523_000_000
    assert min(c.followers for c in creators) > 1_000_000
    assert len({c.audience_country for c in creators}) > 20
    assert sum(not c.full_name.isascii() for c in creators) > 60


def test_ids_are_unique_and_of_their_kind(world: World) -> None:
    creators = world.creators()
    assert len({c.pk for c in creators}) == len({c.graph_id for c in creators}) == 300
    assert all(c.graph_id.startswith("17841") and len(c.graph_id) == 17 for c in creators)
    posts = [p for c in creators for p in world.posts(c)]
    assert len({p.pk for p in posts}) == len({p.graph_id for p in posts}) == len(posts)


def test_two_worlds_at_the_same_time_are_equal(clock: Clock) -> None:
    one, other = World(clock=clock), World(clock=clock)
    assert one.creators() == other.creators()
    assert [one.posts(c) for c in one.creators()] == [other.posts(c) for c in other.creators()]


def test_within_a_day_nothing_changes_and_on_the_next_only_new_posts_come(clock: Clock) -> None:
    world = World(clock=clock)
    creators = world.creators()
    before = {c.handle: (c, world.posts(c)) for c in creators}
    revision = world.revision
    clock.now += DAY / 2 - 1
    assert world.revision == revision
    clock.now += 1
    assert world.revision != revision
    added = 0
    for handle, (old, old_posts) in before.items():
        new = world.creator(handle)
        assert new is not None
        new_posts = world.posts(new)
        fresh = [p for p in new_posts if p not in old_posts]
        assert list(new_posts[len(fresh) :]) == list(old_posts[: SHOWN_POSTS - len(fresh)])
        assert new.media_count - old.media_count == len(fresh)
        assert new.followers == old.followers
        added += len(fresh)
    assert added > 50


def test_posts_are_recent_and_newest_first(world: World) -> None:
    for creator in world.creators():
        times = [p.published_at for p in world.posts(creator)]
        assert times == sorted(times, reverse=True)
        assert times[0] < world.today
        assert sum(t > world.today - 30 * DAY for t in times) >= 6


def test_counts_lie_around_the_real_average(world: World) -> None:
    ratios = [mean(p.likes + p.comments for p in world.posts(c)) / c.avg_engagement for c in world.creators()]
    assert 0.97 < mean(ratios) < 1.03
    assert all(0.6 < ratio < 1.6 for ratio in ratios)


def test_all_kinds_of_posts_are_there_and_only_videos_play(world: World) -> None:
    posts = [p for c in world.creators() for p in world.posts(c)]
    kinds = Counter(p.post_type for p in posts)
    assert set(kinds) == {PostType.IMAGE, PostType.VIDEO, PostType.REEL, PostType.CAROUSEL}
    playing = {PostType.REEL, PostType.VIDEO}
    assert all((p.plays is not None) == (p.post_type in playing) for p in posts)


@given(st.integers(1, 2**63 - 1))
def test_shortcodes_are_read_back(pk: int) -> None:
    assert decode_shortcode(encode_shortcode(pk)) == pk


def test_a_recorded_shortcode_is_encoded_as_instagram_does() -> None:
    assert encode_shortcode(3865659729796199935) == "DWllQsJCPX_"


def test_a_post_is_found_by_its_shortcode(world: World) -> None:
    creator = world.creators()[5]
    for post in world.posts(creator):
        assert world.post(post.code) == (creator, post)
    assert world.post("no such code") is None


def test_the_test_accounts_show_their_cases(world: World) -> None:
    accounts = {handle: world.creator(handle) for handle in CASES}
    assert all(accounts.values())
    assert world.creator("unknown.account.sandbox") is None
    assert not any(c.handle in CASES for c in world.creators())
    private = accounts["private.account.sandbox"]
    assert private is not None
    assert private.is_private
    assert world.posts(private) == ()


def test_a_change_is_seen_and_kept_over_a_restart(tmp_path: Path, clock: Clock) -> None:
    state = tmp_path / "deep" / "state.json"
    world = World(state, clock=clock)
    before = world.revision
    world.change("Cristiano", {"followers": 600_000_000, "full_name": "CR7 ✨"})
    world.change("new.creator", {"followers": 5}, create=True)
    world.set_setting("igdata_shape", "private")
    assert world.revision != before
    again = World(state, clock=clock)
    for handle, followers in (("cristiano", 600_000_000), ("new.creator", 5)):
        creator = again.creator(handle)
        assert creator is not None
        assert creator.followers == followers
    assert again.settings["igdata_shape"] == "private"
    again.restore()
    restored = World(state, clock=clock)
    assert restored.creator("new.creator") is None
    creator = restored.creator("cristiano")
    assert creator is not None
    assert (creator.followers, creator.full_name) == (523_000_000, "Cristiano Ronaldo")


def test_an_account_can_go_and_come_back(world: World) -> None:
    assert world.change("cristiano", {"is_gone": True}) is None
    assert world.creator("cristiano") is None
    assert world.change("cristiano", {"is_gone": False}) is not None


@pytest.mark.parametrize(
    ("handle", "fields", "names"),
    [
        ("no.such.handle", {"followers": 1}, "no.such.handle"),
        ("cristiano", {"follower": 1}, "follower"),
        ("cristiano", {"followers": -1}, "followers"),
        ("cristiano", {"followers": "1"}, "followers"),
        ("cristiano", {"followers": True}, "followers"),
        ("cristiano", {"is_private": 1}, "is_private"),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(
    world: World, handle: str, fields: dict[str, object], names: str
) -> None:
    revision = world.revision
    with pytest.raises(InputError, match=names):
        world.change(handle, fields)
    assert world.revision == revision


def test_a_foreign_state_file_is_refused_by_name(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("[1, 2")
    with pytest.raises(InputError, match=r"state\.json"):
        World(state)

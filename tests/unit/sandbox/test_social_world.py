"""Followers, comments, stories, hashtags and places of the sandbox: the same for everybody, bounded, of a piece."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from upbeat.sandbox.comments import comments, comments_listed, replies
from upbeat.sandbox.creators import PRIVATE_HANDLE, Creator
from upbeat.sandbox.followers import (
    MAX_FOLLOWERS,
    followers,
    followers_listed,
    following,
    likers,
    likers_listed,
)
from upbeat.sandbox.people import people, person
from upbeat.sandbox.places import PLACES, place_by_pk, place_of
from upbeat.sandbox.post_index import hashtags_in
from upbeat.sandbox.posts import DAY
from upbeat.sandbox.stories import find_highlight, highlights, stories_today
from upbeat.sandbox.suggestions import search_accounts, similar_accounts
from upbeat.sandbox.world import World

from .conftest import Clock


@pytest.fixture
def creator(world: World) -> Creator:
    return world.creators()[5]


def test_followers_page_by_page_are_the_whole_list_without_repetition(creator: Creator) -> None:
    listed = followers_listed(creator)
    pages = [
        person for start in range(0, listed + 200, 200) for person in followers(creator, start, start + 200)
    ]
    assert pages == list(followers(creator, 0, listed))
    assert 500 <= len({p.pk for p in pages}) == len({p.handle for p in pages}) == listed <= MAX_FOLLOWERS


def test_a_queue_of_people_costs_what_is_asked_for_wherever_it_is() -> None:
    assert people("somebody", 900_000, 900_002) == people("somebody", 0, 900_002)[-2:]


def test_people_are_of_many_kinds() -> None:
    found = [person(number) for number in range(3_000)]
    assert len({p.handle for p in found}) == len({p.pk for p in found}) == len(found)
    assert 0.25 < sum(p.is_private for p in found) / len(found) < 0.45
    assert any(not p.full_name.isascii() for p in found)
    assert any("𝐀" <= letter <= "𝟿" for p in found for letter in p.full_name)
    assert any(sum(map(str.isdigit, p.handle)) > 8 for p in found)


def test_no_person_has_the_handle_of_a_labelled_account(shared_data: Path) -> None:
    labelled: set[str] = set()
    for file in sorted((shared_data / "accounts").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            labelled |= {row["handle"].lower() for row in csv.DictReader(lines) if row.get("handle")}
    assert len(labelled) > 1_000
    assert labelled.isdisjoint(person(number).handle for number in range(0, 1_000_003, 50))


def test_a_private_account_lists_nobody_and_shows_nothing(world: World) -> None:
    private = world.creator(PRIVATE_HANDLE)
    assert private is not None
    assert not followers(private, 0, 50)
    assert not following(private, 0, 50)
    assert not stories_today(world, private)
    assert not highlights(private)


def test_comments_have_answers_that_are_found_by_their_comment(world: World, creator: Creator) -> None:
    answered = [
        (post, comment)
        for post in world.posts(creator)
        for comment in comments(post, 0, comments_listed(post))
        if comment.replies
    ]
    assert answered
    post, comment = answered[0]
    assert replies(post, str(comment.pk)) == comment.replies
    assert replies(post, "1") is None
    assert all(c.published_at < world.today for _, c in answered)


def test_likers_are_bounded_by_the_likes(world: World, creator: Creator) -> None:
    post = world.posts(creator)[0]
    assert len(likers(post, 0, 10_000)) == likers_listed(post) <= post.likes


def test_stories_are_those_of_the_day(world: World, clock: Clock) -> None:
    shown = {c.handle: stories_today(world, c) for c in world.creators()}
    told = [story for stories in shown.values() for story in stories]
    assert len({story.pk for story in told}) == len(told) > 300
    assert all(world.today - DAY < story.published_at < world.today < story.expires_at for story in told)
    clock.now += DAY
    assert world.revision
    later = {story.pk for c in world.creators() for story in stories_today(world, c)}
    assert later.isdisjoint(story.pk for story in told)


def test_a_highlight_is_found_by_its_id_and_stays(world: World, creator: Creator, clock: Clock) -> None:
    before = highlights(creator)
    clock.now += 40 * DAY
    assert highlights(creator) == before
    for highlight in before:
        assert find_highlight(world, f"highlight:{highlight.pk}") == (creator, highlight)
        assert highlight.stories
    assert find_highlight(world, "17900") is None


def test_hashtags_tell_posts_that_bear_them(world: World) -> None:
    index = world.index
    assert "sandbox" in index.hashtags()
    recent, top = index.hashtag_recent("Sandbox"), index.hashtag_top("sandbox")
    assert all("sandbox" in hashtags_in(post.caption) for _, post in recent)
    assert [p.likes for _, p in top] == sorted((p.likes for _, p in recent), reverse=True)
    assert (index.hashtag_count("sandbox") or 0) > len(recent)
    assert index.hashtag_count("nobodyusesthis") is None


def test_places_tell_posts_made_there(world: World) -> None:
    assert place_by_pk("1") is None
    for place in PLACES:
        assert place_by_pk(str(place.pk)) == place
        assert world.index.at_place(place)
        assert all(place_of(post) == place for _, post in world.index.at_place(place))


def test_accounts_are_tagged_in_posts_of_others(world: World, creator: Creator) -> None:
    tagging = world.index.tagging(creator.handle)
    assert tagging
    assert all(owner.handle != creator.handle for owner, _ in tagging)


def test_searches_want_every_word(world: World) -> None:
    found = search_accounts(world, "cristiano RONALDO")
    assert [c.handle for c in found] == ["cristiano"]
    assert search_accounts(world, "nobody at all") == []
    assert all("morning" in p.caption.lower() for _, p in world.index.search("quiet Morning"))


def test_similar_accounts_are_others(world: World, creator: Creator) -> None:
    similar = similar_accounts(world, creator)
    assert len({c.handle for c in similar}) == len(similar) == 20
    assert creator not in similar

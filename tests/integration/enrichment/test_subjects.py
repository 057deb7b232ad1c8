"""The public text of creators as the tables have it: which account, which captions, in which order."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from upbeat.enrichment.subjects import Creator, find_creator, find_creators
from upbeat.errors import InputError
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

ACCOUNT = (
    "INSERT INTO beat.instagram_account (profile_id, handle, biography, is_private, source, observed_at) "
    "VALUES (%s, %s, %s, %s, 'test', now() - %s * interval '1 day')"
)
POST = (
    "INSERT INTO beat.instagram_post (post_id, profile_id, handle, caption, published_at, source, observed_at) "
    "VALUES (%s, '1', 'h', %s, %s::timestamptz, 'test', now())"
)
CHANNEL = (
    "INSERT INTO beat.youtube_account (profile_id, handle, biography, source, observed_at) "
    "VALUES ('UC1', 'cook', 'Recipes', 'test', now())"
)
VIDEO = (
    "INSERT INTO beat.youtube_post (post_id, profile_id, handle, title, caption, published_at, source, observed_at) "
    "VALUES (%s, 'UC1', 'cook', %s, %s, %s::timestamptz, 'test', now())"
)


@pytest.fixture
def settings_with_creators(settings: Settings) -> Settings:
    with transaction(settings) as connection, connection.cursor() as cursor:
        cursor.executemany(
            ACCOUNT,
            [
                ("1", "asha", "Cook", None, 0),
                ("2", "moved", "New", False, 1),
                ("3", "moved", "Old", False, 9),
            ],
        )
        cursor.executemany(ACCOUNT, [("4", "closed", "Mine", True, 0)])
        days = [(f"p{day}", f"caption {day}", f"2026-01-{day:02}") for day in range(1, 9)]
        cursor.executemany(POST, [*days, ("blank", "  ", "2026-01-20"), ("none", None, "2026-01-21")])
        cursor.executemany(POST, [("undated", "undated", None)])
        cursor.execute(CHANNEL)
        cursor.executemany(
            VIDEO,
            [
                ("v1", "Dosa", "How to", "2026-01-01"),
                ("v2", "Idli", None, "2026-01-02"),
                ("v3", " ", "", "2026-01-03"),
            ],
        )
    return settings


def found(settings: Settings, platform: Platform, *, captions: int = 5, **params: Any) -> Creator:
    async def find() -> Creator:
        async with await psycopg.AsyncConnection.connect(settings.postgres_dsn()) as connection:
            return await find_creator(connection, platform, params, captions=captions)

    return asyncio.run(find())


def test_the_newest_captions_that_say_something_come_first(settings_with_creators: Settings) -> None:
    creator = found(settings_with_creators, Platform.INSTAGRAM, handle="asha")
    assert creator.subject.captions == tuple(f"caption {day}" for day in (8, 7, 6, 5, 4))
    assert (creator.subject.profile_id, creator.subject.biography, creator.is_private) == ("1", "Cook", False)
    many = found(settings_with_creators, Platform.INSTAGRAM, captions=20, profile_id="1").subject.captions
    assert (len(many), many[-1]) == (9, "undated")
    assert found(settings_with_creators, Platform.INSTAGRAM, captions=0, handle="asha").subject.captions == ()


def test_of_a_channel_titles_and_descriptions_are_read(settings_with_creators: Settings) -> None:
    creator = found(settings_with_creators, Platform.YOUTUBE, handle="cook")
    assert creator.subject.captions == ("Idli", "Dosa\nHow to")
    assert found(settings_with_creators, Platform.YOUTUBE, profile_id="UC1") == creator


def test_a_handle_is_that_of_the_account_that_bore_it_last(settings_with_creators: Settings) -> None:
    assert found(settings_with_creators, Platform.INSTAGRAM, handle="moved").subject.profile_id == "2"


def test_a_private_account_is_told_apart(settings_with_creators: Settings) -> None:
    assert found(settings_with_creators, Platform.INSTAGRAM, handle="closed").is_private


@pytest.mark.parametrize("params", [{"handle": "nobody"}, {"profile_id": "99"}])
def test_who_was_not_collected_is_named_with_the_way_out(
    settings_with_creators: Settings, params: dict[str, str]
) -> None:
    with pytest.raises(
        InputError, match="no such account was collected: `upbeat enqueue instagram"
    ) as caught:
        found(settings_with_creators, Platform.INSTAGRAM, **params)
    assert "\n" not in str(caught.value)


def test_many_are_read_at_once_and_unknown_ones_left_out(settings_with_creators: Settings) -> None:
    async def find() -> list[Creator]:
        async with await psycopg.AsyncConnection.connect(settings_with_creators.postgres_dsn()) as connection:
            return await find_creators(connection, Platform.INSTAGRAM, ["4", "99", "1"], captions=1)

    assert [one.subject.profile_id for one in asyncio.run(find())] == ["1", "4"]

"""Reads of the published tables, over tables as the sync publishes them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.integration.api.conftest import MakeKey
from tests.integration.api.published_tables import NOW, publish

from upbeat.api.access import Caller
from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.page import Wanted, read_page
from upbeat.api.published.statements import Shape, page_statement
from upbeat.api.state import ApiState
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction


def creator(number: int, **more: Any) -> dict[str, Any]:
    row = {
        "platform": "INSTAGRAM", "profile_id": f"p{number:03}", "handle": f"Creator{number}", "category": "Music",
        "followers": 10_000 - number, "followers_rank": number, "observed_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return row | more


def board() -> list[dict[str, Any]]:
    """25 creators; of every third one the engagement is not known, and several have the same."""
    return [
        creator(
            n, engagement_rate=None if n % 3 == 0 else float(n % 4), category="Music" if n % 2 else "Dance"
        )
        for n in range(1, 26)
    ]


async def walk(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of all pages."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["data"]
        if not (cursor := answer.json()["next"]):
            return rows
        query["cursor"] = cursor


async def test_pages_by_cursor_hold_each_creator_once_in_order_those_without_the_figure_last(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    run_id = publish(settings, "leaderboard", board())
    for sort in ("followers_rank", "engagement_rate", "-engagement_rate", "-rank_change"):
        walked = await walk(client, "/v1/leaderboard", platform="INSTAGRAM", sort=sort, limit=4)

        column, down = sort.removeprefix("-"), sort.startswith("-")
        known = [(row[column], row["profile_id"]) for row in walked if row[column] is not None]
        unknown = [row["profile_id"] for row in walked if row[column] is None]
        assert len({row["profile_id"] for row in walked}) == 25
        assert known == sorted(known, reverse=down)
        assert unknown == sorted(unknown, reverse=down)
        assert all(row[column] is None for row in walked[len(known) :])

    one = (await client.get("/v1/leaderboard?platform=INSTAGRAM&limit=2")).json()
    assert one["freshness"]["sync_run"] == run_id
    assert one["freshness"]["observed_newest"] == one["freshness"]["observed_oldest"] == NOW
    assert one["freshness"]["observed_age_seconds"] > 0
    assert set(one["data"][0]) == set(RESOURCES["leaderboard"].columns)


async def test_filters_and_search_leave_out_what_does_not_fit(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    publish(settings, "leaderboard", [*board(), creator(30, platform="YOUTUBE", handle="elsewhere")])

    async def found(**query: Any) -> list[int]:
        rows = await walk(client, "/v1/leaderboard", **{"platform": "INSTAGRAM"} | query)
        return [row["followers_rank"] for row in rows]

    assert await found(platform="YOUTUBE") == [30]
    assert await found(search="cReAtOr2") == [2, 20, 21, 22, 23, 24, 25]
    assert await found(search="creator_") == await found(search="%") == []
    assert await found(category="Dance", min_followers=9_994) == [2, 4, 6]
    assert await found(category="'; DROP TABLE app.leaderboard; --") == []


async def test_a_search_by_the_beginning_of_a_handle_is_served_by_its_index(settings: Settings) -> None:
    publish(settings, "leaderboard", [])
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO app.leaderboard (platform, profile_id, handle, followers, followers_rank, observed_at, updated_at) "
            "SELECT 'INSTAGRAM', 'p' || n, 'Handle_' || n, n, n, now(), now() FROM generate_series(1, 20000) AS n"
        )
        connection.execute("ANALYZE app.leaderboard")
    board, filters = RESOURCES["leaderboard"], {"platform": "INSTAGRAM", "search": "hAndle_1234"}
    wanted = Wanted({}, filters, "followers_rank", 50)
    state = ApiState(settings.model_copy(update={"api_connections": 1}))
    for _ in range(8):
        page = await read_page(state, Caller("test", frozenset()), board, wanted)
        assert page.data.count("Handle_1234") == 11
    values = {"plan": "leaderboard", "table": "app.leaderboard"}
    values |= {f"filter_{name}": value for name, value in filters.items()}
    statement = page_statement(
        "leaderboard", Shape(tuple(filters), "followers_rank", "first", 50, owned=False)
    )
    async with state.connection() as connection:
        plan = await (await connection.execute(b"EXPLAIN " + statement, values)).fetchall()
        prepared = await connection.execute(
            "SELECT 1 FROM pg_prepared_statements WHERE statement LIKE '%starts_with%'"
        )
        assert not await prepared.fetchall(), "a prepared statement is planned for any text"
    await state.close()
    assert "leaderboard_platform_handle_prefix_idx" in str(plan)


async def test_a_rare_topic_is_found_by_its_index(settings: Settings) -> None:
    publish(settings, "creator_search", [creator_with_topics(n) for n in (1, 2)])
    with transaction(settings) as connection:
        columns = RESOURCES["creator_search"].columns
        told = {"profile_id": "'n' || n", "followers": "n", "topics": "ARRAY['topic' || mod(n, 2000)]"}
        values = ", ".join(told.get(name, f"one.{name}") for name in columns)
        connection.execute(
            f"INSERT INTO app.creator_search SELECT {values} FROM app.creator_search AS one, generate_series(1, 20000) AS n "
            "WHERE one.profile_id = 'p1'".encode()
        )
        connection.execute("ANALYZE app.creator_search")
    searched, filters = RESOURCES["creator_search"], {"topic": "topic77"}
    state = ApiState(settings.model_copy(update={"api_connections": 1}))
    for _ in range(8):
        page = await read_page(
            state, Caller("test", frozenset()), searched, Wanted({}, filters, "-followers", 50)
        )
        assert page.data.count('["topic77"]') == 10
    statement = page_statement("creator_search", Shape(("topic",), "-followers", "first", 50, owned=False))
    values_of = {"plan": "creator_search", "table": "app.creator_search", "filter_topic": "topic77"}
    async with state.connection() as connection:
        plan = await (await connection.execute(b"EXPLAIN " + statement, values_of)).fetchall()
    await state.close()
    assert "creator_search_topics_idx" in str(plan)


def creator_with_topics(number: int) -> dict[str, Any]:
    return {"platform": "INSTAGRAM", "profile_id": f"p{number}", "followers": number, "topics": ["music"]}


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ("", 422, "platform"),
        ("platform=instagram", 422, "platform"),
        ("platform=INSTAGRAM&nonsense=1", 422, "nonsense"),
        ("platform=INSTAGRAM&sort=handle", 422, "sort"),
        ("platform=INSTAGRAM&limit=201", 422, "at most 200"),
        ("platform=INSTAGRAM&limit=0", 422, "limit"),
        ("platform=INSTAGRAM&min_followers=9223372036854775808", 422, "min_followers"),
        ("platform=INSTAGRAM&min_engagement_rate=nan", 422, "min_engagement_rate"),
        ("platform=INSTAGRAM&category=a%00b", 422, "category"),
        ("platform=INSTAGRAM&cursor=AAAA", 400, "cursor"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_by_name(
    client: httpx.AsyncClient, settings: Settings, query: str, status: int, named: str
) -> None:
    answer = await client.get(f"/v1/leaderboard?{query}")

    assert answer.status_code == status
    assert named in answer.json()["detail"]


async def test_a_cursor_continues_the_request_that_it_came_from_and_no_other(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    publish(settings, "leaderboard", board())
    path = "/v1/leaderboard?platform=INSTAGRAM&limit=2"
    cursor = (await client.get(path)).json()["next"]

    assert (await client.get(f"{path}&cursor={cursor}")).json()["data"][0]["followers_rank"] == 3
    for other in (f"{path}&category=Music", f"{path}&sort=-followers"):
        assert (await client.get(f"{other}&cursor={cursor}")).status_code == 400


async def test_a_page_follows_each_new_publish_and_says_so_while_there_is_none(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    path = "/v1/leaderboard?platform=INSTAGRAM"
    missing = await client.get(path)
    assert (missing.status_code, missing.json()["title"]) == (503, "Not published")
    assert "upbeat sync leaderboard" in missing.json()["detail"]
    assert missing.headers["retry-after"]

    for rows in (3, 2, 7):  # the same prepared statement over one table after the other
        publish(settings, "leaderboard", [creator(n) for n in range(1, rows + 1)])
        for _ in range(6):
            assert len((await client.get(path)).json()["data"]) == rows

    with transaction(settings) as connection:
        connection.execute("ALTER TABLE app.leaderboard DROP COLUMN rank_change")
    older = await client.get(f"{path}&limit=49")  # of which no page is kept
    assert (older.status_code, older.json()["title"]) == (503, "Not published")


async def test_a_kept_page_is_told_while_its_publication_stands_and_grows_older(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    path = "/v1/leaderboard?platform=INSTAGRAM"
    first = publish(settings, "leaderboard", [creator(1)])
    before = (await client.get(path)).json()
    with transaction(settings) as connection:
        connection.execute("UPDATE app.leaderboard SET followers = 7")
        connection.execute("UPDATE beat.sync_run SET finished_at = finished_at - interval '1 day'")
    kept = (await client.get(path)).json()
    assert kept["data"] == before["data"], "nothing but a publish changes what is published"
    assert kept["freshness"]["published_at"] == before["freshness"]["published_at"]
    assert kept["freshness"]["published_age_seconds"] >= before["freshness"]["published_age_seconds"]

    publish(settings, "leaderboard", [creator(1, followers=8)])
    assert (await client.get(path)).json()["data"][0]["followers"] == 8
    with transaction(settings) as connection:
        connection.execute(
            "UPDATE beat.sync_run SET status = 'ROLLED_BACK' WHERE id = (SELECT max(id) FROM beat.sync_run)"
        )
        connection.execute("UPDATE app.leaderboard SET followers = 9")
    rolled_back = (await client.get(path)).json()
    assert rolled_back["data"][0]["followers"] == 9
    assert rolled_back["freshness"]["sync_run"] == first


async def test_connections_that_died_in_the_pool_fail_neither_a_read_nor_a_write(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    publish(settings, "leaderboard", [creator(1)])
    entry = {
        "profile_list_id": "list-1",
        "name": "A list",
        "members": [{"platform": "INSTAGRAM", "handle": "natgeo"}],
    }

    async def end_all() -> None:
        pids = []
        with transaction(settings) as connection:
            for row in connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'upbeat api'"
            ):
                pids.append(row["pid"])
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s::int[]) AS pid", (pids,)
            )
        assert pids

    for path in ("/v1/leaderboard?platform=INSTAGRAM", "/v1/leaderboard?platform=INSTAGRAM", "/v1/freshness"):
        assert (await client.get(path)).status_code == 200
        await end_all()
        assert (await client.get(path)).status_code == 200
    await end_all()
    made = await client.post("/v1/profile-lists", json=entry)
    assert made.status_code == 201, made.text


async def test_every_resource_answers_over_tables_as_they_are_published(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    for plan in {resource.plan_name for resource in RESOURCES.values()}:
        rows = [{"platform": "INSTAGRAM"}] if "platform" in RESOURCES_BY_PLAN[plan].columns else [{}]
        publish(settings, plan, rows)
    spec = (await client.get("/v1/openapi.json")).json()
    asked = 0
    for path, methods in spec["paths"].items():
        name = methods.get("get", {}).get("operationId")
        if name not in RESOURCES:
            continue
        resource = RESOURCES[name]
        address = path.format(**dict.fromkeys(resource.place, "x") | {"platform": "INSTAGRAM"})
        query: dict[str, Any] = {"explain": "true"}
        query |= {name: "INSTAGRAM" for name, used in resource.filters.items() if used.required}
        for sort in (None, *resource.sorts, *(f"-{name}" for name in resource.sorts)):
            answer = await client.get(address, params=query | ({"sort": sort} if sort else {}))
            assert answer.status_code == 200, (address, sort, answer.text)
        told = answer.json()
        rows, explained = told["data"], told["explanations"]
        if resource.single:
            rows, explained = [rows], [explained]
        assert len(rows) == len(explained) == 1, address
        assert set(explained[0]["figures"]) == set(resource.metrics)
        asked += 1
    assert asked == len(RESOURCES) - 6  # the parts of a profile have no endpoint of their own
    tables = (await client.get("/v1/freshness")).json()["data"]
    assert all(table["published_at"] for table in tables)


async def test_a_key_of_a_customer_sees_that_customer_only(
    client: httpx.AsyncClient, settings: Settings, make_api_key: MakeKey
) -> None:
    with transaction(settings) as connection:
        for owner in ("mine", "theirs"):
            connection.execute(
                "INSERT INTO coffee.campaign (campaign_id, account_id, name, status, updated_at) VALUES (%s, %s, 'x', 'ACTIVE', now())",
                (f"c-{owner}", owner),
            )
            connection.execute(
                "INSERT INTO coffee.collection (collection_id, kind, account_id, campaign_id, name, updated_at) "
                "VALUES (%s, 'POSTS', %s, %s, 'x', now())",
                (f"k-{owner}", owner, f"c-{owner}"),
            )
    owners = ("mine", "theirs")
    publish(settings, "campaign_summary", [{"campaign_id": f"c-{o}", "account_id": o} for o in owners])
    publish(settings, "collection_summary", [{"collection_id": f"k-{o}", "account_id": o} for o in owners])
    publish(
        settings,
        "collection_post",
        [{"collection_id": f"k-{o}", "platform": "INSTAGRAM", "shortcode": "a"} for o in owners],
    )
    publish(
        settings,
        "profile_list",
        [{"profile_list_id": f"l-{o}", "account_id": o, "platform": "INSTAGRAM"} for o in owners],
    )
    mine = {"X-API-Key": make_api_key(["read"], account_id="mine")}

    async def rows(path: str, headers: dict[str, str] | None = None) -> int:
        return len((await client.get(path, headers=headers)).json()["data"])

    for path in ("campaigns", "collections", "profile-lists"):
        assert (await rows(f"/v1/reports/{path}"), await rows(f"/v1/reports/{path}", mine)) == (2, 1)
    assert (await client.get("/v1/reports/collections/k-mine", headers=mine)).status_code == 200
    assert (await client.get("/v1/reports/collections/k-theirs", headers=mine)).status_code == 404
    assert (await client.get("/v1/reports/campaigns/c-theirs", headers=mine)).status_code == 404
    assert await rows("/v1/reports/collections/k-mine/posts", mine) == 1
    assert await rows("/v1/reports/collections/k-theirs/posts", mine) == 0


async def test_a_key_without_the_scope_reads_nothing(
    client: httpx.AsyncClient, make_api_key: MakeKey
) -> None:
    headers = {"X-API-Key": make_api_key(["events"])}
    for path in (
        "leaderboard?platform=INSTAGRAM",
        "profiles/INSTAGRAM/x",
        "freshness",
        "formulas/leaderboard",
    ):
        assert (await client.get(f"/v1/{path}", headers=headers)).status_code == 403


RESOURCES_BY_PLAN = {resource.plan_name: resource for resource in RESOURCES.values()}

"""Campaigns, collections and lists: the newest change stands, members are a set, and ClickHouse can read all of it."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from upbeat.ingestion.tracking import track
from upbeat.listeners.campaigns import CampaignRows, Campaigns
from upbeat.listeners.handler import Received
from upbeat.records import Platform
from upbeat.stores import clickhouse, postgres

if TYPE_CHECKING:
    from tests.integration.listeners.conftest import ListenBench

CAMPAIGNS, COLLECTIONS = "campaign_changes", "collection_changes"
STAGED = (
    "campaign", "campaign_profiles", "campaign_cost", "collection", "collection_post", "collection_profile",
    "collection_hashtag", "keyword_collection", "profile_list", "profile_list_member",
)  # fmt: skip


def at(second: int) -> str:
    return f"2026-11-20T09:00:{second:02d}Z"


def campaign(bench: ListenBench, second: int, **fields: Any) -> dict[str, Any]:
    return bench.example(CAMPAIGNS, updated_at=at(second), **fields)


def collection(
    second: int, kind: str = "PROFILES", *members: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    body = {"version": 1, "kind": kind, "name": "n", "updated_at": at(second), "members": list(members)}
    return body | ({"profile_list_id": "l"} if kind == "PROFILE_LIST" else {"collection_id": "c"}) | fields


def profile(handle: str, **fields: Any) -> dict[str, Any]:
    return {"platform": "INSTAGRAM", "handle": handle, **fields}


def told(bench: ListenBench, name: str, *bodies: Any) -> Any:
    bench.send(name, *bodies)
    return bench.listen(name)


def test_all_of_a_campaign_is_stored(bench: ListenBench) -> None:
    told(bench, CAMPAIGNS, bench.example(CAMPAIGNS))
    (row,) = bench.rows("SELECT * FROM coffee.campaign")
    assert (row["name"], row["status"], row["goal"], row["currency"]) == (
        "Spring launch",
        "ACTIVE",
        "SALES",
        "INR",
    )
    assert (str(row["budget"]), row["shops"], str(row["ends_on"])) == (
        "250000.0000",
        ["acme-tea"],
        "2026-12-15",
    )
    profiles = bench.rows("SELECT * FROM coffee.campaign_profiles ORDER BY platform")
    assert [(one["platform"], one["handle"], one["discount_codes"]) for one in profiles] == [
        ("INSTAGRAM", "natgeo", ["NATGEO10"]),
        ("YOUTUBE", "natgeo", []),
    ]
    costs = bench.rows("SELECT cost_id, kind, amount::text, handle FROM coffee.campaign_cost ORDER BY 1")
    assert costs == [
        {"cost_id": "ads-2026-11", "kind": "ADVERTISING", "amount": "8000.5000", "handle": None},
        {"cost_id": "invoice-19", "kind": "FEE", "amount": "20000.0000", "handle": "natgeo"},
    ]


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_changes_arrive_the_newest_stands(bench: ListenBench, seed: int) -> None:
    changes = [
        campaign(bench, second, name=f"n{second}", profiles=[profile(f"p{second}"), profile("stays")])
        for second in range(1, 20)
    ]
    random.Random(seed).shuffle(changes)
    half = len(changes) // 2
    told(bench, CAMPAIGNS, *changes[:half])
    summary = told(bench, CAMPAIGNS, *changes[half:])
    assert summary.total("parked") == 0
    assert [row["name"] for row in bench.rows("SELECT name FROM coffee.campaign")] == ["n19"]
    handles = bench.rows("SELECT handle FROM coffee.campaign_profiles ORDER BY 1")
    assert [row["handle"] for row in handles] == ["p19", "stays"]


def test_of_two_changes_at_one_time_the_later_message_stands(bench: ListenBench) -> None:
    told(bench, CAMPAIGNS, campaign(bench, 1, name="first"), campaign(bench, 1, name="second"))
    assert [row["name"] for row in bench.rows("SELECT name FROM coffee.campaign")] == ["second"]


def test_members_are_replaced_as_a_set_and_those_that_stay_keep_since_when(bench: ListenBench) -> None:
    told(
        bench,
        COLLECTIONS,
        collection(1, "PROFILES", profile("a"), profile("b"), profile("c", added_at=at(0))),
    )
    told(
        bench, COLLECTIONS,
        collection(5, "PROFILES", profile("b", cost="3.50"), profile("c"), profile("d"), currency="INR"),
    )  # fmt: skip
    rows = bench.rows(
        "SELECT handle, cost::text, extract(second FROM added_at)::int AS added, extract(second FROM updated_at)::int AS updated"
        " FROM coffee.collection_profile ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("b", "3.5000", 1, 5),
        ("c", None, 0, 1),
        ("d", None, 5, 5),
    ]
    told(bench, COLLECTIONS, collection(6, "PROFILES"))
    assert bench.rows("SELECT * FROM coffee.collection_profile") == []


def test_every_kind_of_collection_has_its_table_and_a_change_of_kind_leaves_none_behind(
    bench: ListenBench,
) -> None:
    kinds = {
        "collection_post": ("POSTS", {"platform": "YOUTUBE", "shortcode": "dQw4w9WgXcQ"}),
        "collection_profile": ("PROFILES", profile("natgeo")),
        "collection_hashtag": ("HASHTAGS", {"platform": "INSTAGRAM", "hashtag": "tea"}),
        "keyword_collection": ("KEYWORDS", {"platform": "INSTAGRAM", "keyword": "green tea"}),
    }
    for second, (table, (kind, member)) in enumerate(kinds.items()):
        told(bench, COLLECTIONS, collection(second, kind, member))
        held = {name: bench.rows(f"SELECT count(*) AS n FROM coffee.{name}")[0]["n"] for name in kinds}
        assert held == {name: int(name == table) for name in kinds}
        assert bench.rows("SELECT kind::text FROM coffee.collection") == [{"kind": kind}]


def test_a_list_of_creators_is_stored_beside_the_collections(bench: ListenBench) -> None:
    told(
        bench,
        COLLECTIONS,
        collection(1, "PROFILE_LIST", profile("a"), profile("b")),
        collection(1, "PROFILES", profile("c")),
    )
    assert [
        row["handle"] for row in bench.rows("SELECT handle FROM coffee.profile_list_member ORDER BY 1")
    ] == ["a", "b"]
    told(bench, COLLECTIONS, collection(2, "PROFILE_LIST", deleted=True))
    assert bench.rows("SELECT * FROM coffee.profile_list_member") == []
    assert bench.rows("SELECT deleted_at IS NOT NULL AS gone FROM coffee.profile_list") == [{"gone": True}]


@pytest.mark.parametrize(
    ("name", "table", "deleted", "older"),
    [
        (
            CAMPAIGNS,
            "campaign",
            {"version": 1, "campaign_id": "campaign-81", "updated_at": at(5), "deleted": True},
            {"updated_at": at(3)},
        ),
        (
            COLLECTIONS,
            "collection",
            {
                "version": 1,
                "kind": "POSTS",
                "collection_id": "collection-12",
                "updated_at": at(5),
                "deleted": True,
            },
            {"updated_at": at(3)},
        ),
    ],
)
def test_what_was_deleted_stays_so_when_an_older_change_comes_late(
    bench: ListenBench, name: str, table: str, deleted: dict[str, Any], older: dict[str, Any]
) -> None:
    told(bench, name, deleted)  # also when nothing was ever told of it
    assert told(bench, name, bench.example(name, **older)).total("outdated") == 1
    assert bench.rows(f"SELECT deleted_at IS NOT NULL AS gone FROM coffee.{table}") == [{"gone": True}]
    told(bench, name, bench.example(name, updated_at=at(9)))
    assert bench.rows(f"SELECT deleted_at IS NULL AS back FROM coffee.{table}") == [{"back": True}]
    told(bench, name, deleted | {"updated_at": at(10)})
    members = {"campaign": ("campaign_profiles", "campaign_cost"), "collection": ("collection_post",)}[table]
    assert [bench.rows(f"SELECT count(*) AS n FROM coffee.{one}")[0]["n"] for one in members] == [0] * len(
        members
    )


def test_creators_of_an_open_campaign_are_tracked_closely_and_stay_tracked(bench: ListenBench) -> None:
    bench.execute(
        "INSERT INTO beat.tracked_profile (platform, handle, tier) VALUES ('INSTAGRAM', 'natgeo', 'long_tail'), ('INSTAGRAM', 'nasa', 'tracked')"
    )
    told(bench, CAMPAIGNS, campaign(bench, 1))
    told(
        bench,
        CAMPAIGNS,
        campaign(bench, 2, campaign_id="done", status="COMPLETED", profiles=[profile("late")]),
    )
    told(bench, CAMPAIGNS, campaign(bench, 3, profiles=[], status="CANCELLED"))
    rows = bench.rows("SELECT platform::text, handle, tier FROM beat.tracked_profile ORDER BY 1, 2")
    assert [tuple(row.values()) for row in rows] == [
        ("INSTAGRAM", "nasa", "tracked"),
        ("INSTAGRAM", "natgeo", "campaign"),
        ("YOUTUBE", "natgeo", "campaign"),
    ]


def test_an_older_change_tracks_nobody(bench: ListenBench) -> None:
    told(bench, CAMPAIGNS, campaign(bench, 5, profiles=[]))
    told(bench, CAMPAIGNS, campaign(bench, 1, profiles=[profile("nasa")]))
    assert bench.rows("SELECT * FROM beat.tracked_profile") == []


def test_campaigns_that_share_creators_are_stored_side_by_side_without_a_deadlock(
    bench: ListenBench,
) -> None:
    """Here the first campaign of a group has the last creator: it may not hold it while it waits for another."""
    handler = Campaigns()
    plans = [planned(handler, bench, campaign_id=key, profiles=[profile(who)]) for key, who in ("az", "bm")]
    with (
        postgres.transaction(bench.settings) as mine,
        postgres.transaction(bench.settings) as theirs,
        ThreadPoolExecutor(1) as executor,
    ):
        track(mine, Platform.INSTAGRAM, ["m"], "campaign")
        applied = executor.submit(handler.apply, theirs, plans)
        wait_until_blocked(bench, theirs.info.backend_pid)
        track(mine, Platform.INSTAGRAM, ["z"], "campaign")
        mine.commit()
        assert applied.result(timeout=240) == 0


def planned(handler: Campaigns, bench: ListenBench, **fields: Any) -> CampaignRows:
    message = handler.models[1].model_validate_json(json.dumps(campaign(bench, 1, **fields)))
    return handler.plan(Received("m", 1, message, datetime.now(UTC)))


def wait_until_blocked(bench: ListenBench, pid: int) -> None:
    deadline = time.monotonic() + 240
    while not bench.rows("SELECT 1 WHERE cardinality(pg_blocking_pids(%(pid)s)) > 0", pid=pid):
        assert time.monotonic() < deadline, "nothing held it up"
        time.sleep(0.01)


def test_ten_thousand_members_are_replaced_in_one_message(bench: ListenBench) -> None:
    first = [profile(f"a{number}") for number in range(10_000)]
    second = [profile(f"a{number}") for number in range(5_000, 15_000)]
    told(bench, COLLECTIONS, collection(1, "PROFILES", *first))
    told(bench, COLLECTIONS, collection(2, "PROFILES", *second))
    rows = bench.rows(
        "SELECT count(*) AS n, count(*) FILTER (WHERE updated_at <> added_at) AS touched, min(updated_at) AS first FROM coffee.collection_profile"
    )
    assert (rows[0]["n"], rows[0]["touched"]) == (10_000, 0)
    assert rows[0]["first"].second == 1, "what stays is not written again"


def test_clickhouse_reads_every_table_live_with_types_that_lose_nothing(bench: ListenBench) -> None:
    told(bench, CAMPAIGNS, bench.example(CAMPAIGNS))
    told(
        bench, COLLECTIONS, bench.example(COLLECTIONS),
        collection(1, "PROFILES", profile("a", cost="1.2345"), currency="INR", collection_id="p"),
        collection(1, "HASHTAGS", {"platform": "INSTAGRAM", "hashtag": "tea"}, collection_id="h"),
        collection(1, "KEYWORDS", {"platform": "INSTAGRAM", "keyword": "tea"}, collection_id="k"),
        collection(1, "PROFILE_LIST", profile("a")),
    )  # fmt: skip
    for table in STAGED:
        types = {row[0]: row[1] for row in clickhouse_rows(bench, f"DESCRIBE TABLE {live(bench, table)}")}
        assert int(clickhouse_rows(bench, f"SELECT count() FROM {live(bench, table)}")[0][0]) > 0
        assert types["updated_at"] == "DateTime64(6)"
        for name in ("budget", "fee", "amount", "cost"):
            if name in types:
                assert types[name].removeprefix("Nullable(").rstrip(")") == "Decimal(18, 4", (table, name)
        for name in ("status", "kind", "platform", "shops", "discount_codes"):
            if name in types:
                assert "String" in types[name], (table, name)
    row = clickhouse_rows(
        bench,
        f"SELECT status, goal, budget, JSONExtract(shops, 'Array(String)'), toString(updated_at, 'UTC'), ends_on"
        f" FROM {live(bench, 'campaign')}",
    )[0]
    assert [str(value) for value in row] == [
        "ACTIVE", "SALES", "250000.0000", "['acme-tea']", "2026-11-20 09:30:00.125000", "2026-12-15",
    ]  # fmt: skip


def live(bench: ListenBench, table: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    place = conninfo_to_dict(bench.settings.postgres_dsn())
    return (
        f"postgresql('{place['host']}:{place['port']}', '{place['dbname']}', '{table}',"
        f" '{place['user']}', '{place.get('password', '')}', 'coffee')"
    )


def clickhouse_rows(bench: ListenBench, statement: str) -> list[Any]:
    client = clickhouse.client(bench.settings)
    try:
        return list(client.query(statement).result_rows)
    finally:
        client.close()

"""What the tour does, step by step. It writes nothing itself: creators, history and credentials come in through the same
functions as the commands of the CLI, everything else through Airflow's DAGs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from upbeat.demo.airflow_rest import AirflowRest, DagRun
from upbeat.demo.audiences import COLLECT_FOLLOWERS, SCORE
from upbeat.errors import UpbeatError
from upbeat.records import Platform
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.postgres import connect, transaction

CREATORS = 100
COLLECT = (
    "ig_profiles_tracked",
    "ig_profiles_campaign",
    "ig_posts_recent",
    "collection_videos_youtube",
    "shopify_orders",
)
BUILD_ALL = ("events_drain", "dbt_daily", "sync_leaderboard_prod")
"""The nightly build: on a fresh warehouse it builds all models at once, where those of the day would start dbt once each."""
BUILD_AGAIN = ("events_drain", "dbt_core", "sync_leaderboard_prod")
TAKE_CONF = (*COLLECT, COLLECT_FOLLOWERS, SCORE)
HISTORY_FILE = REPOSITORY / "include" / "sandbox" / "instagram_history.csv"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One line of `mart.mart_campaign_summary`; money in `currency`."""

    name: str
    goal: str
    currency: str
    cost: Decimal
    budget: Decimal
    creators: int
    posts: int
    agreed_posts: int | None
    reach: float | None
    orders: float
    net_sales: Decimal
    results: float | None
    cost_per_result: float | None


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One line of `app.leaderboard` as the product reads it."""

    followers_rank: int
    handle: str
    full_name: str | None
    category: str
    followers: int
    previous_followers: int | None
    rank_change: int | None
    engagement_rate: float | None
    previous_observed_on: Any


def prepare(settings: Settings, say: Say) -> None:
    """Credentials of the sandbox, the creators to track, and their history from before the first collection."""
    from upbeat.credentials import store as credentials
    from upbeat.ingestion.history_file import read_history
    from upbeat.ingestion.history_import import import_history
    from upbeat.ingestion.tracking import track
    from upbeat.sandbox.shipped_credentials import shipped_credentials

    for credential in shipped_credentials():
        credentials.upsert(settings, credential.source, credential.secrets, credential.handle)
    handles = shipped_handles(CREATORS)
    with transaction(settings, application="upbeat:demo") as connection:
        added = track(connection, Platform.INSTAGRAM, handles)
    say(f"tracking {len(handles)} creators ({added} new)")
    report = import_history(
        settings, read_history(HISTORY_FILE.read_bytes(), HISTORY_FILE.name), HISTORY_FILE.name
    )
    say(
        f"follower counts of earlier months: {report.rows} observations, {report.added} new; "
        "they join a creator's own at its first collection"
    )
    say(import_campaigns(settings))


def import_campaigns(settings: Settings) -> str:
    """The sandbox's campaigns as of today, with their collections; their creators are collected, too. Says how many.

    Raises:
        UpbeatError: one of them cannot be stored.
    """
    from upbeat.listeners.campaign_file import import_changes, read_changes
    from upbeat.sandbox.campaigns import sandbox_campaigns
    from upbeat.sandbox.world import World

    changes, problems = read_changes(sandbox_campaigns(World()), datetime.now(UTC))
    with transaction(settings, application="upbeat:demo") as connection:
        imported = import_changes(connection, changes, problems)
    if imported.problems:
        first = imported.problems[0]
        raise UpbeatError(f"include/sandbox/campaigns.yaml: {first.entry} {first.name}: {first.reason}")
    return f"{imported.campaigns} made-up campaigns with {imported.collections} collections (`upbeat campaigns list`)"


def campaign_creators() -> list[str]:
    """The Instagram accounts of the sandbox's campaigns."""
    from upbeat.sandbox.campaigns import sandbox_campaigns
    from upbeat.sandbox.world import World

    profiles = [p for campaign in sandbox_campaigns(World())["campaigns"] for p in campaign["profiles"]]
    return sorted({profile["handle"] for profile in profiles if profile["platform"] == "INSTAGRAM"})


def campaigns(settings: Settings) -> list[CampaignRow]:
    """What came of the campaigns that have begun, read from ClickHouse."""
    from dataclasses import fields

    from upbeat.stores import clickhouse

    client = clickhouse.client(settings)
    names = ", ".join(field.name for field in fields(CampaignRow))
    found = client.query(
        f"SELECT {names} FROM mart.mart_campaign_summary WHERE status != 'DRAFT' ORDER BY campaign_id"  # noqa: S608 - our own names
    )
    rows = [CampaignRow(**row) for row in found.named_results()]
    client.close()
    return rows


def shipped_handles(count: int) -> list[str]:
    """The largest creators of the table that ships, by their newest month."""
    with (REPOSITORY / "include" / "sandbox" / "instagram_creators.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    newest = max(row["month"] for row in rows)
    present = sorted((row for row in rows if row["month"] == newest), key=lambda row: -int(row["followers"]))
    return [row["handle"] for row in present[:count]]


def run_dags(
    airflow: AirflowRest,
    dag_ids: tuple[str, ...],
    conf: dict[str, Any],
    on_task: Callable[[str, dict[str, str]], None],
    on_wait: Callable[[str, str], None],
) -> list[DagRun]:
    """Run each DAG in turn and follow its run to the end.

    A DAG is unpaused only when its turn has come and its run is asked for, so that its schedule starts nothing before. Where
    the schedule does all the same, that run counts when it saw all that the DAGs before have made, and ours is withdrawn.

    Args:
        conf: of the DAGs that take one: those that collect, and those of audiences.
        on_wait: told the DAG and the id of the run that ours waits for.
    """
    runs: list[DagRun] = []
    for dag_id in dag_ids:
        own_conf = conf if dag_id in TAKE_CONF else {}
        before = airflow.ended_at(runs[-1].dag_id, runs[-1].run_id) if runs else None
        asked = airflow.ask_for_run(dag_id, own_conf)
        airflow.unpause(dag_id)
        run_id = airflow.run_that_counts(
            asked, partial(on_wait, dag_id), instead_since=None if own_conf else before or asked.at
        )
        runs.append(airflow.follow(dag_id, run_id, partial(on_task, dag_id)))
    return runs


def collected_handles(settings: Settings, limit: int) -> list[str]:
    """The Instagram accounts with most followers, as collected."""
    with connect(settings) as connection:
        rows = connection.execute(
            """
            SELECT handle FROM beat.instagram_account
            WHERE followers_count IS NOT NULL ORDER BY followers_count DESC, profile_id LIMIT %s
            """,
            (limit,),
        ).fetchall()
    return [row["handle"] for row in rows]


def leaderboard(settings: Settings, limit: int) -> list[LeaderboardRow]:
    """The top of the published table, read from Postgres."""
    with connect(settings) as connection:
        rows = connection.execute(
            """
            SELECT followers_rank, handle, full_name, category, followers, previous_followers, rank_change,
                   engagement_rate, previous_observed_on
            FROM app.leaderboard WHERE platform = 'INSTAGRAM' ORDER BY followers_rank LIMIT %s
            """,
            (limit,),
        ).fetchall()
    return [LeaderboardRow(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Change:
    """A count that was changed in the sandbox, to be seen in the published table."""

    handle: str
    before: int
    after: int


def change_a_count(settings: Settings, rows: list[LeaderboardRow]) -> Change:
    """Let the creator on rank five of the list overtake the one on rank four, in the sandbox."""
    above, chosen = rows[3], rows[4]
    after = above.followers + max(1, above.followers // 1000)
    with SandboxControl(settings.sandbox_url()) as sandbox:
        sandbox.change_creator(chosen.handle, followers=after)
    return Change(chosen.handle, chosen.followers, after)


def verify_change(settings: Settings, change: Change) -> str:
    """Hold the published count against the sandbox's, and say which collection brought it.

    Raises:
        UpbeatError: the published table does not show the changed count.
    """
    with transaction(settings) as connection:
        published = connection.execute(
            "SELECT followers FROM app.leaderboard WHERE platform = 'INSTAGRAM' AND handle = %s",
            (change.handle,),
        ).fetchone()
        entry = connection.execute(
            """
            SELECT source, "timestamp", raw_object FROM beat.profile_log
            WHERE platform = 'INSTAGRAM' AND handle = %s AND (metrics->>'followers')::bigint = %s
            ORDER BY "timestamp" DESC LIMIT 1
            """,
            (change.handle, change.after),
        ).fetchone()
    if published is None or published["followers"] != change.after or entry is None:
        shown = published["followers"] if published else "no row"
        raise UpbeatError(
            f"app.leaderboard shows {shown} for @{change.handle}, the sandbox has {change.after}"
        )
    return f"{entry['source']} at {entry['timestamp']:%H:%M:%S} UTC (raw answer: {entry['raw_object']})"

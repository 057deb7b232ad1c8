"""Every part does its work under its own role of Postgres, and is refused what is not its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from tests.collection_run import collection_run
from tests.part_logins import acting_as

from upbeat.api.lookups.subjects import POSTS, PROFILES
from upbeat.embedded.postgres import maintenance_dsn
from upbeat.errors import InputError
from upbeat.events.drain import drain
from upbeat.events.relay import relay
from upbeat.flows import flow_named
from upbeat.operations.deploy_migrations import migration_findings
from upbeat.operations.deploy_work import work_findings
from upbeat.settings import Settings
from upbeat.stores.migrations import migrate
from upbeat.stores.part_roles import PARTS, ensure_part_roles, grant_login, role_of
from upbeat.stores.postgres import connect, transaction
from upbeat.stores.warehouse_role import ensure_warehouse_role

As = Callable[[str], Settings]
REFUSED = psycopg.errors.InsufficientPrivilege
ALL = "SELECT INSERT UPDATE DELETE"
# Who may do what with which table: a new table fails the test until it stands here. The API reads what the reader reads.
RIGHTS: list[tuple[str, dict[str, str]]] = [
    (
        "instagram_account instagram_post youtube_account youtube_post profile_log post_log",
        {"reader": "SELECT", "api": "SELECT INSERT UPDATE", "worker": ALL},
    ),
    (
        "comment follower following liker similar_profile search_hit listed_post story highlight highlight_item profile_insight"
        " profile_audience post_insight story_insight hashtag location channel_section channel_activity collection_item"
        " shopify_order shopify_product shopify_refund shopify_discount_code shopify_count asset asset_object asset_claim"
        " follower_score audience_quality stream_checkpoint enrichment llm_answer llm_batch llm_call llm_batch_subject llm_spend"
        " prompt_evaluation prompt_activation",
        {"reader": "SELECT", "api": "SELECT", "worker": ALL},
    ),
    ("imported_observation", {"reader": "SELECT", "api": "SELECT UPDATE", "worker": ALL}),
    (
        "scrape_request_log task_ready tracked_profile",
        {"reader": "SELECT", "api": ALL, "worker": ALL, "listener": ALL},
    ),
    ("task_lease", {"reader": "SELECT", "api": ALL, "worker": ALL}),
    ("credential credential_change", {"api": ALL, "worker": ALL, "listener": ALL}),
    (
        "credential_event",
        {"reader": "SELECT", "api": "SELECT INSERT", "worker": ALL, "listener": "SELECT INSERT"},
    ),
    (
        "outbox",
        {
            "reader": "SELECT",
            "api": "SELECT INSERT",
            "worker": ALL,
            "events": ALL,
            "listener": "SELECT INSERT",
        },
    ),
    ("outbox_batch sink_batch", {"reader": "SELECT", "api": "SELECT", "worker": ALL, "events": ALL}),
    (
        "outbox_error event_minute",
        {"reader": "SELECT", "api": "SELECT", "worker": ALL, "events": ALL, "listener": ALL},
    ),
    ("inbox", {"reader": "SELECT", "api": "SELECT INSERT DELETE", "worker": ALL, "listener": ALL}),
    ("api_key", {"api": "SELECT INSERT UPDATE"}),
    ("api_request", {"api": ALL}),
    ("audit_log", {"reader": "SELECT", "api": "SELECT INSERT", "listener": "SELECT INSERT"}),
    ("sync_run", {"reader": "SELECT", "api": "SELECT", "sync": ALL}),
]
COFFEE = {"reader": "SELECT", "api": ALL, "worker": "SELECT", "listener": ALL}
HELD = """
SELECT n.nspname, c.relname, part.name AS part,
       array(SELECT right_ FROM unnest(%(rights)s::text[]) AS right_
             WHERE has_table_privilege('upbeat_' || part.name, c.oid, right_)) AS rights
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN unnest(%(parts)s::text[]) AS part (name)
WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('beat', 'coffee')
"""


@pytest.fixture
def acting(settings: Settings) -> As:
    """The settings of a part: its login in the place of the owner's."""
    return lambda part: acting_as(part, settings)


def test_every_table_gives_each_part_what_its_work_needs_and_no_more(settings: Settings) -> None:
    rights = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    with connect(settings) as connection:
        found = connection.execute(HELD, {"rights": rights, "parts": list(PARTS)}).fetchall()
    wanted = {f"beat.{table}": held for tables, held in RIGHTS for table in tables.split()}
    wanted |= {f"coffee.{row['relname']}": COFFEE for row in found if row["nspname"] == "coffee"}
    tables = {f"{row['nspname']}.{row['relname']}" for row in found}
    assert tables == set(wanted), (
        "say in RIGHTS who may do what with the table, and grant it in part_roles.sql"
    )
    held = {(f"{row['nspname']}.{row['relname']}", row["part"]): " ".join(row["rights"]) for row in found}
    assert held == {(table, part): wanted[table].get(part, "") for table, part in product(tables, PARTS)}


def test_the_api_may_store_what_look_ups_find() -> None:
    flows = {kind.flow for kind in (*PROFILES.values(), *POSTS.values())}
    written = {table.removeprefix("beat.") for flow in flows for table in flow_named(flow).writes}
    assert written == set(RIGHTS[0][0].split())


def refuses(settings: Settings, *statements: str) -> None:
    for statement in statements:
        with connect(settings, autocommit=True) as connection, pytest.raises(REFUSED):
            connection.execute(statement.encode())


def test_no_part_may_make_roles_or_tables_of_the_platform_or_see_what_it_need_not(acting: As) -> None:
    for part in PARTS:
        refuses(
            acting(part), "CREATE ROLE intruder", "CREATE TABLE beat.mine (a int)", "DROP TABLE beat.outbox"
        )
    secrets = ("SELECT * FROM beat.credential", "SELECT * FROM beat.api_key")
    refuses(
        acting("reader"),
        *secrets,
        "INSERT INTO beat.tracked_profile DEFAULT VALUES",
        "DELETE FROM coffee.campaign",
    )
    refuses(
        acting("events"), *secrets, "SELECT * FROM beat.scrape_request_log", "SELECT * FROM coffee.campaign"
    )
    refuses(
        acting("worker"),
        "SELECT * FROM beat.api_key",
        "SELECT * FROM beat.audit_log",
        "DELETE FROM coffee.campaign",
    )
    refuses(acting("listener"), "SELECT * FROM beat.api_key", "SELECT * FROM beat.profile_log")
    refuses(acting("sync"), *secrets, "SELECT * FROM beat.profile_log", "SELECT * FROM coffee.campaign")
    refuses(
        acting("api"),
        "DELETE FROM beat.audit_log", "UPDATE beat.audit_log SET actor = 'nobody'", "DELETE FROM beat.api_key",
        "INSERT INTO beat.comment DEFAULT VALUES", "DELETE FROM beat.profile_log", "DROP TABLE coffee.campaign",
    )  # fmt: skip


def test_a_creator_is_collected_and_stored_by_worker_relay_and_sink_each_under_its_role(
    rabbitmq: Settings,
) -> None:
    with collection_run(rabbitmq) as run:
        run.add_credentials()
        handles = run.handles(2)
        run.change(postgres_url=acting_as("worker", rabbitmq).postgres_url)
        assert run.enqueue(*handles) == 2
        assert run.work().complete == 2
    events = acting_as("events", rabbitmq)
    with connect(events) as connection:
        waiting = connection.execute("SELECT count(*) AS n FROM beat.outbox").fetchone()
    assert waiting
    assert waiting["n"] >= 4, "profiles, log entries, task log"
    assert relay(events, time_budget=60, until_empty=True).events == waiting["n"]
    assert drain(events, time_budget=60, until_empty=True).events == waiting["n"]


def test_sync_owns_what_is_published_and_readers_see_the_next_version_too(
    settings: Settings, acting: As
) -> None:
    with transaction(settings) as owner:
        owner.execute("CREATE TABLE app.before (a int)")
    sync = acting("sync")
    assert ensure_part_roles(settings) is None
    with transaction(sync) as connection:
        connection.execute("ALTER TABLE app.before SET SCHEMA app_old")
        connection.execute("CREATE TABLE app_next.before AS SELECT 1 AS a")
        connection.execute("ALTER TABLE app_next.before SET SCHEMA app")
    with transaction(settings) as owner:
        owner.execute("DROP TABLE app_old.before")
        owner.execute("CREATE TABLE app_next.later AS SELECT 2 AS a")
        owner.execute("ALTER TABLE app_next.later SET SCHEMA app")
    with connect(acting("reader")) as connection:
        assert connection.execute("SELECT a FROM app.later").fetchone() == {"a": 2}
        assert connection.execute("SELECT a FROM app.before").fetchone() == {"a": 1}


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://upbeat:x@db/x", "is no role of a part"),
        ("postgresql://db/x", "user=none: is no role of a part"),
        ("postgresql://upbeat_api@db/x", "holds no password"),
    ],
)
def test_a_login_for_another_user_or_without_a_password_is_refused(
    settings: Settings, url: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        grant_login(settings, url)


def test_a_user_who_may_not_make_roles_is_told_so_and_nothing_is_half_done(
    settings: Settings, acting: As
) -> None:
    told = ensure_part_roles(acting("listener"))
    assert told is not None
    assert told.startswith("the roles by part were not made: ")
    assert "\n" not in told


def test_the_password_reaches_postgres_as_a_verifier(settings: Settings, acting: As) -> None:
    acting("api")
    with transaction(settings) as connection:
        found = connection.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = 'upbeat_api'"
        ).fetchone()
    assert found is not None
    assert found["rolpassword"].startswith("SCRAM-SHA-256$")


@pytest.fixture
def plain_owner(settings: Settings) -> Iterator[Settings]:
    """An empty database whose owner is as include/deploy/postgres/10_owner.sh makes it: no superuser, but one who may make roles."""
    name, place = f"owner_{settings.postgres_dsn().rpartition('_')[2]}", maintenance_dsn(settings)
    made = sql.Identifier(name)
    roles = [*map(role_of, PARTS), "upbeat_warehouse"]
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD 'geheim'").format(made))
        connection.execute(sql.SQL("GRANT pg_read_all_stats TO {}").format(made))
        for role in roles:
            # What Postgres gives by itself to whoever makes a role; here somebody else has made it.
            told = sql.SQL("GRANT {} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
            connection.execute(told.format(sql.Identifier(role), made))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(made, made))
        there = urlsplit(place)
        url = there._replace(netloc=f"{name}:geheim@{there.hostname}:{there.port}", path=f"/{name}").geturl()
        yield settings.model_copy(update={"postgres_url": SecretStr(url)})
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))
        for role in (*roles, "pg_read_all_stats"):
            connection.execute(sql.SQL("REVOKE {} FROM {} CASCADE").format(sql.Identifier(role), made))
        connection.execute(sql.SQL("DROP ROLE {}").format(made))


def test_an_owner_who_is_no_superuser_makes_all_of_it_and_sees_who_holds_up_a_migration(
    plain_owner: Settings,
) -> None:
    migrate(plain_owner)
    ensure_warehouse_role(plain_owner)
    with transaction(plain_owner) as connection:
        connection.execute("CREATE TABLE app.before AS SELECT 1 AS a")
    assert ensure_part_roles(plain_owner) is None
    assert ensure_part_roles(plain_owner) is None, "it may be repeated"
    with transaction(plain_owner) as connection:
        connection.execute("ALTER TABLE app.before SET SCHEMA app_old")
    assert migration_findings(plain_owner) == []
    assert work_findings(plain_owner)
    reader = acting_as("reader", plain_owner)
    with connect(reader) as connection:
        assert connection.execute("SELECT count(*) AS n FROM beat.profile_log").fetchone() == {"n": 0}

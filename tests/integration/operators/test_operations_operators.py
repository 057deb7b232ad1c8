"""Operational DAGs find what is wrong and name it; what they keep can be read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from airflow.sdk.exceptions import AirflowFailException
from tests.integration.sync.conftest import board  # noqa: F401 - a fixture

from upbeat.credentials import event_retention
from upbeat.credentials import store as credentials
from upbeat.errors import VerificationError
from upbeat.operators import checks, retention
from upbeat.sandbox.shipped_credentials import shipped_credentials
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import connect
from upbeat.sync import plan as plans

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board

# As the model has it; built by dbt it would need the whole staging of this test's raw tables.
QUALITY = """
CREATE TABLE mart.mart_ops_data_quality (
    raw_table LowCardinality(String), platform LowCardinality(String), ingested_on Date, reason LowCardinality(String),
    is_left_out Bool, events UInt64
) ENGINE = MergeTree ORDER BY (raw_table, platform, ingested_on, reason)
"""
DIRT = "INSERT INTO mart.mart_ops_data_quality VALUES ('instagram_account', 'INSTAGRAM', today() - {days}, '{reason}', true, {events})"
ACCOUNTS = """
INSERT INTO instagram_account (platform, profile_id, handle, source, observed_at, _event_id)
SELECT 'INSTAGRAM', toString(number), 'h' || toString(number), 'lama', now64(6), number FROM numbers(1000)
"""


@pytest.fixture(autouse=True)
def own_settings_in_operators(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operators' settings are this test's: raw database and buckets stand in no Airflow connection."""
    for module in (checks, retention):
        monkeypatch.setattr(module, "settings_from_connections", lambda **_: settings)


@pytest.fixture
def client(settings: Settings) -> Iterator[Any]:
    opened = clickhouse.client(settings, database=settings.clickhouse_raw_database)
    yield opened
    opened.close()


def test_a_raw_table_that_is_too_old_fails_the_check_by_name_and_empty_ones_do_not(client: Any) -> None:
    check = checks.FreshnessCheckOperator(task_id="check")
    assert set(check.execute({})) == {"never filled"}
    insert = (
        "INSERT INTO instagram_account (platform, profile_id, handle, source, observed_at, _event_id, _ingested_at) "
        "VALUES ('INSTAGRAM', '1', 'natgeo', 'lama', now64(6), {id}, now64(3) - INTERVAL {hours} HOUR)"
    )
    client.command(insert.format(id=1, hours=25))
    with pytest.raises(
        AirflowFailException, match=r"1 raw tables .*instagram_account 25\.0 h old \(limit 24 h\)"
    ):
        check.execute({})
    client.command(insert.format(id=2, hours=3))
    states = check.execute({})
    assert len(states["late"]) == 1
    assert states["late"][0].startswith("instagram_account 3.0 h old")


def test_a_refused_credential_is_named_without_its_secret(settings: Settings) -> None:
    validate = checks.CredentialValidationOperator(task_id="validate")
    good = next(shipped for shipped in shipped_credentials() if shipped.source == "graphapi")
    credentials.upsert(settings, good.source, good.secrets, good.handle)
    assert validate.execute({}) == {"asked": 1, "credentials": 1}
    credentials.upsert(settings, "graphapi", {"token": "revoked-secret", "user_id": "1"}, "gone")
    with pytest.raises(AirflowFailException, match="1 of 2 credentials are refused: graphapi") as refused:
        validate.execute({})
    assert "revoked-secret" not in str(refused.value)


def test_retention_counts_first_and_keeps_what_it_deletes(settings: Settings) -> None:
    with connect(settings, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, status, created_at, scraped_at) "
            "SELECT 'old' || n, 'INSTAGRAM', 'stories', 'COMPLETE', now() - interval '90 days', now() - interval '80 days' "
            "FROM generate_series(1, 3) n"
        )
    dry = retention.QueueRetentionOperator(task_id="retention", dry_run=True).execute({})
    assert (dry["tasks"], dry["deleted"]) == (3, False)
    done = retention.QueueRetentionOperator(task_id="retention", dry_run=False).execute({})
    assert (done["tasks"], done["deleted"]) == (3, True)
    assert len(list(ObjectStore(settings, settings.s3_operations_bucket).keys("queue-archive/"))) == 1


def test_staged_files_go_after_their_time_but_for_those_of_the_runs_that_a_rollback_may_ask_for(
    board: Board,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for run in ("one", "two", "three"):
        board.publish(run)
    board.fill(1)
    with pytest.raises(VerificationError):
        board.publish("refused")
    store = ObjectStore(board.settings, board.settings.s3_sync_bucket)
    store.put("leaderboard/cut_off/data.pgcopy.zst", b"half")

    def retain(*, days_later: int, dry_run: bool) -> tuple[int, bool, list[str]]:
        now = datetime.now(UTC) + timedelta(days=days_later)
        monkeypatch.setattr(retention, "_days_ago", lambda days: now - timedelta(days=days))
        done = retention.StagedFileRetentionOperator(task_id="staged", dry_run=dry_run).execute({})
        assert orjson.loads(orjson.dumps(done))["runs"] == done["runs"], "travels as JSON"
        return done["runs"], done["deleted"], sorted({found.key.split("/")[1] for found in store.objects()})

    everything = ["cut_off", "one", "refused", "three", "two"]
    assert retain(days_later=13, dry_run=False) == (0, True, everything)
    assert retain(days_later=15, dry_run=True) == (3, False, everything)
    assert retain(days_later=15, dry_run=False) == (3, True, ["three", "two"])
    assert retain(days_later=15, dry_run=False) == (0, True, ["three", "two"])


def test_nothing_staged_is_nothing_to_delete(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    never = settings.model_copy(update={"s3_sync_bucket": "a-bucket-that-was-never-made"})
    monkeypatch.setattr(retention, "settings_from_connections", lambda **_: never)
    assert retention.StagedFileRetentionOperator(task_id="staged").execute({})["runs"] == 0


def test_events_of_credentials_go_after_a_year_and_the_credential_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_retention, "_MOST", 2)
    credentials.upsert(settings, "graphapi", {"token": "secret", "user_id": "1"}, "natgeo")
    with connect(settings, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO beat.credential_event (credential_key, source, event, at) "
            "SELECT 'k', 'lama', 'rested', now() - interval '366 days' FROM generate_series(1, 5)"
        )

        def left() -> int:
            row: Any = connection.execute("SELECT count(*) AS n FROM beat.credential_event").fetchone()
            return int(row["n"])

        retain = retention.CredentialEventRetentionOperator
        dry = retain(task_id="events", dry_run=True).execute({})
        assert (dry["events"], dry["deleted"], left()) == (5, False, 6)
        done = retain(task_id="events", dry_run=False).execute({})
        assert (done["events"], done["deleted"], left()) == (5, True, 1)
    assert [found.source for found in credentials.list_credentials(settings)] == ["graphapi"]


def test_a_backup_is_made_and_listed(settings: Settings) -> None:
    from upbeat.operations.backup import list_backups

    made = retention.BackupOperator(task_id="dump").execute({})
    assert [backup.name for backup in list_backups(settings)] == [made["name"]]


def test_the_quality_report_is_written_and_fails_with_what_is_too_dirty(
    settings: Settings, client: Any
) -> None:
    report = checks.DataQualityReportOperator(task_id="report")
    client.command("CREATE DATABASE IF NOT EXISTS mart")
    client.command("DROP TABLE IF EXISTS mart.mart_ops_data_quality SYNC")
    with pytest.raises(AirflowFailException, match="not built yet"):
        report.execute({})
    try:
        client.command(QUALITY)
        client.command(ACCOUNTS)
        client.command(DIRT.format(days=0, reason="empty_handle", events=10))
        client.command(DIRT.format(days=5, reason="late", events=900))
        assert report.execute({})["dirty"] == 10
        client.command(DIRT.format(days=1, reason="future", events=11))
        too_much = r"1 of 2 reasons above 1\.0% .*instagram_account: future: 11 of 1,000 events \(1\.10%\)"
        with pytest.raises(AirflowFailException, match=too_much):
            report.execute({})
    finally:
        client.command("DROP TABLE mart.mart_ops_data_quality SYNC")
    store = ObjectStore(settings, settings.s3_operations_bucket)
    folder = f"data-quality/{datetime.now(UTC):%Y-%m-%d}"
    document = orjson.loads(store.get(f"{folder}/report.json"))
    assert [one["reason"] for one in document["dirt"]] == ["future", "empty_handle"]
    assert b"| future | left out | 11 | 1,000 | 1.10% |" in store.get(f"{folder}/report.md")


def test_a_published_table_that_somebody_changed_fails_the_verification_by_its_key(
    board: Board,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = board.plan.model_copy(update={"name": "absent", "mart": "mart.mart_that_is_not_there"})
    monkeypatch.setattr(plans, "load_plans", lambda: [absent, board.plan])
    verify = checks.VerifyPublishedOperator(task_id="verify")
    assert verify.execute({}) == {"absent": "never published", "leaderboard": "never published"}
    board.publish()
    assert verify.execute({}) == {"absent": "never published", "leaderboard": "same"}
    board.query("DELETE FROM app.leaderboard WHERE profile_id = '7'")
    gone = board.plan.model_copy(update={"mart": absent.mart})
    monkeypatch.setattr(plans, "load_plans", lambda: [gone, board.plan, absent])
    with pytest.raises(
        AirflowFailException,
        match=r"2 faults in 2 published tables: .*mart_that_is_not_there.*\(INSTAGRAM, 7\) is not published",
    ):
        verify.execute({})
    board.query("DROP TABLE app.leaderboard")
    monkeypatch.setattr(plans, "load_plans", lambda: [board.plan])
    with pytest.raises(AirflowFailException, match=r"1 faults .*app\.leaderboard: gone"):
        verify.execute({})

"""What a person starts by hand does what its command does."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upbeat.ingestion.archive import RawArchive
from upbeat.operators.on_demand import EnqueueOnDemandOperator, ImportHistoryOperator, ReplayRawOperator
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import connect

pytestmark = pytest.mark.usefixtures("connections")

RUN = {"run_id": "manual__2026-03-01"}
HISTORY = [
    ("platform", "handle", "observed_on", "followers"),
    ("instagram", "natgeo", "2022-03-01", "200000000"),
    ("instagram", "nasa", "2022-03-01", "78000000"),
    ("instagram", "no handle!", "2022-03-01", "1"),
]


@pytest.fixture
def own_buckets(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """The operators' settings are this test's, buckets too."""
    from upbeat.operators import on_demand

    settings = settings.model_copy(update={"airflow_import_folder": str(tmp_path)})
    monkeypatch.setattr(on_demand, "settings_from_connections", lambda **_: settings)
    return settings


def rows(settings: Settings, query: str) -> list[Any]:
    with connect(settings, autocommit=True) as connection:
        return [tuple(row.values()) for row in connection.execute(query.encode())]


def history_file() -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(HISTORY)
    return out.getvalue().encode()


def history(**arguments: Any) -> ImportHistoryOperator:
    given = {"handles": [], "platform": "", "observed_on": "", "track": False, "dry_run": False, **arguments}
    return ImportHistoryOperator(task_id="import_history", **given)


def test_a_refresh_enqueues_creators_and_posts_once_for_a_run(settings: Settings) -> None:
    enqueue = EnqueueOnDemandOperator(
        task_id="enqueue", platform="instagram", handles=["@NatGeo"], shortcodes=["CGZ6vV1nBtA"]
    )
    assert enqueue.execute(RUN) == [0]
    enqueue.execute(RUN)
    assert rows(settings, "SELECT flow, params FROM beat.scrape_request_log ORDER BY flow") == [
        ("post_by_shortcode", {"shortcode": "CGZ6vV1nBtA"}),
        ("posts_by_handle", {"handle": "natgeo", "limit": 25}),
        ("profile_by_handle", {"handle": "natgeo"}),
    ]


@pytest.mark.parametrize(
    ("platform", "handles", "told"),
    [
        ("instagram", [], "name handles or shortcodes"),
        ("tiktok", ["x"], "use one of"),
        ("instagram", ["no!"], "handle"),
    ],
)
def test_a_refresh_that_cannot_be_says_why_and_adds_nothing(
    platform: str, handles: list[str], told: str, settings: Settings
) -> None:
    with pytest.raises(AirflowFailException, match=told):
        EnqueueOnDemandOperator(task_id="e", platform=platform, handles=handles, shortcodes=[]).execute(RUN)
    assert rows(settings, "SELECT FROM beat.scrape_request_log") == []


def test_history_comes_from_a_file_or_s3_of_all_creators_or_some(
    own_buckets: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.csv").write_bytes(history_file())
    ObjectStore(own_buckets, own_buckets.s3_raw_bucket).put("exports/old.csv", history_file())
    local, stored = str(tmp_path / "old.csv"), f"s3://{own_buckets.s3_raw_bucket}/exports/old.csv"
    assert history(file=local, dry_run=True).execute(RUN)["added"] == 2
    assert rows(own_buckets, "SELECT FROM beat.imported_observation") == []
    assert history(file=stored, handles=["@nasa"]).execute(RUN)["added"] == 1
    assert history(file=local, track=True).execute(RUN)["added"] == 1
    assert rows(own_buckets, "SELECT DISTINCT handle FROM beat.imported_observation ORDER BY 1") == [
        ("nasa",),
        ("natgeo",),
    ]
    assert len(rows(own_buckets, "SELECT FROM beat.tracked_profile")) == 2
    monkeypatch.setattr("upbeat.stores.object_or_file.LARGEST_BYTES", 3)
    with pytest.raises(AirflowFailException, match=r"exports/old.csv: has .* bytes, more than 3"):
        history(file=stored).execute(RUN)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"file": "nowhere.csv"}, "is no file: name a file"),
        ({"file": "/etc/passwd"}, "lies outside of UPBEAT_AIRFLOW_IMPORT_FOLDER"),
        ({"file": "s3://{raw}/nothing.csv"}, "no such object"),
        ({"file": "{local}", "handles": ["nobody"]}, "no row of nobody"),
        ({"file": "{local}", "observed_on": "yesterday"}, "observed_on=yesterday"),
    ],
)
def test_history_that_cannot_be_read_says_why(
    arguments: dict[str, Any], told: str, own_buckets: Settings, tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_bytes(history_file())
    arguments["file"] = arguments["file"].format(local=tmp_path / "old.csv", raw=own_buckets.s3_raw_bucket)
    with pytest.raises(AirflowFailException, match=told):
        history(**arguments).execute(RUN)


def test_a_replay_reads_the_archive_and_tells_an_unknown_flow(own_buckets: Settings) -> None:
    asyncio.run(_nothing_archived(own_buckets))
    replay = ReplayRawOperator(task_id="replay", flows=["instagram.*"], since="7d", task=None, dry_run=True)
    told = replay.execute(RUN)
    assert (told["objects"], told["dry_run"], told["differences"]) == (0, True, 0)
    unknown = ReplayRawOperator(
        task_id="replay", flows=["instagram.profil"], since="", task=None, dry_run=True
    )
    with pytest.raises(AirflowFailException, match=r"did you mean instagram\.profile"):
        unknown.execute(RUN)


async def _nothing_archived(settings: Settings) -> None:
    assert list(RawArchive(settings)._store.keys("raw/instagram/")) == []

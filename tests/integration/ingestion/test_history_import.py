"""Imported history: waits for its creator, is copied once, fills gaps and never overwrites."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.collection_run import CollectionRun

from upbeat.embedded.settings_environment import settings_environment
from upbeat.ingestion import history_import
from upbeat.ingestion.history_file import read_history
from upbeat.ingestion.history_import import ImportReport, import_history
from upbeat.settings import REPOSITORY
from upbeat.stores.postgres import transaction

HEADER = "platform,handle,observed_on,followers,following,media_count,full_name,category\n"


def bring_in(run: CollectionRun, text: str, name: str = "old.csv", **options: Any) -> ImportReport:
    return import_history(run.settings, read_history((HEADER + text).encode(), name), name, **options)


def log_of(run: CollectionRun, handle: str) -> list[tuple[str, int]]:
    rows = run.rows(
        "SELECT timestamp::date::text AS day, (metrics ->> 'followers')::bigint AS followers FROM beat.profile_log "
        "WHERE handle = %(handle)s AND source LIKE 'import:%%' ORDER BY timestamp",
        handle=handle,
    )
    return [(row["day"], row["followers"]) for row in rows]


def test_history_waits_until_its_creator_is_first_collected(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    report = bring_in(
        run,
        f"INSTAGRAM,{handle},2022-06-30,100,,,Old Name,Old Category\nINSTAGRAM,{handle},2022-12-31,200,,,,\n",
    )
    assert (report.added, report.attached) == (2, 0)
    run.enqueue(handle)
    assert run.work().complete == 1
    assert log_of(run, handle) == [("2022-06-30", 100), ("2022-12-31", 200)]
    (account,) = run.rows("SELECT * FROM beat.instagram_account")
    assert account["followers_count"] != 200
    assert account["category"] is not None
    events = run.rows("SELECT key FROM beat.outbox WHERE kind = 'profile_log'")
    assert len(events) == 3, "two old observations and the new one"
    last = run.rows(
        "SELECT payload FROM beat.outbox WHERE kind = 'instagram_account' ORDER BY id DESC LIMIT 1"
    )
    assert last[0]["payload"]["category"] == account["category"], "downstream hears of the filled gaps"


def test_history_of_a_known_creator_is_attached_at_once_and_fills_only_gaps(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle)
    run.work()
    run.rows("UPDATE beat.instagram_account SET full_name = 'Known', category = NULL RETURNING handle")
    report = bring_in(run, f"INSTAGRAM,{handle},2022-12-31,200,,,Old Name,Old Category\n")
    assert (report.added, report.attached, report.creators) == (1, 1, 1)
    (account,) = run.rows("SELECT full_name, category FROM beat.instagram_account")
    assert account == {"full_name": "Known", "category": "Old Category"}
    assert log_of(run, handle) == [("2022-12-31", 200)]


def test_importing_twice_changes_nothing_and_a_corrected_file_corrects(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle)
    run.work()
    line = f"INSTAGRAM,{handle},2022-12-31,200,,,,\n"
    bring_in(run, line)
    events = run.count("beat.outbox")
    again = bring_in(run, line)
    assert (again.added, again.corrected, again.unchanged, again.attached) == (0, 0, 1, 0)
    assert run.count("beat.outbox") == events
    corrected = bring_in(run, line.replace("200", "300"))
    assert (corrected.added, corrected.corrected, corrected.attached) == (0, 1, 1)
    assert log_of(run, handle) == [("2022-12-31", 300)]


def test_a_large_file_is_committed_batch_after_batch(run: CollectionRun) -> None:
    """Not as one transaction, which would keep the workers from its creators until its end."""
    seen: list[tuple[int, int]] = []
    lines = "".join(f"INSTAGRAM,creator_{number},2022-12-31,{number},,,,\n" for number in range(4100))
    bring_in(
        run, lines, on_progress=lambda done, _: seen.append((done, run.count("beat.imported_observation")))
    )
    assert seen == [(2000, 2000), (4000, 4000), (4100, 4100)]


def test_an_import_gets_through_a_deadlock_with_a_worker(
    run: CollectionRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres looks for a deadlock once in a wait, a second after it began: the import begins to wait last, so that it is the one
    that is ended, however slow the machine is."""
    (handle,) = run.handles(1)
    line = f"INSTAGRAM,{handle},2022-12-31,200,,,,Old Category\n"
    bring_in(run, line)
    run.rows(
        "INSERT INTO beat.instagram_account (profile_id, handle, source, observed_at) "
        "VALUES ('1', %(handle)s, 'lama', now()) RETURNING handle",
        handle=handle,
    )
    reports: list[ImportReport] = []
    importing = threading.Thread(target=lambda: reports.append(bring_in(run, line)))
    blocked = "SELECT 1 AS one FROM pg_stat_activity WHERE application_name = 'a worker' AND wait_event_type = 'Lock'"
    steps: list[str] = []
    keeps_its_rows = threading.Event()
    counts = history_import._counts

    def attach_once_the_worker_waits(connection: Any, statement: str, parameters: Any) -> tuple[int, int]:
        steps.append(statement)
        if statement == "attach" and not keeps_its_rows.is_set():
            keeps_its_rows.set()
            run.wait_until(lambda: bool(run.rows(blocked)))
        return counts(connection, statement, parameters)

    monkeypatch.setattr(history_import, "_counts", attach_once_the_worker_waits)
    with transaction(run.settings, application="a worker") as worker:
        worker.execute("SET deadlock_timeout = '600s'")
        worker.execute("UPDATE beat.instagram_account SET updated_at = now()")
        importing.start()
        assert keeps_its_rows.wait(240)
        worker.execute("UPDATE beat.imported_observation SET imported_at = now()")
    importing.join(timeout=240)
    assert [report.attached for report in reports] == [1]
    assert steps == ["keep", "attach"] * 2, "the first time it was ended"
    assert log_of(run, handle) == [("2022-12-31", 200)]


def test_a_dry_run_counts_and_stores_nothing(run: CollectionRun) -> None:
    report = bring_in(run, "INSTAGRAM,a,2022-12-31,1,,,,\n", dry_run=True, track_handles=True)
    assert (report.rows, report.added) == (1, 1)
    assert run.count("beat.imported_observation") == 0
    assert run.count("beat.tracked_profile") == 0


def test_the_history_that_ships_is_imported_and_its_creators_tracked(run: CollectionRun) -> None:
    path = REPOSITORY / "include" / "sandbox" / "instagram_history.csv"
    report = import_history(
        run.settings, read_history(path.read_bytes(), path.name), path.name, track_handles=True
    )
    assert report.added == report.rows == run.count("beat.imported_observation")
    assert report.tracked == run.count("beat.tracked_profile")
    assert (
        run.rows("SELECT count(DISTINCT handle) AS n FROM beat.imported_observation")[0]["n"]
        == report.tracked
    )


def test_the_command_imports_a_dirty_export_and_writes_the_rejects(
    run: CollectionRun, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "social" / "monthly_influencers"
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", "import", "history"]
    environment = {**os.environ, **settings_environment(run.settings)}

    def upbeat(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, timeout=240
        )

    rejects = tmp_path / "rejects.csv"
    done = upbeat(
        str(folder / "social_media_influencers_youtube_dec_2022.csv"), "--rejects", str(rejects), "--json"
    )
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert report["added"] == run.count("beat.imported_observation") == report["rows"]
    assert len(rejects.read_text().splitlines()) >= report["rejected"]
    refused = upbeat(str(folder / "social_media_influencers_tiktok_dec_2022.csv"))
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "tiktok" in refused.stderr

"""How long after a profile was collected does the API's leaderboard show its new count?

Over the load of the demo: a count is changed in the sandbox, its profile is collected by the real DAG, and the row in `beat.profile_log`
is the event's time. Then each movement runs once by the real DAGs: `events_drain`, `dbt_core`, the publish; the page of
`GET /v1/leaderboard` that shows the count stamps the end. The movements' durations, from the moment Airflow is asked for the run, are measured; the
waits for their schedules follow from the crons, for arrivals spread evenly over a week: a wait of a day is not sat out. The delay of
Airflow's scheduler is in the durations.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from statistics import median, quantiles
from typing import Any

import httpx
from tests.system.conftest import running_stack

from benchmarks.cron_waits import Movement, latencies
from benchmarks.rows import Row
from upbeat.api.keys import create
from upbeat.demo.airflow_rest import AirflowRest
from upbeat.demo.story import Change, change_a_count, leaderboard, prepare, run_dags
from upbeat.settings import Settings
from upbeat.stores.postgres import connect
from upbeat.sync.publishing import PUBLISHING

REPEATS = 2
COLLECT, PUBLISH = "ig_profiles_tracked", "sync_leaderboard_prod"
MOVEMENTS = ("events_drain", "dbt_core", PUBLISH)
DAILY = "dbt_daily"
TARGET_MINUTES = 20.0
Say = Callable[[str], None]


def run(say: Say) -> list[Row]:
    """Measure the movements, then add the waits for the schedules as they are, and as they would be with a publish after each build."""
    with running_stack() as person:
        settings = person.settings()
        airflow = AirflowRest(settings)
        prepare(settings, say)
        airflow.wait_for_dags({COLLECT, *MOVEMENTS, DAILY})
        run_dags(airflow, (COLLECT, *MOVEMENTS), {}, lambda *_: None, lambda *_: None)
        say("the demo's creators are collected and published")
        key = create(settings, "benchmark", ["read"], rate="100000/s").text
        rounds = [_round(settings, airflow, key, say) for _ in range(REPEATS)]
        crons = {dag_id: _cron(airflow, dag_id) for dag_id in (*MOVEMENTS[:2], DAILY)}
    return _rows(rounds, crons, say)


def _round(settings: Settings, airflow: AirflowRest, key: str, say: Say) -> dict[str, float]:
    """Seconds of each movement for one change, `seen` from the publish to the API's answer, and `total` without waits."""
    change = change_a_count(settings, leaderboard(settings, 15))
    run_dags(airflow, (COLLECT,), {"handles": [change.handle]}, lambda *_: None, lambda *_: None)
    collected_at = _collected_at(settings, change)
    ended_at, seconds = collected_at, {}
    for dag_id in MOVEMENTS:
        asked = airflow.ask_for_run(dag_id)
        run_id = airflow.run_that_counts(asked, lambda _: None)
        airflow.follow(dag_id, run_id, lambda _: None)
        ended_at = airflow.ended_at(dag_id, run_id) or ended_at
        seconds[dag_id] = (ended_at - asked.at).total_seconds()
    seconds["seen"] = (_seen_at(settings, change, key) - ended_at).total_seconds()
    seconds["total"] = sum(seconds.values())
    say(f"@{change.handle}: " + ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()))
    return seconds


def _collected_at(settings: Settings, change: Change) -> datetime:
    with connect(settings) as connection:
        row = connection.execute(
            "SELECT \"timestamp\" AS at FROM beat.profile_log WHERE handle = %s AND (metrics->>'followers')::bigint = %s "
            'ORDER BY "timestamp" DESC LIMIT 1',
            (change.handle, change.after),
        ).fetchone()
    assert row is not None, f"{change.handle} was not collected"
    at: datetime = row["at"]
    return at


def _seen_at(settings: Settings, change: Change, key: str) -> datetime:
    """When an answer of the leaderboard showed the count; by the clock of the machine, as Airflow's times are."""
    url = f"http://127.0.0.1:{settings.api_port}/v1/leaderboard"
    query = {"platform": "INSTAGRAM", "search": change.handle, "limit": "5"}
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        answer = httpx.get(url, params=query, headers={"X-API-Key": key}, timeout=30)
        answer.raise_for_status()
        counts = {row["handle"]: row["followers"] for row in answer.json()["data"]}
        if counts.get(change.handle) == change.after:
            return datetime.now().astimezone()
        time.sleep(0.02)
    raise AssertionError(f"the API does not show {change.after} for {change.handle}: {counts}")


def _cron(airflow: AirflowRest, dag_id: str) -> str:
    cron: str = airflow.dag_details(dag_id)["timetable_summary"]
    return cron


def _rows(rounds: list[dict[str, float]], crons: dict[str, str], say: Say) -> list[Row]:
    longest = {name: max(found[name] for found in rounds) for name in rounds[0]}
    publish_cron = next(entry.schedule for entry in PUBLISHING if entry.dag_id == PUBLISH)
    to_build = [Movement(dag_id, [crons[dag_id]], longest[dag_id]) for dag_id in MOVEMENTS[:2]]
    seconds = longest[PUBLISH] + longest["seen"]
    # `dbt_daily` starts a publish, too, when it has ended: here as if it took no time.
    as_is = [*to_build, Movement(PUBLISH, [crons[DAILY], publish_cron], seconds)]
    after_each = [*to_build, Movement(PUBLISH, [], seconds)]
    note = (
        f"arrivals every 10 s of a week; durations: the longest of {len(rounds)} ("
        + ", ".join(f"{name} {value:.0f} s" for name, value in longest.items())
        + f"); crons: {', '.join(f'{dag} {cron}' for dag, cron in crons.items())}, {PUBLISH} {publish_cron}"
    )
    rows = [_row("as the schedules are", latencies(as_is), note)]
    rows.append(_row("with a publish after each dbt_core", latencies(after_each), note))
    rows.append(
        _row("without any wait", [found["total"] for found in rounds], "the movements alone, measured")
    )
    for row in rows:
        say(f"{row.what}: {row.ours[0]:.1f} min")
    return rows


def _row(what: str, found: list[float], note: str) -> Row:
    p95 = quantiles(found, n=100)[94] / 60 if len(found) > 2 * REPEATS else max(found) / 60
    spread: dict[str, Any] = {"median": median(found) / 60, "longest": max(found) / 60}
    told = ", ".join(f"{name} {value:.1f} min" for name, value in spread.items())
    return Row(
        what=f"collected to seen in the API, p95, {what}",
        unit="min",
        ours=[p95],
        peer=[],
        peer_name="",
        target=TARGET_MINUTES,
        lower_is_better=True,
        note=f"{told}; {note}",
    )

"""How long after a profile was collected does the API's leaderboard show its new count?

Over the load of the demo (a hundred creators, one machine). A count is changed in the sandbox and its profile is collected by the real DAG, so that the
new row stands in `beat.profile_log` and its event in the outbox: that is the arrival.

Measured from there: `events_drain` and `dbt_core`, asked for by hand, each from the moment Airflow is asked until its last task has ended; then the
publish, which is not asked for: the success of `dbt_core` has to start it, as in production. It lasts until an answer of `GET /v1/leaderboard` shows the
count. The delays of Airflow's scheduler, of the asset's event and of the tasks' processes are in these durations.

Calculated, not sat out: the waits until `events_drain` and `dbt_core` start by their crons, as Airflow tells them, for arrivals every ten seconds of a
week. Each movement takes as long as the longest measured one; what arrives while one runs waits for its next start.

Not in it: waits for the one slot of the pool `dbt` while another dbt DAG runs. `dbt_core` has the highest priority, but interrupts none: while
`dbt_daily` builds, once a day, a count is later by the rest of that build.

`python -m benchmarks.event_to_leaderboard --live-minutes 45` sits it out: every DAG that has a schedule is unpaused, stamped events go in by `POST /v1/events` at
random moments, and the API's leaderboard is asked until it shows each. Then all waits are in it: for schedules, slots of pools and workers, and Airflow's scheduler.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import median, quantiles
from typing import Any

import httpx
import orjson
from tests.system.conftest import running_stack

from benchmarks.cron_waits import Movement, latencies
from benchmarks.leaderboard_live.airflow_history import AirflowHistory
from benchmarks.leaderboard_live.legs import TaskRun, median_p95_most, typical_seconds
from benchmarks.leaderboard_live.report import document, lines
from benchmarks.leaderboard_live.stamps import Stamps
from benchmarks.machine import machine
from benchmarks.rows import Row
from upbeat.api.keys import create
from upbeat.demo.airflow_rest import AirflowRest
from upbeat.demo.story import Change, change_a_count, leaderboard, prepare, run_dags
from upbeat.settings import Settings
from upbeat.stores.postgres import connect

REPEATS = 2
COLLECT, PUBLISH = "ig_profiles_tracked", "sync_leaderboard_prod"
BY_CRON = ("events_drain", "dbt_core")
PUBLISHED_WITHIN = 600.0
TARGET_MINUTES = 20.0
Say = Callable[[str], None]


def run(say: Say) -> list[Row]:
    """Measure the movements, then add the waits for the schedules."""
    with running_stack() as person:
        settings = person.settings()
        airflow = AirflowRest(settings)
        _bring_up(settings, airflow, say)
        key = create(settings, "benchmark", ["read"], rate="100000/s").text
        rounds = [_round(settings, airflow, key, say) for _ in range(REPEATS)]
        crons = {dag_id: _cron(airflow, dag_id) for dag_id in BY_CRON}
    return _rows(rounds, crons, say)


def _bring_up(settings: Settings, airflow: AirflowRest, say: Say) -> None:
    """The demo's creators, collected, modelled and published once."""
    prepare(settings, say)
    airflow.wait_for_dags({COLLECT, *BY_CRON, PUBLISH})
    run_dags(airflow, (COLLECT, *BY_CRON, PUBLISH), {}, lambda *_: None, lambda *_: None)
    say("the demo's creators are collected and published")


def live(minutes: float, say: Say) -> dict[str, Any]:
    """On a stack of its own: send events for so many minutes while every DAG keeps its schedule, and tell where each spent its time."""
    with running_stack() as person:
        settings = person.settings()
        airflow = AirflowHistory(settings)
        _bring_up(settings, airflow, say)
        return follow(settings, airflow, minutes, say)


def follow(settings: Settings, airflow: AirflowHistory, minutes: float, say: Say) -> dict[str, Any]:
    """The same on a stack that runs; its DAGs stay unpaused."""
    ran_on, began = machine(), datetime.now().astimezone()
    say(f"{airflow.unpause_scheduled()} DAGs have a schedule and are unpaused")
    key = create(settings, "benchmark", ["read", "events"], rate="100000/s").text
    events = Stamps(settings, key, say).gather(minutes)
    until, tasks = datetime.now().astimezone(), airflow.tasks_since(began)
    crons = {dag_id: _cron(airflow, dag_id) for dag_id in BY_CRON}
    return {
        "benchmark": "event_to_leaderboard --live-minutes",
        "at": began,
        "machine": ran_on | {"load_after": machine()["load"]},
        "calculated_minutes": calculated(tasks, crons),
        **document(events, tasks, until),
    }


def calculated(tasks: Sequence[TaskRun], crons: dict[str, str]) -> dict[str, float]:
    """What the crons alone make of these tasks' durations, without a wait for pool, worker or scheduler: minutes.

    Each movement takes its median of the run: what waits in front of a task is in the measured figure, how long it works is in both.
    """
    movements = [Movement(dag_id, [crons[dag_id]], typical_seconds(dag_id, tasks)) for dag_id in BY_CRON]
    movements.append(Movement(PUBLISH, [], typical_seconds(PUBLISH, tasks)))
    found = median_p95_most([seconds / 60 for seconds in latencies(movements)])
    return dict(zip(("median", "p95", "longest"), found, strict=True))


def _round(settings: Settings, airflow: AirflowRest, key: str, say: Say) -> dict[str, float]:
    """Seconds of each movement for one change, and `total` without waits; the publish lasts until the API's answer."""
    change = change_a_count(settings, leaderboard(settings, 15))
    run_dags(airflow, (COLLECT,), {"handles": [change.handle]}, lambda *_: None, lambda *_: None)
    ended_at, seconds = _collected_at(settings, change), {}
    for dag_id in BY_CRON:
        asked = airflow.ask_for_run(dag_id)
        run_id = airflow.run_that_counts(asked, lambda _: None)
        airflow.follow(dag_id, run_id, lambda _: None)
        ended_at = airflow.ended_at(dag_id, run_id) or ended_at
        seconds[dag_id] = (ended_at - asked.at).total_seconds()
    seconds[PUBLISH] = (_seen_at(settings, change, key) - ended_at).total_seconds()
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
    give_up = time.monotonic() + PUBLISHED_WITHIN
    while time.monotonic() < give_up:
        answer = httpx.get(url, params=query, headers={"X-API-Key": key}, timeout=30)
        answer.raise_for_status()
        counts = {row["handle"]: row["followers"] for row in answer.json()["data"]}
        if counts.get(change.handle) == change.after:
            return datetime.now().astimezone()
        time.sleep(0.1)
    raise AssertionError(
        f"{PUBLISH} did not follow dbt_core: {change.handle} is to have {change.after}: {counts}"
    )


def _cron(airflow: AirflowRest, dag_id: str) -> str:
    cron: str = airflow.dag_details(dag_id)["timetable_summary"]
    return cron


def _rows(rounds: list[dict[str, float]], crons: dict[str, str], say: Say) -> list[Row]:
    longest = {name: max(found[name] for found in rounds) for name in rounds[0]}
    movements = [Movement(dag_id, [crons[dag_id]], longest[dag_id]) for dag_id in BY_CRON]
    movements.append(Movement(PUBLISH, [], longest[PUBLISH]))
    note = (
        f"waits calculated for arrivals every 10 s of a week; durations measured: the longest of {len(rounds)} ("
        + ", ".join(f"{name} {value:.0f} s" for name, value in longest.items())
        + f"); crons: {', '.join(f'{dag} {cron}' for dag, cron in crons.items())}; {PUBLISH} after each dbt_core; "
        + "without waits for the pool dbt"
    )
    rows = [
        _row("as the schedules are", latencies(movements), note),
        _row("without any wait", [found["total"] for found in rounds], "the movements alone, measured"),
    ]
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


def main() -> int:
    """Exit code 1 when the measured p95 is beyond the target, or an event was never seen."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.event_to_leaderboard", description=live.__doc__
    )
    parser.add_argument(
        "--live-minutes", type=float, required=True, metavar="N", help="how long to send events"
    )
    parser.add_argument(
        "--json", action="store_true", help="print every event with its stamps, not the summary"
    )
    given = parser.parse_args()
    started = time.monotonic()
    found = live(
        given.live_minutes,
        lambda text: print(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr),
    )
    if given.json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(lines(found)))
    return int(found["not_seen"] > 0 or found["minutes"]["p95"] > TARGET_MINUTES)


if __name__ == "__main__":
    sys.exit(main())

"""The four processes of Airflow, each started by itself: `airflow standalone` leaves processes behind when it is stopped."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from upbeat.embedded.airflow_environment import airflow_dsn, airflow_url
from upbeat.embedded.environment import process_environment
from upbeat.embedded.health import check_json
from upbeat.embedded.part import Launch, Part
from upbeat.embedded.places import Places
from upbeat.embedded.processes import read_record
from upbeat.settings import REPOSITORY, Settings

GROUP = "airflow"
API_SERVER = "airflow-api-server"
HEARTBEAT_SECONDS = 30
# name, title, arguments of `airflow`, job in Airflow's own table
_PROCESSES = (
    # Its log server would listen on all interfaces; logs are read from the folder that all processes share.
    ("airflow-scheduler", "Airflow scheduler", ("scheduler", "--skip-serve-logs"), "SchedulerJob"),
    ("airflow-dag-processor", "Airflow DAG processor", ("dag-processor",), "DagProcessorJob"),
    ("airflow-triggerer", "Airflow triggerer", ("triggerer", "--skip-serve-logs"), "TriggererJob"),
)


def airflow_parts(settings: Settings, where: Places) -> list[Part]:
    """API server, scheduler, DAG processor and triggerer."""
    api_server = Part(
        name=API_SERVER,
        title="Airflow API server",
        group=GROUP,
        port=settings.airflow_port,
        port_setting="UPBEAT_AIRFLOW_PORT",
        check=lambda: check_api_server(settings),
        launch=lambda progress: _launch(settings, where, ("api-server",)),
        needs=("postgres",),
        start_seconds=120,
    )
    return [api_server, *(_background(settings, where, *row) for row in _PROCESSES)]


def _background(
    settings: Settings, where: Places, name: str, title: str, arguments: tuple[str, ...], job: str
) -> Part:
    return Part(
        name=name,
        title=title,
        group=GROUP,
        check=lambda: check_heartbeat(settings, where, name, job),
        launch=lambda progress: _launch(settings, where, arguments),
        needs=("postgres",),
        start_seconds=120,
    )


def _launch(settings: Settings, where: Places, arguments: tuple[str, ...]) -> Launch:
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "UPBEAT_"))}
    return Launch(
        command=[sys.executable, "-m", "airflow", *arguments],
        environment={**outside, **process_environment(settings), "PYTHONUNBUFFERED": "1"},
        folder=REPOSITORY,
    )


def check_api_server(settings: Settings) -> str | None:
    """None when the API server answers and reaches its database."""
    health, problem = check_json(f"{airflow_url(settings)}/api/v2/monitor/health")
    if health is None:
        return problem
    state = health.get("metadatabase", {}).get("status")
    return None if state == "healthy" else f"says that its database is {state}"


def check_heartbeat(settings: Settings, where: Places, name: str, job: str) -> str | None:
    """None when the process that we started has written its heartbeat lately.

    Not asked of the API server: the answer there may still be about a process that was killed a moment ago.
    """
    import psycopg

    record = read_record(where.record(name))
    if record is None:
        return "not started"
    started = datetime.fromtimestamp(record.started_at - 1, UTC)
    query = """
        SELECT extract(epoch FROM now() - max(latest_heartbeat))::float8 FROM job
        WHERE job_type = %s AND state = 'running' AND start_date >= %s
    """
    try:
        with psycopg.connect(airflow_dsn(settings), connect_timeout=3, autocommit=True) as connection:
            row = connection.execute(query, (job, started)).fetchone()
    except psycopg.Error as error:
        return (
            f"Postgres, where it writes its heartbeat, does not answer: {str(error).strip().splitlines()[0]}"
        )
    age = row[0] if row else None
    if age is None:
        return "has not written a heartbeat yet"
    return None if age < HEARTBEAT_SECONDS else f"has not written a heartbeat for {age:.0f} s"

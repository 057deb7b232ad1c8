"""A small client of Airflow's REST API: unpause, trigger, withdraw, follow a run by its id."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from upbeat.errors import UpbeatError
from upbeat.settings import Settings

_END_STATES = frozenset({"success", "failed"})
_ATTEMPTS = 4


class DagRunFailedError(UpbeatError):
    """A DAG run failed: names its tasks and where to look."""


@dataclass(frozen=True, slots=True)
class DagRun:
    """A run that was triggered, and how it ended."""

    dag_id: str
    run_id: str
    seconds: float
    states: dict[str, str]


@dataclass(frozen=True, slots=True)
class Triggered:
    """A run that was asked for, and when, by Airflow's clock."""

    dag_id: str
    run_id: str
    at: datetime


class AirflowRest:
    """Airflow 3 API v2, logged in as the local `admin`."""

    def __init__(self, settings: Settings) -> None:
        """Log in. Raises `UpbeatError` when Airflow does not answer or refuses the login."""
        self.url = f"http://127.0.0.1:{settings.airflow_port}"
        self._http = httpx.Client(base_url=self.url, timeout=30)
        try:
            answer = self._http.post(
                "/auth/token",
                json={"username": "admin", "password": settings.airflow_admin_password.get_secret_value()},
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            # The text of a refusal has a second line, which points to what the status means.
            why = str(error).partition("\n")[0]
            raise UpbeatError(
                f"Airflow at {self.url} gives no login: {why}: is it up (`upbeat status`)?"
            ) from error
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def wait_for_dags(self, dag_ids: set[str], *, seconds: float = 120) -> None:
        """Return when the DAG processor has read these DAGs.

        Raises:
            UpbeatError: some are missing after `seconds`; import errors are named.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = {row["dag_id"] for row in self._get("/api/v2/dags", limit=200)["dags"]}
            if dag_ids <= found:
                return
            if time.monotonic() > deadline:
                errors = self._get("/api/v2/importErrors")["import_errors"]
                reasons = "; ".join(
                    f"{row['filename']}: {row['stack_trace'].splitlines()[-1]}" for row in errors
                )
                raise UpbeatError(f"Airflow has not read {', '.join(sorted(dag_ids - found))}. {reasons}")
            time.sleep(0.5)

    def unpause(self, dag_id: str) -> None:
        """Let the DAG run, by its schedule too."""
        self._http.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).raise_for_status()

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Ask for a run now; return its id. It starts when the DAG is not paused and no other run of it is before."""
        return self.ask_for_run(dag_id, conf).run_id

    def ask_for_run(self, dag_id: str, conf: dict[str, Any] | None = None) -> Triggered:
        """As `trigger`; tells the moment, too."""
        run_id = f"demo__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
        answer = self._http.post(
            f"/api/v2/dags/{dag_id}/dagRuns",
            json={"dag_run_id": run_id, "logical_date": None, "conf": conf or {}},
        )
        answer.raise_for_status()
        return Triggered(dag_id, run_id, datetime.fromisoformat(answer.json()["queued_at"]))

    def withdraw(self, run: Triggered) -> bool:
        """Take back a run that has not started; False when it has started meanwhile, and is left alone."""
        answer = self._http.delete(f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}")
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        answer.raise_for_status()
        return True

    def run_that_counts(
        self,
        asked: Triggered,
        on_wait: Callable[[str], None],
        *,
        instead_since: datetime | None = None,
        seconds: float = 600,
    ) -> str:
        """Wait until the run starts, and return the id of the run to follow.

        A DAG has one run at a time, and one that its schedule starts may be before this one.

        Args:
            on_wait: called with the id of each run that is before this one.
            instead_since: a run of the schedule that started then or later does the same work: this one is withdrawn.

        Raises:
            DagRunFailedError: it did not start within `seconds`.
        """
        deadline = time.monotonic() + seconds
        waited_for = None
        while self._get(f"/api/v2/dags/{asked.dag_id}/dagRuns/{asked.run_id}")["state"] == "queued":
            before = self._running(asked.dag_id)
            if before is not None:
                serves = instead_since is not None and _serves_instead(before, instead_since)
                if serves and self.withdraw(asked):
                    return str(before["dag_run_id"])
                if before["dag_run_id"] not in (waited_for, asked.run_id):
                    waited_for = before["dag_run_id"]
                    on_wait(waited_for)
            if time.monotonic() > deadline:
                raise DagRunFailedError(
                    f"{asked.dag_id}: the run {asked.run_id} did not start within {seconds:.0f} s"
                    f"{f', {waited_for} is before it' if waited_for else ''}: {self.url}/dags/{asked.dag_id}/runs"
                )
            time.sleep(0.3)
        return asked.run_id

    def ended_at(self, dag_id: str, run_id: str) -> datetime | None:
        """When the last task of a run ended; None where none has."""
        rows = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return max((datetime.fromisoformat(row["end_date"]) for row in rows if row["end_date"]), default=None)

    def follow(
        self, dag_id: str, run_id: str, on_change: Callable[[dict[str, str]], None], *, seconds: float = 1200
    ) -> DagRun:
        """Wait for the end of a run.

        Args:
            on_change: called with the state of each task whenever one changes.

        Raises:
            DagRunFailedError: the run failed, or did not end within `seconds`.
        """
        started = time.monotonic()
        seen: dict[str, str] = {}
        while True:
            state = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"]
            states = self.task_states(dag_id, run_id)
            if states != seen:
                on_change(states)
                seen = states
            elapsed = time.monotonic() - started
            if state == "success":
                return DagRun(dag_id, run_id, elapsed, states)
            waiting_for_retry = "up_for_retry" in states.values()
            if state in _END_STATES or waiting_for_retry or elapsed > seconds:
                bad = [task for task, value in states.items() if value in {"failed", "up_for_retry"}] or list(
                    states
                )
                raise DagRunFailedError(
                    f"{dag_id}: {', '.join(bad)} did not succeed. Its log: {self.url}/dags/{dag_id}/runs/{run_id}"
                )
            time.sleep(0.3)

    def dag_details(self, dag_id: str) -> dict[str, Any]:
        """What Airflow shows of a DAG, its documentation included."""
        details: dict[str, Any] = self._get(f"/api/v2/dags/{dag_id}/details")
        return details

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """The state of each task of a run; mapped ones as `name[index]`."""
        rows = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {
            row["task_id"] if row["map_index"] < 0 else f"{row['task_id']}[{row['map_index']}]": row["state"]
            or "none"
            for row in rows
        }

    def task_seconds(self, dag_id: str, run_id: str) -> dict[str, float]:
        """How long each ended task of a run took, from the start of its process to its end."""
        rows = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {row["task_id"]: row["duration"] for row in rows if row["duration"] is not None}

    def _running(self, dag_id: str) -> dict[str, Any] | None:
        rows: list[dict[str, Any]] = self._get(f"/api/v2/dags/{dag_id}/dagRuns", state="running", limit=1)[
            "dag_runs"
        ]
        return rows[0] if rows else None

    def _get(self, path: str, **params: Any) -> Any:
        """Read. Where the tasks themselves keep the machine busy the API may be slow: reading again does no harm."""
        attempt = 1
        while True:
            try:
                answer = self._http.get(path, params=params)
                break
            except httpx.TransportError as error:
                if attempt == _ATTEMPTS:
                    reason = f"gave no answer {attempt} times: {type(error).__name__}"
                    raise UpbeatError(
                        f"Airflow at {self.url} {reason}: is it up (`upbeat status`)?"
                    ) from error
                time.sleep(attempt)
                attempt += 1
        answer.raise_for_status()
        return answer.json()


def _serves_instead(run: dict[str, Any], since: datetime) -> bool:
    """Whether Airflow itself started this run, without parameters, at or after that moment."""
    by_itself = run["run_type"] != "manual" and not run["conf"]
    return by_itself and run["start_date"] is not None and datetime.fromisoformat(run["start_date"]) >= since

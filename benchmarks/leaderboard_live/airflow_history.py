"""What Airflow kept of its runs: which task waited how long, and ran when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from benchmarks.leaderboard_live.legs import TaskRun
from upbeat.demo.airflow_rest import AirflowRest

_PAGE = 100


class AirflowHistory(AirflowRest):
    """Reads what has been, and lets everything run that has a schedule."""

    def unpause_scheduled(self) -> int:
        """Unpause every DAG that is not started by hand alone, as production has them; how many."""
        found = self._get("/api/v2/dags", limit=200)["dags"]
        scheduled = [dag["dag_id"] for dag in found if dag["timetable_summary"]]
        for dag_id in scheduled:
            self.unpause(dag_id)
        return len(scheduled)

    def tasks_since(self, since: datetime) -> list[TaskRun]:
        """Every run of a task that started since then, of all DAGs, with when its DAG's run was due."""
        after = since.isoformat()
        runs = self._all("/api/v2/dags/~/dagRuns", "dag_runs", run_after_gte=after)
        due = {(run["dag_id"], run["dag_run_id"]): datetime.fromisoformat(run["run_after"]) for run in runs}
        tasks = self._all("/api/v2/dags/~/dagRuns/~/taskInstances", "task_instances", start_date_gte=after)
        return [
            TaskRun(
                dag_id=task["dag_id"],
                task_id=task["task_id"],
                pool=task["pool"],
                due_at=due[task["dag_id"], task["dag_run_id"]],
                started_at=datetime.fromisoformat(task["start_date"]),
                ended_at=datetime.fromisoformat(task["end_date"]) if task["end_date"] else None,
            )
            for task in tasks
            # One that was skipped or failed before its process began has no start.
            if task["start_date"] and (task["dag_id"], task["dag_run_id"]) in due
        ]

    def _all(self, path: str, name: str, **params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            answer = self._get(path, limit=_PAGE, offset=len(rows), **params)
            rows += answer[name]
            if not answer[name] or len(rows) >= answer["total_entries"]:
                return rows

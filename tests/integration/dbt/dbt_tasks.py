"""Runs tasks of the dbt DAGs as Airflow's task process does: reads the DAG file, executes the operator. Task ids are the arguments."""

from __future__ import annotations

import sys

from airflow.dag_processing.dagbag import DagBag

if __name__ == "__main__":
    tasks = {
        task.task_id: task
        for dag in DagBag(dag_folder="dags/orchestrate_dbt.py").dags.values()
        for task in dag.tasks
    }
    for name in sys.argv[1:]:
        print(f"task {name}", flush=True)
        tasks[name].execute({})
        print(f"done {name}", flush=True)

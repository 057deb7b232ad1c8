"""Instagram sync Airflow DAGs: creators, posts and what is known beside them. The table stands in `upbeat.flows.sync_requests`."""

from upbeat.flows.sync_requests import INSTAGRAM_SYNC
from upbeat.operators.dag_definition import Tag
from upbeat.operators.sync_dags import build_sync_dag

for entry in INSTAGRAM_SYNC:
    build_sync_dag(entry, Tag.INSTAGRAM)

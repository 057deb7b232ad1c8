"""YouTube sync Airflow DAGs: channels, videos and what is known beside them. The table stands in `upbeat.flows.sync_requests`."""

from upbeat.flows.sync_requests import YOUTUBE_SYNC
from upbeat.operators.dag_definition import Tag
from upbeat.operators.sync_dags import build_sync_dag

for entry in YOUTUBE_SYNC:
    build_sync_dag(entry, Tag.YOUTUBE)

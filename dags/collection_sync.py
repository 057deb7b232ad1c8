"""Collection sync Airflow DAGs: what collections and campaigns follow. Their reports are published by `collection_publishing`."""

from upbeat.flows.sync_requests import COLLECTION_SYNC
from upbeat.operators.dag_definition import Tag
from upbeat.operators.sync_dags import build_sync_dag

# The table of what is collected stands in `upbeat.flows.sync_requests.collection`.
for entry in COLLECTION_SYNC:
    build_sync_dag(entry, Tag.COLLECTION)

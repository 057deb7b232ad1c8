"""Collection sync Airflow DAGs: what collections and campaigns follow, and the publishing of marts as tables of the product."""

from upbeat.flows.sync_requests import COLLECTION_SYNC
from upbeat.operators.dag_definition import Tag
from upbeat.operators.publishing_dags import build_publishing_dag
from upbeat.operators.sync_dags import build_sync_dag
from upbeat.sync.publishing import PUBLISHING

# The table of what is collected stands in `upbeat.flows.sync_requests.collection`.
for collecting in COLLECTION_SYNC:
    build_sync_dag(collecting, Tag.COLLECTION)

# The table of what is published stands in `upbeat.sync.publishing`.
for publishing in PUBLISHING:
    build_publishing_dag(publishing)

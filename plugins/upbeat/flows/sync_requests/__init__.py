"""The sync DAGs of the catalogue: what each asks for. The DAG files only wire these tables."""

from upbeat.flows.sync_requests.assets import ASSET_DAGS
from upbeat.flows.sync_requests.authenticity import SCORE_FOLLOWERS
from upbeat.flows.sync_requests.collection import COLLECTION_SYNC
from upbeat.flows.sync_requests.instagram import INSTAGRAM_SYNC
from upbeat.flows.sync_requests.youtube import YOUTUBE_SYNC

SYNC_DAGS = {
    dag.dag_id: dag
    for dag in (*INSTAGRAM_SYNC, *YOUTUBE_SYNC, *COLLECTION_SYNC, *ASSET_DAGS, SCORE_FOLLOWERS)
}

__all__ = [
    "ASSET_DAGS",
    "COLLECTION_SYNC",
    "INSTAGRAM_SYNC",
    "SCORE_FOLLOWERS",
    "SYNC_DAGS",
    "YOUTUBE_SYNC",
    "dags_of_flow",
]


def dags_of_flow(flow: str) -> tuple[str, ...]:
    """The sync DAGs that ask for a flow, or work off what others ask of it."""
    return tuple(dag.dag_id for dag in SYNC_DAGS.values() if flow in dag.flows)

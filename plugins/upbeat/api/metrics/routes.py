"""`/metrics`: what Prometheus scrapes.

It needs a key with the scope `operations`, also on loopback: behind a proxy every caller comes from there. Prometheus sends it by
`authorization: {credentials_file: …}`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from upbeat.api.access import Caller, State, require

router = APIRouter(prefix="/metrics", tags=["metrics"])


@router.get(
    "", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
async def metrics(_: Annotated[Caller, Depends(require("operations"))], state: State) -> Response:
    """Requests by route and status, their times, those under way, and whether this process drains."""
    return Response(state.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

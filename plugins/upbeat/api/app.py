"""The application: run by `upbeat api`, and mounted in Airflow's API server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from upbeat.api.body_limit import BodyLimit
from upbeat.api.openapi import describe, operation_id
from upbeat.api.problems import install_problems
from upbeat.api.request_log import RequestLog
from upbeat.api.resources import ROUTERS
from upbeat.api.state import ApiState
from upbeat.settings import Settings

DESCRIPTION = (
    "Public figures of creators: live look-ups, scrape requests, leaderboards, time series, campaigns."
)
VERSION = "1"
_WITHOUT_VERSION = ("/health", "/metrics")


def create_api(settings: Settings) -> FastAPI:
    """A new application; it connects at its first request and closes when its server ends."""
    state = ApiState(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await state.close()

    app = FastAPI(
        title="Upbeat",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        # Its own route serves the document, to callers with a key; FastAPI's pages of it load code from elsewhere.
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.upbeat = state
    install_problems(app)
    for router in ROUTERS:
        app.include_router(router, prefix="" if router.prefix in _WITHOUT_VERSION else "/v1")
    describe(app)
    # The last one is the outermost.
    app.add_middleware(BodyLimit, largest=settings.api_largest_body_bytes, seconds=settings.api_body_seconds)
    app.add_middleware(RequestLog, state=state)
    return app

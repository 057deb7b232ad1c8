"""The application: run by `upbeat api`, and mounted in Airflow's API server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from upbeat.api.problems import install_problems
from upbeat.api.request_log import RequestLog
from upbeat.api.resources import ROUTERS
from upbeat.api.state import ApiState
from upbeat.settings import Settings

DESCRIPTION = (
    "Public figures of creators: live look-ups, scrape requests, leaderboards, time series, campaigns."
)
VERSION = "1"


def create_api(settings: Settings) -> FastAPI:
    """A new application; it connects at its first request and closes when its server ends."""
    state = ApiState(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await state.close()

    app = FastAPI(title="Upbeat", version=VERSION, description=DESCRIPTION, lifespan=lifespan)
    app.state.upbeat = state
    install_problems(app)
    app.add_middleware(RequestLog)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1" if router.prefix != "/health" else "")
    return app

"""What `upbeat api` serves and Airflow mounts: the REST API, and the console over it."""

from __future__ import annotations

from fastapi import FastAPI

from upbeat.api.app import create_api
from upbeat.api.assets.files import files_router
from upbeat.settings import Settings


def create_web(settings: Settings) -> FastAPI:
    """A new application of its own; nothing is connected yet."""
    app = create_api(settings)
    app.include_router(files_router(settings))
    return app

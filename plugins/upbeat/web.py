"""What `upbeat api` serves and Airflow mounts: the REST API, and the console over it."""

from __future__ import annotations

from fastapi import FastAPI

from upbeat.api.app import create_api
from upbeat.api.assets.files import files_router
from upbeat.console.entry import Entry, KeyEntry
from upbeat.console.routes import add_console
from upbeat.settings import Settings


def create_web(settings: Settings, entry: Entry | None = None) -> FastAPI:
    """A new application of its own; nothing is connected yet.

    Args:
        entry: how people come into the console; by an API key where nothing else is said.
    """
    app = create_api(settings)
    app.include_router(files_router(settings))
    add_console(app, entry or KeyEntry())
    return app

"""Hears the queue's NOTIFY, so that an idle worker starts at once without asking all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg

from upbeat.queue.store import CHANNEL
from upbeat.settings import Settings

_RECONNECT_SECONDS = 2.0


async def listen(settings: Settings, on_wake_up: Callable[[], None]) -> None:
    """Call `on_wake_up` at every notification until cancelled. Without Postgres the worker's slow poll remains."""
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(
                settings.postgres_dsn(),
                autocommit=True,
                connect_timeout=10,
                application_name="upbeat:wake-up",
            )
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                async for _ in connection.notifies():
                    on_wake_up()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            pass
        await asyncio.sleep(_RECONNECT_SECONDS)

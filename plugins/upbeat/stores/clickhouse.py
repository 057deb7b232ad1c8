"""Clients of ClickHouse over its HTTP interface, the same for the embedded engine and a server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


def client(
    settings: Settings, *, database: str = "default", comment: str = "upbeat", **options: Any
) -> Client:
    """Open a client without a server session, so that its queries may run in parallel.

    Args:
        database: what unqualified table names mean.
        comment: `log_comment` of every statement: which dag, task and run it belongs to.
        options: passed on to `clickhouse_connect.get_client`.

    Raises:
        StoreUnavailableError: ClickHouse does not answer, or refuses the login.
    """
    import clickhouse_connect
    from clickhouse_connect.driver.exceptions import ClickHouseError

    # It logs what it raises; who catches the error says it once, in a line of its own.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)

    url = urlsplit(settings.clickhouse_http_url())
    try:
        return clickhouse_connect.get_client(
            interface=url.scheme,
            host=url.hostname or "127.0.0.1",
            port=url.port or (8443 if url.scheme == "https" else 8123),
            username=settings.clickhouse_user,
            password=settings.clickhouse_password.get_secret_value(),
            database=database,
            autogenerate_session_id=False,
            settings={"log_comment": comment, **options.pop("settings", {})},
            connect_timeout=5,
            **options,
        )
    except (ClickHouseError, OSError) as error:
        raise StoreUnavailableError(
            f"ClickHouse does not answer at {url.scheme}://{url.netloc}: {reason(error)}"
        ) from error


def reason(error: BaseException) -> str:
    """Why a request failed, in a line: what the operating system says, where it says something; else the client's own words.

    The client wraps the words of its connection pool, with retries and addresses, around both.
    """
    told = " ".join(str(error).split())
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            told = cause.strerror
        cause = cause.__cause__ or cause.__context__
    return told

"""The Airflow face of the REST API: Airflow's API server answers at `/upbeat` what `upbeat api` answers by itself.

A mounted application inherits no login of Airflow's: every route of ours asks for an API key itself. Every process of every task imports
this module: what is heavy is imported when the first request comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LateApplication:
    """The application, made when it is first asked. Airflow's server starts and ends without telling it."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._app is None:
            from upbeat.settings import get_settings
            from upbeat.web import create_web

            self._app = create_web(get_settings())
        await self._app(scope, receive, send)


class UpbeatPlugin(AirflowPlugin):
    """Airflow finds it by its base class."""

    name = "upbeat"
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": LateApplication(), "url_prefix": "/upbeat", "name": "Upbeat"}
    ]

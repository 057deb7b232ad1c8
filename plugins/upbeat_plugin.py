"""The Airflow face of the REST API and the console: Airflow's API server answers at `/upbeat` what `upbeat api` answers by itself,
and Airflow's navigation has an entry that shows the console.

A mounted application inherits no login of Airflow's. The routes of the API ask for an API key; the console asks Airflow's auth manager
who the request is from. Every process of every task imports this module: what is heavy is imported when the first request comes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from upbeat.api.access import Caller


class AirflowEntry:
    """Users of Airflow may read the console as they may see Airflow's pages; those who may see its connections, operations as well."""

    has_login = False
    # The page that shows the console in its frame is Airflow's own.
    frame_ancestors = "'self'"

    async def caller(self, request: Request) -> Caller | None:
        """The user of the request's token, as Airflow's own pages find them; None where it has none that counts."""
        from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
        from fastapi import HTTPException

        from upbeat.api.access import Caller

        try:
            user = await get_user(request, None, await bearer_scheme(request))
        except HTTPException:
            return None
        # An auth manager may ask its database or a service.
        scopes = await asyncio.to_thread(_scopes_of, user)
        return Caller(f"airflow:{user.get_name()}", scopes)


def _scopes_of(user: BaseUser) -> frozenset[str]:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView

    manager = get_auth_manager()
    found = set()
    if manager.is_authorized_view(access_view=AccessView.WEBSITE, user=user):
        found.add("read")
    if manager.is_authorized_connection(method="GET", user=user):
        found.add("operations")
    return frozenset(found)


class LateApplication:
    """The application, made when it is first asked. Airflow's server starts and ends without telling it."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._app is None:
            async with self._making:
                if self._app is None:
                    # It takes a second or two, in which Airflow's server has tasks to hear.
                    self._app = await asyncio.to_thread(_make_application)
        await self._app(scope, receive, send)


def _make_application() -> ASGIApp:
    """Where the settings do not allow one, each request is told so: Airflow itself goes on."""
    from upbeat.api.pages import require_secret
    from upbeat.api.problems import ProblemError, problem_response
    from upbeat.errors import InputError
    from upbeat.logs import get_logger
    from upbeat.settings import get_settings
    from upbeat.web import create_web

    settings = get_settings()
    try:
        require_secret(settings)
        app = create_web(settings, AirflowEntry())
    except InputError as error:
        get_logger("api").error("Upbeat is not served by Airflow", reason=str(error))
        told = "its settings do not allow it: the log of Airflow's API server says which"
        return problem_response(ProblemError(503, "Not set up", told))
    # Made by the first request that has a query, it would hold up all others.
    app.openapi()
    return app


class UpbeatPlugin(AirflowPlugin):
    """Airflow finds it by its base class."""

    name = "upbeat"
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": LateApplication(), "url_prefix": "/upbeat", "name": "Upbeat"}
    ]
    external_views: ClassVar[list[Any]] = [
        # Relative: Airflow may be served under a path of its own.
        {"name": "Upbeat", "href": "upbeat/console/", "url_route": "upbeat", "destination": "nav"}
    ]

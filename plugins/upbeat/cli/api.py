"""`upbeat api`: serve the REST API, and print its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket

    from upbeat.settings import Settings

api_app = typer.Typer(invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(api_app, name="api")


@api_app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: UPBEAT_API_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port. Default: UPBEAT_API_PORT.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve the port.")] = 1,
    listening: Annotated[int | None, typer.Option("--listening-descriptor", hidden=True)] = None,
    ready: Annotated[int | None, typer.Option("--ready-descriptor", hidden=True)] = None,
) -> None:
    """Serve the REST API until SIGTERM or Ctrl-C, then finish what is under way; see also `upbeat api-keys`.

    SIGHUP replaces the processes of --workers one by one; no request is lost. Logs go to stderr.

    Example: `upbeat api --port 18081 --workers 2`
    """
    if context.invoked_subcommand is not None:
        return
    import socket

    from upbeat.api.pages import require_secret
    from upbeat.api.server import listen
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging()
    require_secret(settings)
    if listening is not None:
        _serve(settings, socket.socket(fileno=listening), ready)
        return
    with listen(host or settings.api_host, port or settings.api_port) as server:
        if workers == 1:
            _serve(settings, server, None)
        else:
            _supervise(settings, server, workers)


def _serve(settings: Settings, server: socket.socket, ready: int | None) -> None:
    from upbeat.api.server import serve
    from upbeat.web import create_web

    serve(create_web(settings), settings, server, ready)


def _supervise(settings: Settings, server: socket.socket, workers: int) -> None:
    import os
    import sys
    import tempfile

    from upbeat.api.request_metrics import SHARED_FOLDER
    from upbeat.api.supervisor import Launch, Supervisor

    with tempfile.TemporaryDirectory(prefix="upbeat-api-") as counts:
        descriptor = server.fileno()
        command = (
            *(sys.executable, "-m", "upbeat.cli", "api"),
            *("--listening-descriptor", str(descriptor), "--ready-descriptor", "{ready}"),
        )
        # The one setting of another library that is set by its environment only.
        environment = {**os.environ, SHARED_FOLDER: counts}
        stop_seconds = settings.api_drain_notice_seconds + settings.api_drain_seconds + 5
        Supervisor(Launch(command, environment, (descriptor,), stop_seconds), workers).run()


@api_app.command("openapi")
def openapi() -> None:
    """Print the API's description (OpenAPI 3.1, JSON), for generators of clients. Nothing has to run.

    Example: `upbeat api openapi > openapi.json`
    """
    from upbeat.cli.json_output import print_json
    from upbeat.settings import get_settings
    from upbeat.web import create_web

    print_json(create_web(get_settings()).openapi())

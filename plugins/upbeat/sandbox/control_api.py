"""The control API: change the world, order faults, set limits, count requests. Loopback only, no login.

Writing takes `Content-Type: application/json`, which a web page of another origin cannot send unasked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from upbeat.errors import InputError
from upbeat.sandbox.app import Sandbox
from upbeat.sandbox.control_body import read_body
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.faults import Fault
from upbeat.sandbox.limits import Limit
from upbeat.sandbox.llm_control_api import LlmControlApi
from upbeat.sandbox.special_accounts import CASES
from upbeat.sandbox.youtube_channels import CASES as CHANNEL_CASES
from upbeat.sandbox.youtube_channels import Channel

_FAULT_FIELDS = {f.name: f.type for f in fields(Fault) if f.name != "id"}
_TYPES: dict[str, tuple[type, ...]] = {
    "source": (str,),
    "fault": (str,),
    "handle": (str, type(None)),
    "credential": (str, type(None)),
    "field": (str, type(None)),
    "probability": (int, float),
    "times": (int, type(None)),
    "seconds": (int, float, type(None)),
}


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise InputError(f"{name}={text}: must be a number of 0 or more")
    return int(text)


def _shown(sandbox: Sandbox, creator: Creator) -> dict[str, Any]:
    return {"profile_id": str(creator.pk), **asdict(creator), "posts": len(sandbox.world.posts(creator))}


def _shown_channel(sandbox: Sandbox, channel: Channel) -> dict[str, Any]:
    youtube = sandbox.world.youtube
    playlists = [playlist.playlist_id for playlist in youtube.playlists(channel)]
    videos = [video.video_id for video in youtube.videos(channel)]
    return {**asdict(channel), "videos": videos, "playlists": playlists}


Handler = Callable[[Request], Awaitable[Response]]


def _plain_errors(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except InputError as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer


class ControlApi:
    """The handlers, each for one path and method."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._sources = {u.name for u in sandbox.upstreams.values()}

    async def health(self, request: Request) -> Response:
        """What is served, and of how many accounts."""
        hosts = {u.name: u.host for u in self._sandbox.upstreams.values()}
        return JSONResponse(
            {"status": "ok", "creators": len(self._sandbox.world.creators()), "sources": hosts},
        )

    async def list_world(self, request: Request) -> Response:
        """Accounts of the table, largest first as shipped; `?limit=`; and the accounts for tests."""
        limit = _number(request.query_params.get("limit", "1000000"), "limit")
        creators = [_shown(self._sandbox, c) for c in self._sandbox.world.creators()[:limit]]
        return JSONResponse({"creators": creators, "test_accounts": CASES})

    async def read_account(self, request: Request) -> Response:
        """One account as it stands, with the completions of the language model about it by kind."""
        creator = self._sandbox.world.creator(request.path_params["handle"])
        if creator is None:
            return JSONResponse({"error": f"{request.path_params['handle']}: no such account"}, 404)
        completions = self._sandbox.llm.counts.by_kind(creator.handle)
        return JSONResponse({**_shown(self._sandbox, creator), "completions": completions})

    async def change_account(self, request: Request) -> Response:
        """Change facts of an account; `create: true` makes it up when it is not there."""
        body = await read_body(request)
        create = body.pop("create", False) is True
        creator = self._sandbox.world.change(request.path_params["handle"], body, create=create)
        return JSONResponse(_shown(self._sandbox, creator) if creator else {"is_gone": True})

    async def restore_account(self, request: Request) -> Response:
        """Undo the changes of one account, or of all."""
        self._sandbox.world.restore(request.path_params.get("handle"))
        return JSONResponse({"status": "ok"})

    async def list_channels(self, request: Request) -> Response:
        """YouTube channels of the table, largest first as shipped; `?limit=`; and the channels for tests."""
        limit = _number(request.query_params.get("limit", "1000000"), "limit")
        youtube = self._sandbox.world.youtube
        channels = [_shown_channel(self._sandbox, c) for c in youtube.channels()[:limit]]
        return JSONResponse({"channels": channels, "test_channels": CHANNEL_CASES})

    async def read_channel(self, request: Request) -> Response:
        """One YouTube channel as it stands, by handle or id."""
        name = request.path_params["handle"]
        channel = self._sandbox.world.youtube.channel(name)
        if channel is None:
            return JSONResponse({"error": f"{name}: no such channel"}, 404)
        return JSONResponse(_shown_channel(self._sandbox, channel))

    async def change_channel(self, request: Request) -> Response:
        """Change facts of a YouTube channel."""
        channel = self._sandbox.world.change_channel(request.path_params["handle"], await read_body(request))
        return JSONResponse(_shown_channel(self._sandbox, channel) if channel else {"is_gone": True})

    async def restore_channel(self, request: Request) -> Response:
        """Undo the changes of one YouTube channel."""
        self._sandbox.world.restore_channel(request.path_params["handle"])
        return JSONResponse({"status": "ok"})

    async def list_faults(self, request: Request) -> Response:
        """The faults in force."""
        return JSONResponse({"faults": [asdict(rule) for rule in self._sandbox.faults.rules]})

    async def add_fault(self, request: Request) -> Response:
        """Order a fault; the answer has its `id`."""
        body = await read_body(request, set(_FAULT_FIELDS))
        for name in ("source", "fault"):
            if name not in body:
                raise InputError(f"{name}: missing")
        for name, value in body.items():
            if type(value) not in _TYPES[name]:
                raise InputError(f"{name}={value!r}: of the wrong type")
        if body["source"] != "*":
            self._known(body["source"])
        return JSONResponse(asdict(self._sandbox.faults.add(Fault(**body))), 201)

    async def end_faults(self, request: Request) -> Response:
        """End faults: all, `?source=`, or `?id=`."""
        id_text, source = request.query_params.get("id"), request.query_params.get("source")
        if id_text is not None and not id_text.isdigit():
            raise InputError(f"id={id_text}: must be a number")
        ended = self._sandbox.faults.remove(id=int(id_text) if id_text else None, source=source)
        return JSONResponse({"ended": ended})

    async def list_limits(self, request: Request) -> Response:
        """The limit in force per source."""
        return JSONResponse({name: asdict(limit) for name, limit in self._sandbox.limits.listed().items()})

    async def change_limit(self, request: Request) -> Response:
        """Set `requests` per `seconds` for a source; `requests: null` is no limit. Its windows begin anew."""
        body = await read_body(request, {"source", "requests", "seconds"})
        source = self._known(body.get("source", ""))
        current = self._sandbox.limits.listed()[source]
        requests, seconds = body.get("requests", current.requests), body.get("seconds", current.seconds)
        if not (requests is None or (type(requests) is int and requests >= 0)):
            raise InputError(f"requests={requests!r}: must be a whole number of 0 or more, or null")
        if type(seconds) not in (int, float) or seconds <= 0:
            raise InputError(f"seconds={seconds!r}: must be a number above 0")
        self._sandbox.limits.change(source, Limit(requests, seconds))
        return await self.list_limits(request)

    async def reset_limits(self, request: Request) -> Response:
        """Back to the limits of the real APIs."""
        self._sandbox.limits.reset()
        return await self.list_limits(request)

    async def list_credentials(self, request: Request) -> Response:
        """The made-up credentials per source and their states."""
        states = self._sandbox.credentials
        return JSONResponse(
            {source: {c: states.state(source, c) for c in known} for source, known in states.known.items()}
        )

    async def change_credential(self, request: Request) -> Response:
        """Put one of the made-up credentials into a state; `create: true` makes it up when it is not there."""
        body = await read_body(request, {"source", "credential", "state", "create"})
        source, credential, state = (str(body.get(name, "")) for name in ("source", "credential", "state"))
        if body.get("create") is True:
            self._sandbox.credentials.make_up(source, credential)
        self._sandbox.credentials.change(source, credential, state)
        return await self.list_credentials(request)

    async def reset_credentials(self, request: Request) -> Response:
        """All credentials valid again."""
        self._sandbox.credentials.reset()
        return await self.list_credentials(request)

    async def list_settings(self, request: Request) -> Response:
        """The settings in force."""
        return JSONResponse(dict(self._sandbox.world.settings))

    async def change_settings(self, request: Request) -> Response:
        """Set settings by name."""
        for name, value in (await read_body(request)).items():
            self._sandbox.world.set_setting(name, str(value))
        return await self.list_settings(request)

    async def list_requests(self, request: Request) -> Response:
        """Counts of requests; `?source=&endpoint=&handle=&credential=&status=` narrow them down."""
        names = {"source", "endpoint", "handle", "credential", "status"}
        wanted = dict(request.query_params)
        if not set(wanted) <= names:
            raise InputError(
                f"{sorted(set(wanted) - names)[0]}: unknown: there is {', '.join(sorted(names))}"
            )
        return JSONResponse(self._sandbox.counts.listed(**wanted))

    async def reset_requests(self, request: Request) -> Response:
        """Begin counting at 0."""
        self._sandbox.counts.reset()
        return JSONResponse({"status": "ok"})

    def _known(self, source: str) -> str:
        if source not in self._sources:
            raise InputError(
                f"source={source}: not in the sandbox: there is {', '.join(sorted(self._sources))}"
            )
        return source


def make_control_api(sandbox: Sandbox) -> ASGIApp:
    """The control API as an ASGI application."""
    api = ControlApi(sandbox)
    world, channels = "/_sandbox/world/instagram", "/_sandbox/world/youtube"
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/_sandbox/health", api.health),
        ("GET", world, api.list_world),
        ("DELETE", world, api.restore_account),
        ("GET", world + "/{handle}", api.read_account),
        ("POST", world + "/{handle}", api.change_account),
        ("DELETE", world + "/{handle}", api.restore_account),
        ("GET", channels, api.list_channels),
        ("GET", channels + "/{handle}", api.read_channel),
        ("POST", channels + "/{handle}", api.change_channel),
        ("DELETE", channels + "/{handle}", api.restore_channel),
        ("GET", "/_sandbox/faults", api.list_faults),
        ("POST", "/_sandbox/faults", api.add_fault),
        ("DELETE", "/_sandbox/faults", api.end_faults),
        ("GET", "/_sandbox/limits", api.list_limits),
        ("POST", "/_sandbox/limits", api.change_limit),
        ("DELETE", "/_sandbox/limits", api.reset_limits),
        ("GET", "/_sandbox/credentials", api.list_credentials),
        ("POST", "/_sandbox/credentials", api.change_credential),
        ("DELETE", "/_sandbox/credentials", api.reset_credentials),
        ("GET", "/_sandbox/settings", api.list_settings),
        ("POST", "/_sandbox/settings", api.change_settings),
        ("GET", "/_sandbox/requests", api.list_requests),
        ("DELETE", "/_sandbox/requests", api.reset_requests),
        *LlmControlApi(sandbox).routes(),
    ]
    return Starlette(routes=[Route(path, _plain_errors(h), methods=[method]) for method, path, h in table])

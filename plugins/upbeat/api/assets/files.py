"""`/assets/<key>`: the bytes, for browsers and for a CDN whose origin is the API.

No key is asked for: what is served is public, and an `<img>` sends none. A key is the hash of its content, so an answer never changes;
the type is that of the key, which was found by content when it was stored.
"""

from __future__ import annotations

import asyncio
from functools import cached_property

from fastapi import APIRouter, Request
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from upbeat.api.problems import ProblemError
from upbeat.assets.content_types import CONTENT_TYPES
from upbeat.assets.served import PATH, is_object_key
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # Opened by itself it is a picture and nothing else, whatever a browser makes of it.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class AssetFiles:
    """Serves the bucket of assets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _store(self) -> ObjectStore:
        return ObjectStore(self._settings, self._settings.s3_assets_bucket)

    async def answer(self, request: Request, key: str) -> Response:
        """The object of a key; 304 for who has it. Raises `ProblemError` 404 for what is no key or not there."""
        content_type = CONTENT_TYPES.get(key.rpartition(".")[2])
        if not is_object_key(key) or content_type is None:
            raise _missing()
        tag = f'"{key[3:67]}"'
        headers = {**_HEADERS, "ETag": tag}
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        try:
            size = await asyncio.to_thread(lambda: self._store.size(key))
        except ObjectMissingError:
            raise _missing() from None
        headers["Content-Length"] = str(size)
        if request.method == "HEAD":
            return Response(headers=headers, media_type=content_type)
        body = iterate_in_threadpool(self._store.chunks(key, 1 << 16))
        return StreamingResponse(body, headers=headers, media_type=content_type)


def files_router(settings: Settings) -> APIRouter:
    """The route of the bytes; it stands in no description, since it is no call of the API."""
    router = APIRouter(prefix=PATH, include_in_schema=False)
    files = AssetFiles(settings)

    async def serve(request: Request, key: str) -> Response:
        """One object."""
        # A line's end after the key is no part of what the route takes out of the path.
        whole = request.scope["path"].endswith(f"/{key}")
        return await files.answer(request, key if whole else "")

    router.add_api_route("/{key:path}", serve, methods=["GET", "HEAD"])
    return router


def _has(told: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag; a cache may have weakened it."""
    named = {one.strip().removeprefix("W/") for one in told.split(",")}
    return "*" in named or tag in named


def _missing() -> ProblemError:
    return ProblemError(404, "Not found", "there is no such asset", headers={"Cache-Control": "no-store"})

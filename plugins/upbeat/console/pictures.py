"""The kept picture of a creator, as a page may show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from upbeat.api.assets.service import one_asset
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState

LARGEST_BYTES = 100_000
"""A larger one would be most of what a page loads: a link leads to it."""
_SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
"""What browsers show; HEIC is for others."""
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is served, and whether it is small enough to be part of a page."""

    address: str
    size_bytes: int

    @property
    def is_small(self) -> bool:
        """Whether a page loads it."""
        return self.size_bytes <= LARGEST_BYTES


def origin_of(base_url: str) -> str | None:
    """Scheme, host and port of the CDN as a Content-Security-Policy names them; None where pictures come from this server."""
    base = urlsplit(base_url)
    if base.scheme not in ("http", "https") or not _HOST.fullmatch(base.netloc):
        return None
    return f"{base.scheme}://{base.netloc}"


async def picture_of(state: ApiState, mount: str, platform: str, profile_id: str) -> Picture | None:
    """The profile picture; None where none is kept that a browser shows.

    Args:
        mount: the path under which the application is mounted: a picture that the API serves is under it, too.
    """
    try:
        async with state.connection() as connection:
            asset = (
                await one_asset(connection, state.settings, platform, "profile_picture", profile_id)
            ).data
    except ProblemError as problem:
        if problem.status != 404:
            raise
        return None
    if not asset.url or not asset.size_bytes or asset.content_type not in _SHOWN:
        return None
    if not state.settings.asset_base_url:
        return Picture(f"{mount}{asset.url}", asset.size_bytes)
    return Picture(asset.url, asset.size_bytes) if origin_of(state.settings.asset_base_url) else None

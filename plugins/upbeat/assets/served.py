"""Where kept assets are served."""

from __future__ import annotations

import re
from typing import overload

from upbeat.settings import Settings

PATH = "/assets"
_KEY = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62}\.[a-z0-9]{2,5})")


@overload
def asset_url(settings: Settings, object_key: str) -> str: ...
@overload
def asset_url(settings: Settings, object_key: str | None) -> str | None: ...
def asset_url(settings: Settings, object_key: str | None) -> str | None:
    """The address of an object: behind the CDN, else a path of the API. None for none."""
    return object_key and f"{settings.asset_base_url.rstrip('/') or PATH}/{object_key}"


def is_object_key(text: str) -> bool:
    """Whether a text can be the key of an object: nothing else is ever looked for."""
    return _KEY.fullmatch(text) is not None

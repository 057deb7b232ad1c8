"""Handles and ids of YouTube as sources write them. Pure.

A handle has letters of any script, digits, `_`, `-`, `.` and `·`; sources write it `@MrBeast`, `/@MrBeast` or percent-encoded. Old
custom URLs (`googlecode`) stand without `@`. A channel id is `UC` and 22 letters; its uploads are the playlist `UU` and the same 22.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from upbeat.crawlers.coercions import clean_text

_HANDLE = re.compile(r"[\w.·-]{1,100}")
_OPAQUE = re.compile(r"[\w:.=-]{1,200}")
CHANNEL_ID = re.compile(r"UC[\w-]{22}")
VIDEO_ID = re.compile(r"[\w-]{11}")


def to_channel_handle(value: Any) -> str | None:
    """A handle, lower case, without `@`."""
    if not isinstance(value, str):
        raise ValueError("expected a handle")
    text = unquote(clean_text(value)).strip().removeprefix("/").removeprefix("@").lower()
    if text and _HANDLE.fullmatch(text) is None:
        raise ValueError("expected a handle: letters, digits, dots, hyphens, underscores")
    return text or None


def to_handle_of_address(value: Any) -> str | None:
    """The handle in `/@MrBeast`; `/channel/…`, `/c/…` and `/user/…` name none."""
    if isinstance(value, str) and not value.startswith(("/@", "@")):
        return None
    return to_channel_handle(value)


def to_opaque_id(value: Any) -> str | None:
    """An id that is base 64: activities, entries of playlists."""
    if not isinstance(value, str) or (value and _OPAQUE.fullmatch(value) is None):
        raise ValueError("expected an id without blanks")
    return value or None


def uploads_playlist(channel_id: str) -> str:
    """The playlist of all that a channel uploaded, newest first."""
    return f"UU{channel_id[2:]}"

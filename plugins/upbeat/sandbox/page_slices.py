"""Pages of the stand-ins' lists: a cursor is the place where the next page begins, in the list's own wrapping."""

from __future__ import annotations

import base64
import binascii


def start_of(cursor: str, list_name: str) -> int | None:
    """Where the page behind a cursor begins, 0 without one; None for a cursor that was given for another list or by nobody."""
    if not cursor:
        return 0
    try:
        name, _, place = base64.urlsafe_b64decode(cursor.encode()).decode().rpartition("|")
    except (binascii.Error, ValueError):
        return None
    return int(place) if name == list_name and place.isascii() and place.isdigit() else None


def cursor_at(place: int, list_name: str) -> str:
    """The cursor of the page that begins at a place."""
    return base64.urlsafe_b64encode(f"{list_name}|{place}".encode()).decode()

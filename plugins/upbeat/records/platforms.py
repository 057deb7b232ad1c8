"""Where things live."""

from __future__ import annotations

from enum import StrEnum


class Platform(StrEnum):
    """Where a creator, post or shop lives. Part of every key: a handle alone is not unique."""

    INSTAGRAM = "INSTAGRAM"
    YOUTUBE = "YOUTUBE"
    SHOPIFY = "SHOPIFY"

"""The parameters of flows: checked when a task is enqueued, and again before it runs."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_PROFILE_HOSTS = ("instagram.com", "www.instagram.com", "m.instagram.com")
_SHORTCODE_IN_PATH = re.compile(r"/(?:p|reel|reels|tv)/([A-Za-z0-9_-]+)")


def normalise_handle(value: object) -> object:
    """`@NatGeo`, ` natgeo ` and `https://www.instagram.com/natgeo/` are all `natgeo`."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if "://" in text:
        parts = urlsplit(text)
        first = parts.path.strip("/").partition("/")[0]
        text = first if parts.hostname in _PROFILE_HOSTS else text
    return text.removeprefix("@").lower()


def normalise_shortcode(value: object) -> object:
    """A shortcode, also out of the address of its post."""
    if not isinstance(value, str):
        return value
    found = _SHORTCODE_IN_PATH.search(value)
    return found[1] if found else value.strip()


Handle = Annotated[
    str,
    BeforeValidator(normalise_handle),
    Field(
        pattern=r"^[a-z0-9._]{1,30}$",
        description="Instagram handle: up to 30 letters, digits, dots, underscores.",
    ),
]
Shortcode = Annotated[
    str,
    BeforeValidator(normalise_shortcode),
    Field(pattern=r"^[A-Za-z0-9_-]{2,40}$", description="The code in a post's address, `/p/<code>/`."),
]


class FlowParameters(BaseModel):
    """Base: nothing unknown is taken, nothing is changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HandleParameters(FlowParameters):
    """What is asked about one account."""

    handle: Handle


class PostsParameters(FlowParameters):
    """The newest posts of one account."""

    handle: Handle
    limit: int = Field(25, ge=1, le=1000, description="How many posts at most.")


class ShortcodeParameters(FlowParameters):
    """One post."""

    shortcode: Shortcode

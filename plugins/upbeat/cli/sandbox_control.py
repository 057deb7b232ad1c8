"""The connection of `upbeat sandbox …` to the running sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upbeat.sandbox.control import SandboxControl


@contextmanager
def sandbox_control() -> Iterator[SandboxControl]:
    """The control client. Raises `InputError` when the sandbox does not answer."""
    import httpx

    from upbeat.errors import InputError
    from upbeat.sandbox.control import SandboxControl
    from upbeat.settings import get_settings

    url = get_settings().sandbox_url()
    try:
        with SandboxControl(url) as control:
            yield control
    except httpx.TransportError as error:
        raise InputError(f"the sandbox does not answer at {url}: start it with `upbeat up`") from error

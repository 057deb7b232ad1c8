"""The handlers by name: what `handler` in `include/events/listeners.yaml` may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from upbeat.errors import InputError
from upbeat.listeners.campaigns import Campaigns
from upbeat.listeners.collections import Collections
from upbeat.listeners.configuration import Listener
from upbeat.listeners.credentials import Credentials
from upbeat.listeners.handler import Handler
from upbeat.listeners.scrape_requests import ScrapeRequests
from upbeat.settings import Settings

_KINDS: dict[str, type[Campaigns | Collections | Credentials | ScrapeRequests]] = {
    "campaigns": Campaigns,
    "collections": Collections,
    "credentials": Credentials,
    "scrape_requests": ScrapeRequests,
}
_SECRET = frozenset({"credentials"})
_MAKERS: dict[str, Callable[[Settings], Handler]] = {
    "campaigns": lambda _: Campaigns(),
    "collections": lambda _: Collections(),
    "credentials": Credentials,
    "scrape_requests": lambda _: ScrapeRequests(),
}


def handler_of(listener: Listener, settings: Settings) -> Handler:
    """The handler of a listener, ready to use. Raises `InputError` when there is none, or it misses a setting."""
    schemas_of(listener)
    return _MAKERS[listener.handler](settings)


def schemas_of(listener: Listener) -> Mapping[int, type[BaseModel]]:
    """The schemas that a listener takes, by version, without making its handler. Raises `InputError`."""
    kind = _KINDS.get(listener.handler)
    if kind is None:
        raise InputError(
            f"listener {listener.name}: handler={listener.handler}: there is none: use one of {', '.join(_KINDS)}"
        )
    if listener.schema_version not in kind.models:
        raise InputError(
            f"listener {listener.name}: schema_version={listener.schema_version}: there are {', '.join(map(str, kind.models))}"
        )
    return {number: model for number, model in kind.models.items() if number <= listener.schema_version}


def holds_secrets(listener: Listener) -> bool:
    """Whether the handler seals bad messages, told without making it (that needs the key)."""
    return listener.handler in _SECRET


def example_of(listener: Listener) -> Mapping[str, Any]:
    """The body of a message that is valid."""
    schemas_of(listener)
    return _KINDS[listener.handler].example

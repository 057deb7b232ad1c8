"""Reads `include/events/listeners.yaml`: which queues are listened to, and what handles their messages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from upbeat.errors import InputError
from upbeat.events.consumers import AmqpName, Name
from upbeat.events.yaml_file import read_yaml
from upbeat.settings import REPOSITORY

LISTENERS_FILE = REPOSITORY / "include" / "events" / "listeners.yaml"


class Listener(BaseModel):
    """One queue and the handler of its messages. What the file leaves out has the default here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    handler: Name
    """A name of `listeners/registry.py`."""
    schema_version: int = Field(ge=1)
    """The newest version of the messages' schema that is taken; older ones are taken too."""
    exchange: AmqpName = "beat.dx"
    routing_key: AmqpName = ""
    """Default `<name>`."""
    queue: AmqpName = ""
    """Default `beat.<name>`."""
    error_exchange: AmqpName = "beat.error.dx"
    error_routing_key: AmqpName = ""
    """Default `<name>_error`. The error queue is the queue's name with `.error` behind it."""
    consumers: int = Field(1, ge=1, le=16)
    """AMQP consumers (channels) on the queue in each process."""
    prefetch: int = Field(200, ge=1, le=65_535)
    """Messages that one consumer holds without an acknowledgement: the bound of its buffer."""

    @model_validator(mode="before")
    @classmethod
    def _names_from_name(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(name := value.get("name"), str):
            return value
        names = {"routing_key": name, "queue": f"beat.{name}", "error_routing_key": f"{name}_error"}
        return names | value

    @property
    def error_queue(self) -> str:
        """Where messages that cannot be used wait for a person."""
        return f"{self.queue}.error"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    listeners: list[Listener]


def load_listeners(path: Path = LISTENERS_FILE) -> dict[str, Listener]:
    """The listeners by name.

    Raises:
        InputError: the file is missing, is no YAML, or says something that cannot be.
    """
    entries = read_yaml(path, _File).listeners
    for field in ("name", "queue"):
        values = [getattr(entry, field) for entry in entries]
        if len(set(values)) != len(values):
            raise InputError(f"{path}: a {field} stands twice; join its entries")
    return {entry.name: entry for entry in entries}


def chosen_listeners(names: Iterable[str] | None, path: Path = LISTENERS_FILE) -> dict[str, Listener]:
    """The listeners of these names, all when none is named. Raises `InputError` that lists what there is."""
    known = load_listeners(path)
    wanted = dict.fromkeys(names or ()) or known
    for name in wanted:
        if name not in known:
            raise InputError(f"listener={name}: there is no such listener: use one of {', '.join(known)}")
    return {name: known[name] for name in wanted}

"""Reads `include/events/consumers.yaml`: which kinds of event the sink stores, in which table and columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from upbeat.errors import InputError
from upbeat.events.yaml_file import read_yaml
from upbeat.settings import REPOSITORY

CONSUMERS_FILE = REPOSITORY / "include" / "events" / "consumers.yaml"
ColumnType = Literal["string", "int64", "float64", "decimal", "bool", "timestamp", "json"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
AmqpName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")]


class Column(BaseModel):
    """One column: the payload's field of the same name, converted to `type`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    type: ColumnType
    nullable: bool = False


class Consumer(BaseModel):
    """Where the events of one kind come from and go to. What the file leaves out has the default here.

    `exchange`, `routing_key` and `queue` matter with a broker only; without one the outbox feeds the sink directly.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Name
    exchange: AmqpName = "beat.dx"
    routing_key: AmqpName = ""
    """Default `<kind>_events`."""
    queue: AmqpName = ""
    """Default `beat.<kind>`."""
    error_exchange: AmqpName = "beat.error.dx"
    error_routing_key: AmqpName = ""
    """Default `<kind>_error`. The error queue is the queue's name with `.error` behind it."""
    consumers: int = Field(1, ge=1, le=16)
    """AMQP consumers (channels) on the queue in each sink."""
    prefetch: int = Field(20_000, ge=1, le=65_535)
    """Messages that one consumer holds without an acknowledgement: the bound of its buffer."""
    batch_rows: int | None = Field(None, ge=1)
    """Events per insert, at which a batch goes at once; default: the setting `sink_batch_rows`."""
    flush_seconds: float | None = Field(None, gt=0)
    """Longest wait of an event for its batch; default: the setting `sink_flush_seconds`."""
    pack: int = Field(1, ge=1, le=1000)
    """Most events that the relay puts into one message."""
    retry_on_error: bool = False
    """A row that ClickHouse refuses is tried again before it is parked."""
    table: Name
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _names_from_kind(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(kind := value.get("kind"), str):
            return value
        names = {
            "routing_key": f"{kind}_events",
            "queue": f"beat.{kind}",
            "error_routing_key": f"{kind}_error",
        }
        return names | value

    @property
    def error_queue(self) -> str:
        """Where events that cannot be stored wait for a person."""
        return f"{self.queue}.error"

    @field_validator("columns", mode="before")
    @classmethod
    def _from_mapping(cls, value: Any) -> Any:
        """`{followers_count: int64?}`, as the file writes it."""
        if not isinstance(value, dict):
            return value
        return [
            {"name": name, "type": str(kind).removesuffix("?"), "nullable": str(kind).endswith("?")}
            for name, kind in value.items()
        ]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    consumers: list[Consumer]


def load_consumers(path: Path = CONSUMERS_FILE) -> dict[str, Consumer]:
    """The consumers by kind.

    Raises:
        InputError: the file is missing, is no YAML, or says something that cannot be.
    """
    entries = read_yaml(path, _File).consumers
    by_kind = {entry.kind: entry for entry in entries}
    if len(by_kind) != len(entries):
        raise InputError(f"{path}: a kind stands twice; join its entries")
    return by_kind


def chosen_consumers(kinds: Sequence[str] | None) -> dict[str, Consumer]:
    """The consumers of these kinds; of all when none is named.

    Raises:
        InputError: a kind has no consumer.
    """
    consumers = load_consumers()
    if unknown := sorted(set(kinds or ()) - consumers.keys()):
        raise InputError(f"--kind {unknown[0]}: no such consumer; `upbeat events consumers` lists them")
    return {kind: one for kind, one in consumers.items() if not kinds or kind in kinds}

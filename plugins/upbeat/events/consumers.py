"""Reads `include/events/consumers.yaml`: which kinds of event the sink stores, in which table and columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

CONSUMERS_FILE = REPOSITORY / "include" / "events" / "consumers.yaml"
ColumnType = Literal["string", "int64", "float64", "decimal", "bool", "timestamp", "json"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Column(BaseModel):
    """One column: the payload's field of the same name, converted to `type`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    type: ColumnType
    nullable: bool = False


class Consumer(BaseModel):
    """Where the events of one kind go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Name
    table: Name
    columns: tuple[Column, ...] = Field(min_length=1)

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
    try:
        entries = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).consumers
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {place}: {first['msg']}") from error
    by_kind = {entry.kind: entry for entry in entries}
    if len(by_kind) != len(entries):
        raise InputError(f"{path}: a kind stands twice; join its entries")
    return by_kind

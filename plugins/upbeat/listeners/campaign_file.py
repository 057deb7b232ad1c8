"""Campaigns and collections from a file: each entry is read, checked and stored as the message of the product would be.

The file is YAML (or JSON, which is YAML) with the lists `campaigns` and `collections`; an entry is the body of a message
(`upbeat listen --schemas`). `version` is 1 and `updated_at` the time of the import where an entry does not say them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
import yaml

from upbeat.errors import InputError
from upbeat.listeners.campaigns import Campaigns
from upbeat.listeners.collections import Collections
from upbeat.listeners.handler import Handler
from upbeat.listeners.reading import UnusableError, one_line, read
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_HANDLERS: dict[str, Handler] = {"campaigns": Campaigns(), "collections": Collections()}
_MOST_TOLD = 20
_NAMES = {"campaigns": ("campaign_id",), "collections": ("collection_id", "profile_list_id")}


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry that cannot be used: its list and place in it, from 1, its id where it tells one, and all that is wrong."""

    entry: str
    name: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that can be stored: the list that it stands in, its place, its id, and what its handler plans."""

    kind: str
    number: int
    name: str
    plan: Any = field(repr=False)


@dataclass(slots=True)
class Imported:
    """What became of a file. `outdated` are entries of which something newer is stored."""

    campaigns: int = 0
    collections: int = 0
    outdated: int = 0
    problems: list[Problem] = field(default_factory=list)


def parse_file(text: str, name: str) -> dict[str, Any]:
    """The document of a file. Raises `InputError` when it is no YAML or has neither list."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{name}: is no YAML: {one_line(str(error))}") from error
    if not isinstance(document, dict) or not any(isinstance(document.get(kind), list) for kind in _HANDLERS):
        raise InputError(
            f"{name}: has no list `campaigns` or `collections`: see docs/how-to/import-campaigns.md"
        )
    unknown = sorted(str(key) for key in document.keys() - _HANDLERS.keys())
    if unknown:
        raise InputError(f"{name}: {unknown[0]}: is unknown: there are {', '.join(_HANDLERS)}")
    return document


def read_changes(document: dict[str, Any], now: datetime) -> tuple[list[Change], list[Problem]]:
    """The entries that can be stored, and the others. Pure."""
    changes: list[Change] = []
    problems: list[Problem] = []
    for kind, number, entry in _entries(document):
        place = f"{kind}[{number}]"
        name = _name_of(kind, entry)
        try:
            if not isinstance(entry, dict):
                raise UnusableError("is no object with fields")
            plan = _plan(kind, entry, now)
        except UnusableError as error:
            problems.append(Problem(place, name, _all_of(error)))
        else:
            changes.append(Change(kind, number, name or "", plan))
    return changes, problems


def import_changes(
    connection: psycopg.Connection[Any],
    changes: list[Change],
    problems: list[Problem],
    *,
    dry_run: bool = False,
) -> Imported:
    """Store the changes in one transaction; one that Postgres refuses is a problem and costs the others nothing.

    Args:
        dry_run: try all of it on the real tables, and let nothing of it stay.
    """
    imported = Imported(problems=list(problems))
    with connection.transaction(force_rollback=dry_run):
        for change in changes:
            _store(connection, change, imported)
    return imported


def _store(connection: psycopg.Connection[Any], change: Change, imported: Imported) -> None:
    try:
        with connection.transaction():
            outdated = _HANDLERS[change.kind].apply(connection, [change.plan])
    except (psycopg.DataError, psycopg.IntegrityError, InputError) as error:
        reason = one_line(str(error).partition("\n")[0])
        imported.problems.append(Problem(f"{change.kind}[{change.number}]", change.name, reason))
        return
    imported.outdated += outdated
    if not outdated and change.kind == "campaigns":
        imported.campaigns += 1
    elif not outdated:
        imported.collections += 1


def list_campaigns(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """The campaigns that are stored, the one that begins last first, with how much belongs to each."""
    return list(connection.execute(_SQL["list_campaigns"]))


def list_collections(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """The collections that are stored, with their campaign and the number of their members."""
    return list(connection.execute(_SQL["list_collections"]))


def _entries(document: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
    for kind in _HANDLERS:
        for number, entry in enumerate(document.get(kind) or (), 1):
            yield kind, number, entry


def _name_of(kind: str, entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    return next((str(entry[name]) for name in _NAMES[kind] if entry.get(name)), None)


def _all_of(error: UnusableError) -> str:
    """Everything that is wrong with an entry on one line, which a list of a thousand bad members does not make endless."""
    told = "; ".join(error.problems[:_MOST_TOLD])
    left = len(error.problems) - _MOST_TOLD
    return f"{told} (and {left} more)" if left > 0 else told


def _plan(kind: str, entry: dict[str, Any], now: datetime) -> Any:
    handler = _HANDLERS[kind]
    try:
        body = orjson.dumps({"version": 1, "updated_at": now} | entry, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError) as error:
        raise UnusableError(one_line(str(error))) from error
    _, plan = read(
        body, message_id=None, content_type=None, models=handler.models, handler=handler, received_at=now
    )
    return plan

"""Which parts the stack has with these settings, in the order of their start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upbeat.embedded.airflow_parts import airflow_parts
from upbeat.embedded.api_part import api_part
from upbeat.embedded.part import Part
from upbeat.embedded.places import Places
from upbeat.embedded.postgres import postgres_part
from upbeat.embedded.rabbitmq_part import rabbitmq_part
from upbeat.embedded.storage_parts import clickhouse_part, redis_part, s3_part, sandbox_part
from upbeat.errors import InputError
from upbeat.settings import Settings


def all_parts(settings: Settings, where: Places, *, even_unwanted: bool = False) -> list[Part]:
    """Every part, those that need others after them; with `even_unwanted` also those that these settings leave out."""
    parts = [
        postgres_part(settings, where),
        redis_part(settings, where),
        s3_part(settings, where),
        clickhouse_part(settings, where),
    ]
    if settings.rabbitmq_dsn() is not None or even_unwanted:
        parts.append(rabbitmq_part(settings, where))
    if settings.upstream == "sandbox" or even_unwanted:
        parts.append(sandbox_part(settings, where))
    return [*parts, api_part(settings), *airflow_parts(settings, where)]


def select(parts: Sequence[Part], names: Iterable[str] = (), without: Iterable[str] = ()) -> list[Part]:
    """The named parts or groups (all when none is named) but those of `without`, in the order of their start.

    Raises:
        InputError: a name is not a part: the message lists the names.
    """
    known = {name for part in parts for name in (part.name, part.group) if name}
    wanted, unwanted = set(names), set(without)
    if unknown := sorted((wanted | unwanted) - known):
        raise InputError(f"there is no part {', '.join(unknown)}: the parts are {', '.join(sorted(known))}")
    return [
        part
        for part in parts
        if (not wanted or {part.name, part.group} & wanted) and not {part.name, part.group} & unwanted
    ]


def with_needs(chosen: Sequence[Part], parts: Sequence[Part]) -> list[Part]:
    """`chosen`, and from `parts` what they need to run, in the order of their start."""
    names = {part.name for part in chosen}
    while more := {need for part in parts if part.name in names for need in part.needs} - names:
        names |= more
    return [part for part in parts if part.name in names]


def left_without(chosen: Sequence[Part], running: Sequence[Part]) -> list[tuple[str, list[str]]]:
    """Those of `chosen` that running parts need which are not chosen, each with the names of these (or of their group)."""
    going = {part.name for part in chosen}
    staying = [part for part in running if part.name not in going]
    needed = []
    for part in chosen:
        users = dict.fromkeys(other.group or other.name for other in staying if part.name in other.needs)
        needed.append((part.name, list(users)))
    return [(name, users) for name, users in needed if users]

"""What a migration of Postgres does to the tables that are there: which it locks, reads or writes anew.

Read from the text of its statements: a rough reading that errs towards telling too much. The rules are those of the manual of
Postgres, chapters "ALTER TABLE" (notes) and "Explicit Locking". Tables that the migration itself makes are empty and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Does = Literal["rewrites", "reads all rows", "writes rows", "blocks writes", "short lock", "drops"]

# What is no statement of its own: comments, bodies of functions, texts.
_INERT = re.compile(r"--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", re.S)
_NAME = r"(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?([a-z_][\w.]*)"
_CREATED = re.compile(r"^CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_][\w.]*)", re.I)
_INDEX = re.compile(
    r"^CREATE\s+(?:UNIQUE\s+)?INDEX\s+(CONCURRENTLY\s+)?.*?\bON\s+(?:ONLY\s+)?([a-z_][\w.]*)", re.I | re.S
)
_ALTER = re.compile(rf"^ALTER\s+TABLE\s+{_NAME}(.*)$", re.I | re.S)
_WRITE = re.compile(
    r"^(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+(?:ONLY\s+)?([a-z_][\w.]*)", re.I
)
_TRIGGER = re.compile(
    r"^CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b.*?\bON\s+([a-z_][\w.]*)", re.I | re.S
)
_DROP = re.compile(rf"^DROP\s+TABLE\s+{_NAME}", re.I)
_REWRITES = re.compile(
    r"\bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b"
    r"|\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?\w+[^,]*?"
    r"(?:\bGENERATED\b|\bDEFAULT\s+(?:gen_random_uuid|clock_timestamp|random|nextval)\b|\b(?:small|big)?serial\b)"
    r"|\bSET\s+(?:UN)?LOGGED\b|\bSET\s+TABLESPACE\b",
    re.I,
)
_READS = re.compile(
    r"\bSET\s+NOT\s+NULL\b|\bADD\s+(?:CONSTRAINT\s+\w+\s+)?(?:CHECK|FOREIGN\s+KEY|UNIQUE|PRIMARY\s+KEY|EXCLUDE)\b"
    r"|\bVALIDATE\s+CONSTRAINT\b|\bADD\s+(?:COLUMN\s+)?\w+[^,]*?\b(?:CHECK|UNIQUE)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one migration does to one table that is there."""

    table: str
    does: Does


def effects(sql: str) -> list[Effect]:
    """The effects of the statements, each once, in their order."""
    created: set[str] = set()
    found: dict[Effect, None] = {}
    for statement in _statements(sql):
        if made := _CREATED.match(statement):
            created.add(made[1])
        for effect in _of_statement(statement):
            if effect.table not in created:
                found[effect] = None
    return list(found)


def _statements(sql: str) -> Iterator[str]:
    plain = _INERT.sub(lambda found: "''" if found[0][0] in "'$" else " ", sql)
    return (part.strip() for part in plain.split(";") if part.strip())


def _of_statement(statement: str) -> Iterator[Effect]:
    if (index := _INDEX.match(statement)) and not index[1]:
        yield Effect(index[2], "blocks writes")
    elif altered := _ALTER.match(statement):
        yield Effect(altered[1], _of_alter(altered[2]))
    elif written := _WRITE.match(statement):
        yield Effect(written[1], "writes rows")
    elif triggered := _TRIGGER.match(statement):
        yield Effect(triggered[1], "short lock")
    elif dropped := _DROP.match(statement):
        yield Effect(dropped[1], "drops")


def _of_alter(actions: str) -> Does:
    if _REWRITES.search(actions):
        return "rewrites"
    if _READS.search(actions) and not re.search(r"\bNOT\s+VALID\b", actions, re.I):
        return "reads all rows"
    return "short lock"

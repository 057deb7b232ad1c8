"""Statements that define tables, as a cluster of ClickHouse servers wants them: carried out on every server, and replicated.

One shard of several replicas: every server has all rows. (`internal_replication` is for distributed tables, of which there are none.)
"""

from __future__ import annotations

import re

_DEFINES = re.compile(
    r"^(CREATE (?:OR REPLACE )?(?:TABLE|DATABASE)(?: IF NOT EXISTS)? |ALTER TABLE |DROP (?:TABLE|DATABASE)(?: IF EXISTS)? )"
    r"((?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))?)",
    re.M,
)
_EXCHANGES = re.compile(r"^EXCHANGE TABLES ", re.M)
_MERGES = re.compile(r"\bENGINE = (\w*MergeTree)\b")


def on_cluster(statement: str, cluster: str) -> str:
    """The statement for a cluster of this name (the setting allows only names); as it is without one, or where it defines nothing.

    The server's macros `{shard}` and `{replica}` and its default path make the place in Keeper: a table that is made anew
    gets another one.
    """
    if not cluster:
        return statement
    clause = f" ON CLUSTER `{cluster}`"
    if _EXCHANGES.search(statement):
        return f"{statement}{clause}"
    told = _DEFINES.sub(rf"\1\2{clause}", statement, count=1)
    told = _MERGES.sub(r"ENGINE = Replicated\1", told)
    return told.replace("non_replicated_deduplication_window", "replicated_deduplication_window")

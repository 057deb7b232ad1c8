"""All versions with what is known of them."""

from __future__ import annotations

from typing import Any

import psycopg

from upbeat.enrichment.activation import activated_prompt
from upbeat.enrichment.evaluation.claims import claim
from upbeat.enrichment.evaluation.evaluations import last_evaluations
from upbeat.enrichment.kinds import KINDS
from upbeat.enrichment.prompt_files import load_prompt, versions_of
from upbeat.errors import InputError
from upbeat.settings import Settings


def listed(connection: psycopg.Connection[Any], settings: Settings) -> list[dict[str, Any]]:
    """A row for each version: whether it is active, and its last evaluation, if that is of the text as it is now; one that
    was compared with another version goes before one that was not.

    A file that cannot be used has its `problem` in its row, and the others go on.
    """
    last = last_evaluations(connection)
    rows = []
    for kind in KINDS:
        try:
            active, trouble = activated_prompt(connection, settings, kind).version, None
        except InputError as error:
            active, trouble = None, str(error)
        versions = versions_of(kind)
        concerned = [version for version in versions if trouble and version in trouble] or versions
        for version in versions:
            try:
                fingerprint, problem = load_prompt(kind, version).fingerprint(), None
            except InputError as error:
                fingerprint, problem = None, str(error)
            of_version = [row for row in last if row["prompt_fingerprint"] == fingerprint]
            newest = max(of_version, key=_weight, default=None)
            rows.append(
                {
                    "kind": kind,
                    "version": version,
                    "fingerprint": fingerprint,
                    "is_active": version == active,
                    "last_evaluation": newest and {**newest, "claim": claim(is_sandbox=newest["is_sandbox"])},
                    "problem": problem or (trouble if version in concerned else None),
                }
            )
    return rows


def _weight(row: dict[str, Any]) -> tuple[bool, int]:
    return row["compared_with"] is not None, row["evaluation_id"]

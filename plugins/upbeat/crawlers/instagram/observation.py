"""What a reader of a body needs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.records import Platform, Problem

NOT_TOLD = "the body does not say it, and it was not told what was asked for"
"""The problem of a body that is read alone, from a file: the crawlers always say what they asked for."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Who was asked, when, and about what; see `Crawler.parse`."""

    source: str
    observed_at: datetime
    params: Mapping[str, str]

    def base(self) -> dict[str, Any]:
        """The fields that every fact has."""
        return {"platform": Platform.INSTAGRAM, "source": self.source, "observed_at": self.observed_at}

    def subject(self, name: str, beside: Mapping[str, Any], problems: list[Problem], *paths: str) -> str:
        """The id that a list belongs to (`user_id`, `post_id`): as asked for, else as `beside` the list.

        A body alone may not say it; then the id is empty, which is a problem.
        """
        found = self.params.get(name) or FieldReader(beside, []).identifier("", *paths)
        if found is None:
            problems.append(Problem(name, NOT_TOLD))
        return found or ""

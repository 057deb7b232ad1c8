"""How each figure of a published table is computed, and where what it is computed of can be found: `include/api/explanations`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from upbeat.settings import REPOSITORY

FOLDER = REPOSITORY / "include" / "api" / "explanations"

Kind = Literal[
    "profile", "post", "posts", "quality", "enrichment", "audience", "story", "hashtag", "collection", "campaign",
    "stated", "orders", "many_rows",
]  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(_Strict):
    """Where the observations behind a figure are looked for.

    Attributes:
        kind: `profile` one observation of the account; `post` one of the post; `posts` the account's posts of some days;
            `quality` the scored sample of its followers; `enrichment` a model's answer on it; `audience` what the platform told
            its owner, or a model's answer; `story` a story with its insights; `hashtag` what the platform counts under it; `collection` and `campaign` their posts;
            `stated` the product's own data; `orders` orders of shops; `many_rows` more rows than can be named.
        metric: name of the figure in `beat.profile_log.metrics` or `beat.post_log.metrics`, which an entry has to tell; None: any entry.
        at: column that says until when, nothing where it is empty; None: now.
        before: the day of `at` does not count itself.
        days: of `posts`, how many days back from `at` they were published; None: all.
        settled: of `posts`, how many days old they are at least.
        slot: of `posts`, those of the row's weekday and hour alone.
        of: of `enrichment`, what was read: `category` for the columns `category_model` and the like.
    """

    kind: Kind
    metric: str | None = None
    at: str | None = None
    before: bool = False
    days: int | None = Field(None, ge=1)
    settled: int = Field(0, ge=0)
    slot: bool = False
    of: str | None = None


class Formula(_Strict):
    """How a figure is computed.

    Attributes:
        formula: in words and signs, with its unit and when it is null.
        check: the same for ClickHouse, over the mart's row `t` and what stands beside it: it gives the figure again. None: no query over
            the warehouse can, for the figure is told or stated as it is, or comes of raw rows that only the models read.
        inputs: columns of the same row that it is computed of.
        origin: where the observations behind it are.
    """

    formula: str = Field(min_length=1)
    check: str | None = Field(None, min_length=1)
    inputs: tuple[str, ...] = ()
    origin: Origin


class Formulas(_Strict):
    """The formulas of one table.

    Attributes:
        mart: the dbt model that computes them.
        version: raised whenever one of them is computed in another way.
        beside: joins that checks may use, by the alias that each of them gives.
    """

    table: str
    mart: str
    version: int = Field(ge=1)
    beside: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, Formula]

    def query(self, name: str, key: tuple[str, ...]) -> str | None:
        """Computes a figure again: a query for ClickHouse with the key, the figure as `stated` and as `again`. A `where` may follow.

        It holds for marts that were built together: what arrived since the mart was built is not in it, and may be beside it.
        """
        check = self.columns[name].check
        if check is None:
            return None
        joins = "".join(
            f" {join}" for alias, join in self.beside.items() if re.search(rf"\b{alias}\.", check)
        )
        columns = ", ".join(f"t.{column} as {column}" for column in key)
        row = f"select {columns}, t.{name} as stated, {check} as again from mart.{self.mart} as t{joins}"  # noqa: S608 - text of our own files, shown and not run
        return f"select * from ({row} settings join_use_nulls = 1)"  # noqa: S608


@cache
def formulas_of(plan_name: str, folder: Path = FOLDER) -> Formulas:
    """The formulas of the table that a plan publishes. Raises `FileNotFoundError` or `ValidationError`: a test reads them all."""
    text = (folder / f"{plan_name}.yaml").read_text(encoding="utf-8")
    return Formulas.model_validate(yaml.load(text, yaml.CSafeLoader))

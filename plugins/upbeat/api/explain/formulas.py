"""How each figure of a published table is computed, and where what it is computed of can be found: `include/api/explanations`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from upbeat.settings import REPOSITORY

FOLDER = REPOSITORY / "include" / "api" / "explanations"

Kind = Literal[
    "profile", "post", "posts", "quality", "enrichment", "audience", "story", "collection", "campaign",
    "stated", "orders", "many_rows",
]  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(_Strict):
    """Where the observations behind a figure are looked for.

    Attributes:
        kind: `profile` one observation of the account; `post` one of the post; `posts` the account's posts of some days;
            `quality` the scored sample of its followers; `enrichment` a model's answer on it; `audience` what the platform told
            its owner, or a model's answer; `story` a story with its insights; `collection` and `campaign` their posts;
            `stated` the product's own data; `orders` orders of shops; `many_rows` more rows than can be named.
        metric: name of the figure in `beat.profile_log.metrics` or `beat.post_log.metrics`, which an entry has to tell; None: any entry.
        at: column that says until when, nothing where it is empty; None: now.
        before: the day of `at` does not count itself.
        days: of `posts`, how many days back from `at` they were published; None: all.
        of: of `enrichment`, what was read: `category` for the columns `category_model` and the like.
    """

    kind: Kind
    metric: str | None = None
    at: str | None = None
    before: bool = False
    days: int | None = Field(None, ge=1)
    of: str | None = None


class Formula(_Strict):
    """How a figure is computed.

    Attributes:
        formula: in words and signs, with its unit and when it is null.
        inputs: columns of the same row that it is computed of.
        origin: where the observations behind it are.
    """

    formula: str = Field(min_length=1)
    inputs: tuple[str, ...] = ()
    origin: Origin


class Formulas(_Strict):
    """The formulas of one table.

    Attributes:
        mart: the dbt model that computes them.
        version: raised whenever one of them is computed in another way.
    """

    table: str
    mart: str
    version: int = Field(ge=1)
    columns: dict[str, Formula]


@cache
def formulas_of(plan_name: str, folder: Path = FOLDER) -> Formulas:
    """The formulas of the table that a plan publishes. Raises `FileNotFoundError` or `ValidationError`: a test reads them all."""
    text = (folder / f"{plan_name}.yaml").read_text(encoding="utf-8")
    return Formulas.model_validate(yaml.load(text, yaml.CSafeLoader))

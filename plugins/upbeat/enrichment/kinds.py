"""The five kinds of question."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["base_gender", "base_location", "categ_lang_topics", "audience_age_gender", "audience_cities"]
KINDS: tuple[Kind, ...] = get_args(Kind)

READS_POSTS: frozenset[Kind] = frozenset({"categ_lang_topics", "audience_age_gender", "audience_cities"})
"""Kinds that are shown the captions of recent posts beside handle and biography."""

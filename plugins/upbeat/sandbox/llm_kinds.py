"""The kinds of question that the stand-in of the language model knows, by the name of the schema that a request bears."""

from __future__ import annotations

from typing import Any

KINDS = ("base_gender", "base_location", "categ_lang_topics", "audience_age_gender", "audience_cities")
UNKNOWN_KIND = "other"
_BY_FIELD = {
    "gender": "base_gender",
    "cities": "audience_cities",
    "age_ranges": "audience_age_gender",
    "topics": "categ_lang_topics",
    "city": "base_location",
}
MAIN_FIELD = {
    "base_gender": "gender",
    "base_location": "country",
    "categ_lang_topics": "category",
    "audience_age_gender": "age_ranges",
    "audience_cities": "cities",
}
"""The field whose being right the confidence is about."""


def kind_of(name: str, schema: dict[str, Any]) -> str:
    """The kind that a schema's name begins with, else the one whose field it has; `other` for none."""
    named = next((kind for kind in KINDS if name.startswith(kind)), None)
    if named is not None:
        return named
    properties = schema.get("properties", {})
    return next((kind for field, kind in _BY_FIELD.items() if field in properties), UNKNOWN_KIND)

"""Labels and answers in one form, so that they can be compared: cases, names and aliases folded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from upbeat.enrichment.categories import CATEGORIES
from upbeat.enrichment.evaluation.city_names import city_key

_GENDERS = {
    "male": ("m", "man", "men", "boy"),
    "female": ("f", "w", "woman", "women", "girl"),
    "mixed": ("couple", "group", "brand", "family", "organisation", "organization", "team"),
}
_GENDER_OF = {alias: name for name, aliases in _GENDERS.items() for alias in (name, *aliases)}
_CATEGORY_OF = {name.casefold(): name for name in CATEGORIES}
_COUNTRY_ALIASES = {"uk": "GB", "usa": "US", "uae": "AE", "england": "GB", "scotland": "GB", "bharat": "IN"}
AGE_RANGES = ("13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")


def gender(value: str) -> str:
    """`male`, `female` or `mixed`. Raises `ValueError` for anything else."""
    if (found := _GENDER_OF.get(value.strip().casefold())) is None:
        raise ValueError("must be male, female or mixed")
    return found


def country(value: str) -> str:
    """ISO 3166-1 alpha-2, from a code or an English name. Raises `ValueError` for anything else."""
    text = value.strip()
    if (alias := _COUNTRY_ALIASES.get(text.casefold())) is not None:
        return alias
    found = text.upper() if text.upper() in _countries().values() else _countries().get(text.casefold())
    if found is None:
        raise ValueError("must be a code of ISO 3166-1 alpha-2 or an English name of a country")
    return found


def language(value: str) -> str:
    """ISO 639-1, from a code (a region behind it is left out) or an English name. Raises `ValueError` for anything else."""
    text = value.strip().casefold().replace("_", "-")
    code = text.partition("-")[0]
    found = code if code in _languages().values() else _languages().get(text)
    if found is None:
        raise ValueError("must be a code of ISO 639-1 or an English name of a language")
    return found


def category(value: str) -> str:
    """One of `CATEGORIES`, whatever the case. Raises `ValueError` for anything else."""
    if (found := _CATEGORY_OF.get(" ".join(value.casefold().split()))) is None:
        raise ValueError("must be one of the categories that the prompts know")
    return found


def topics(value: Any) -> frozenset[str]:
    """Topics without case, hyphens and the plural of the last word. Raises `ValueError` for what is no list of texts."""
    if not isinstance(value, list | tuple) or not all(isinstance(topic, str) for topic in value):
        raise ValueError("must be a list of texts")
    return frozenset(key for topic in value if (key := _topic(topic)))


def shares(value: Any, names: tuple[str, ...]) -> dict[str, float]:
    """A distribution by the key that `names` make of each row: `range`; or `city` and `country`. Raises `ValueError`."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of objects")
    found: dict[str, float] = {}
    for row in value:
        if not isinstance(row, Mapping) or not set(row) >= {*names, "share"}:
            raise ValueError(f"must be a list of objects with {', '.join(names)} and share")
        part = row["share"]
        if isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 1:
            raise ValueError("share must be a number from 0 to 1")
        key = " ".join(_part(name, row[name]) for name in names)
        if key in found:
            raise ValueError("states a part twice")
        found[key] = float(part)
    if sum(found.values()) > 1.02:
        raise ValueError("the shares must sum to 1 at most")
    return found


def _part(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")
    if name == "range":
        if value not in AGE_RANGES:
            raise ValueError(f"range must be one of {', '.join(AGE_RANGES)}")
        return value
    return {"gender": gender, "country": country, "city": city_key}[name](value)


def _topic(text: str) -> str:
    words = text.casefold().replace("-", " ").strip().lstrip("#").split()
    if words and len(words[-1]) > 3 and words[-1].endswith("s") and not words[-1].endswith("ss"):
        words[-1] = words[-1][:-1]
    return " ".join(words)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    from babel import Locale

    return {
        name.casefold(): code
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "EZ", "UN", "XA", "XB")
    }


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    from babel import Locale

    return {name.casefold(): code for code, name in Locale("en").languages.items() if len(code) == 2}

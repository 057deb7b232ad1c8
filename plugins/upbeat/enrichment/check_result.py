"""Whether a value is what a prompt's schema asks for, in shape and in meaning. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from upbeat.enrichment.prompt import Prompt
from upbeat.stores.json_text import clean_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

WHOLES = {"age_ranges": "range", "gender_distribution": "gender"}
"""Lists whose shares are of a whole, with the field that names the part."""

PARTS = {"cities": "city"}
"""Lists of the largest parts alone."""

MOST_OFF = 0.1
_NOT_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)
_USUAL_MISTAKES = {"UK": "GB", "EL": "GR"}


def checked_result(value: Any, prompt: Prompt) -> dict[str, Any]:
    """The value with clean texts and scaled shares.

    Raises:
        ValueError: it is not of the schema, or says what cannot be: one line with the place, which quotes nothing of the value.
    """
    problem = next(iter(sorted(_validator(_encoded(prompt)).iter_errors(value), key=_depth)), None)
    if problem is not None:
        raise ValueError(_line(problem))
    result: dict[str, Any] = _clean(value)
    for name, part in {**WHOLES, **PARTS}.items():
        if isinstance(result.get(name), list):
            result[name] = _scaled(result[name], name, part)
    if isinstance(result.get("topics"), list):
        result["topics"] = list(dict.fromkeys(topic.lower() for topic in result["topics"] if topic))
    _check_codes(result)
    return result


def _encoded(prompt: Prompt) -> bytes:
    return orjson.dumps(prompt.output_schema)


@lru_cache(maxsize=64)
def _validator(schema: bytes) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(orjson.loads(schema))


def _depth(problem: ValidationError) -> tuple[int, str]:
    return len(problem.absolute_path), str(list(problem.absolute_path))


def _line(problem: ValidationError) -> str:
    """Our own words: the library's quote the value, in which may stand what a stranger wrote."""
    place = ".".join(str(part) for part in problem.absolute_path) or "the answer"
    wanted = problem.validator_value
    lines = {
        "type": lambda: f"must be {' or '.join(wanted) if isinstance(wanted, list) else wanted}",
        "enum": lambda: "must be one of the schema's values",
        "required": lambda: f"must have {', '.join(name for name in wanted if name not in problem.instance)}",
        "additionalProperties": lambda: "must have no fields but the schema's",
    }
    found = lines.get(str(problem.validator))
    return f"{place}: {found() if found else f'{problem.validator} must be {wanted}'}"


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        visible = "".join(
            c if unicodedata.category(c) not in ("Cc", "Cf") else " " for c in clean_text(value)
        )
        return " ".join(visible.split())
    if isinstance(value, Mapping):
        return {name: _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


def _scaled(rows: list[dict[str, Any]], name: str, part: str) -> list[dict[str, Any]]:
    """Shares that sum to 1 (of a whole), or to 1 at most, rounded to six decimals; each part once."""
    if not all(row[part] for row in rows):
        raise ValueError(f"{name}: a {part} is empty")
    keys = [(row[part], row.get("country")) for row in rows]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{name}: a {part} is stated twice")
    total = math.fsum(row["share"] for row in rows)
    is_whole = name in WHOLES
    if total > 1 + MOST_OFF or (is_whole and total < 1 - MOST_OFF):
        raise ValueError(f"{name}: the shares must sum to {'1' if is_whole else 'at most 1'}")
    if not is_whole and total <= 1:
        return rows
    return [{**row, "share": round(row["share"] / total, 6)} for row in rows]


def _check_codes(result: dict[str, Any]) -> None:
    for row in (result, *(row for row in result.get("cities", ()))):
        if isinstance(row.get("country"), str):
            row["country"] = _USUAL_MISTAKES.get(row["country"], row["country"])
            if row["country"] not in _countries():
                raise ValueError("country: must be a code of ISO 3166-1 alpha-2")
    if isinstance(result.get("language"), str) and result["language"] not in _languages():
        raise ValueError("language: must be a code of ISO 639-1")


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    from babel import Locale

    known = map(str, Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    from babel import Locale

    return frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2)

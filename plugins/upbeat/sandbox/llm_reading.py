"""What a creator's own text tells: places by name, pronouns, scripts. Nothing in it is obeyed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from upbeat.sandbox.llm_categories import CATEGORIES, SYNONYMS
from upbeat.sandbox.llm_countries import BY_NAME, CITY_COUNTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What is known; None where nothing is. `audience_country` None: as `country`."""

    gender: str | None = None
    country: str | None = None
    city: str | None = None
    audience_country: str | None = None
    category: str | None = None
    language: str | None = None


_PLACES = {
    **{name.lower(): (code, None) for name, code in ((n, c.code) for n, c in BY_NAME.items())},
    **{city.lower(): (code, city) for city, code in CITY_COUNTRY.items()},
    "bangalore": ("IN", "Bengaluru"), "bombay": ("IN", "Mumbai"), "new delhi": ("IN", "Delhi"), "usa": ("US", None),
    "uk": ("GB", None), "मुंबई": ("IN", "Mumbai"), "दिल्ली": ("IN", "Delhi"), "भारत": ("IN", None), "🇮🇳": ("IN", None),
    "🇧🇷": ("BR", None), "🇺🇸": ("US", None), "🇬🇧": ("GB", None), "🇮🇩": ("ID", None), "🇲🇽": ("MX", None),
}  # fmt: skip
_PLACE = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(name) for name in sorted(_PLACES, key=len, reverse=True)) + r")(?!\w)"
)
_GENDER = re.compile(
    r"(?<!\w)(?:(?P<female>she/her|actress|mother of|mom of|mum of|wife of|mãe de|अभिनेत्री)"
    r"|(?P<male>he/him|actor|father of|dad of|husband of|pai de|अभिनेता)"
    r"|(?P<mixed>they/them|couple|official store|our team|the band|we are))(?!\w)"
)
_SCRIPTS = (
    (re.compile("[\u0900-\u097f]"), "hi", "IN"), (re.compile("[\u0980-\u09ff]"), "bn", None),
    (re.compile("[\u0a00-\u0a7f]"), "pa", "IN"), (re.compile("[\u0b80-\u0bff]"), "ta", "IN"),
    (re.compile("[\u0c00-\u0c7f]"), "te", "IN"), (re.compile("[\u0c80-\u0cff]"), "kn", "IN"),
    (re.compile("[\u0d00-\u0d7f]"), "ml", "IN"), (re.compile("[\u0a80-\u0aff]"), "gu", "IN"),
    (re.compile("[\u3040-\u30ff]"), "ja", "JP"), (re.compile("[\uac00-\ud7af]"), "ko", "KR"),
    (re.compile("[\u0e00-\u0e7f]"), "th", "TH"), (re.compile("[\u0400-\u04ff]"), "ru", "RU"),
    (re.compile("[پچژگ]"), "fa", "IR"), (re.compile("[\u0600-\u06ff]"), "ar", None),
    (re.compile("[\u4e00-\u9fff]"), "zh", "CN"), (re.compile("[\u1200-\u137f]"), "am", "ET"),
)  # fmt: skip
_CATEGORY_OF = {word: category for category in reversed(CATEGORIES) for word in SYNONYMS[category]}
_CATEGORY = re.compile(r"(?<!\w)(?:" + "|".join(sorted(_CATEGORY_OF, key=len, reverse=True)) + r")(?!\w)")


@lru_cache(maxsize=20_000)
def read(text: str) -> Clues:
    """The clues in a text: the first place named, a word for a gender, the first script that is not Latin."""
    text = text.lower()
    country, city = _PLACES[found[0]] if (found := _PLACE.search(text)) else (None, None)
    gender = found.lastgroup if (found := _GENDER.search(text)) else None
    category = _CATEGORY_OF[found[0]] if (found := _CATEGORY.search(text)) else None
    language = None
    if not text.isascii():
        for script, spoken, home in _SCRIPTS:
            if script.search(text):
                language, country = spoken, country or home
                break
    return Clues(gender=gender, country=country, city=city, category=category, language=language)

"""What is true of a creator in the sandbox, for each kind of question. All of it is made up.

**No statement about a real person is meant**: gender, place, language, topics and audience of a public figure of the table are drawn
from a digest of the handle, with the table's category and audience country as the only facts that enter. Of handles that the world
does not know the text is read (`llm_reading`), and what it does not tell is drawn. The handles of `llm_labels` are drawn by their tail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from upbeat.sandbox.llm_categories import (
    AGES,
    CATEGORIES,
    FEMALE_AUDIENCE,
    TOPICS,
    WORLD_CATEGORIES,
    age_weights,
)
from upbeat.sandbox.llm_countries import BY_CODE, BY_NAME, WEIGHTED, Country
from upbeat.sandbox.llm_draws import choice, number, share, shares, weighted
from upbeat.sandbox.llm_reading import Clues, read
from upbeat.sandbox.world import World

LABELLED = re.compile(r"_sbx([0-9a-z]+)$")
"""The tail of a handle that `llm_labels` made up; the truth is drawn from it alone."""
GENDERS = (("female", 0.43), ("male", 0.42), ("mixed", 0.15))


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorTruth:
    """The answers. `country` is ISO 3166-1 alpha-2, `language` ISO 639-1; the shares of each list sum to 1."""

    gender: str
    country: str
    city: str
    category: str
    language: str
    topics: tuple[str, ...]
    age_ranges: tuple[tuple[str, float], ...]
    gender_distribution: tuple[tuple[str, float], ...]
    cities: tuple[tuple[str, str, float], ...]
    """City, country, share."""


def drawn_truth(key: str, known: Clues | None = None) -> CreatorTruth:
    """The truth that follows from a key, as far as `known` does not say otherwise."""
    known = known or Clues()
    country = BY_CODE.get(known.country or "") or weighted(WEIGHTED, key, "country")
    category = known.category or choice(CATEGORIES, key, "category")
    gender = known.gender or weighted(GENDERS, key, "gender")
    audience = BY_CODE.get(known.audience_country or "") or country
    return CreatorTruth(
        gender=gender,
        country=country.code,
        city=known.city or choice(country.cities, key, "city"),
        category=category,
        language=known.language or weighted(country.languages, key, "language"),
        topics=_topics(category, key),
        age_ranges=_ages(category, key),
        gender_distribution=_genders(category, gender, key),
        cities=_cities(audience, key),
    )


def truth_of(handle: str, text: str, world: World, *, is_youtube: bool = False) -> CreatorTruth:
    """The truth about a handle; `text` is read only when neither the world nor the handle itself tells."""
    handle = handle.lower().lstrip("@")
    if (labelled := LABELLED.search(handle)) is not None:
        return drawn_truth(labelled[1])
    if (clues := _in_world(handle, world, is_youtube=is_youtube)) is not None:
        return drawn_truth(handle, clues)
    return drawn_truth(handle, read(text))


def _in_world(handle: str, world: World, *, is_youtube: bool) -> Clues | None:
    """What the tables tell of a creator; None for one that is in neither."""
    creator, channel = world.creator(handle), world.youtube.channel(handle)
    if creator is not None and not (is_youtube and channel is not None):
        return _from_table(handle, creator.category, creator.audience_country)
    if channel is not None:
        return _from_table(handle, channel.category, channel.country)
    return None


def _from_table(handle: str, category: str, audience_country: str) -> Clues:
    """Most creators live where their audience does; the others where the digest says."""
    audience = BY_NAME.get(audience_country)
    code = audience.code if audience else None
    is_home = share(handle, "home") < 0.85
    return Clues(
        country=code if is_home else None, audience_country=code, category=WORLD_CATEGORIES.get(category)
    )


def _topics(category: str, key: str) -> tuple[str, ...]:
    pool = TOPICS[category]
    first, count = number(key, "topics") % len(pool), 2 + number(key, "how many topics") % 3
    return tuple(pool[(first + place) % len(pool)] for place in range(count))


def _ages(category: str, key: str) -> tuple[tuple[str, float], ...]:
    weights = [
        w * (0.7 + 0.6 * share(key, "age", a)) for a, w in zip(AGES, age_weights(category), strict=True)
    ]
    return tuple(zip(AGES, shares(weights), strict=True))


def _genders(category: str, gender: str, key: str) -> tuple[tuple[str, float], ...]:
    lean = {"female": 0.08, "male": -0.08}.get(gender, 0.0) + 0.16 * (share(key, "audience gender") - 0.5)
    usual = FEMALE_AUDIENCE.get(category, 0.5)
    female, male = shares([usual + lean, 1 - usual - lean])
    return ("female", female), ("male", male)


def _cities(audience: Country, key: str) -> tuple[tuple[str, str, float], ...]:
    """Four cities at most of the audience's country, and one from abroad."""
    abroad = weighted([pair for pair in WEIGHTED if pair[0] is not audience], key, "abroad")
    first = number(key, "audience city") % len(audience.cities)
    home = [
        audience.cities[(first + place) % len(audience.cities)]
        for place in range(min(4, len(audience.cities)))
    ]
    places = [(city, audience.code) for city in home] + [
        (choice(abroad.cities, key, "city abroad"), abroad.code)
    ]
    weights = [(0.7 + 0.6 * share(key, "city", city)) / (rank + 1) for rank, (city, _) in enumerate(places)]
    ranked = sorted(zip(places, shares(weights), strict=True), key=lambda pair: -pair[1])
    return tuple((city, code, portion) for (city, code), portion in ranked)


def wrong_truth(key: str, truth: CreatorTruth) -> CreatorTruth:
    """Another creator's truth, different in every field: what a plausible mistake says."""
    country = weighted([pair for pair in WEIGHTED if pair[0].code != truth.country], key, "wrong country")
    category = choice([name for name in CATEGORIES if name != truth.category], key, "wrong category")
    gender = weighted([pair for pair in GENDERS if pair[0] != truth.gender], key, "wrong gender")
    other = drawn_truth(key, Clues(country=country.code, category=category, gender=gender))
    language = (
        other.language if other.language != truth.language else ("en" if truth.language != "en" else "es")
    )
    topics = tuple(topic for topic in other.topics if topic not in truth.topics)
    return replace(
        other,
        language=language,
        topics=topics,
        age_ranges=_turned(truth.age_ranges),
        gender_distribution=_turned(truth.gender_distribution),
    )


def _turned(portions: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """The same shares in the opposite order."""
    return tuple(
        (name, portion) for (name, _), (_, portion) in zip(portions, reversed(portions), strict=True)
    )

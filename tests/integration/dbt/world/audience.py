"""Who follows, likes and is followed; how real they look; what models say of the creators; what owners are told of their figures."""

from __future__ import annotations

import json
import random
from datetime import timedelta

from .people import Person
from .world import DAY, HOUR, NOW, Row, World

KINDS = ("base_gender", "base_location", "categ_lang_topics", "audience_age_gender", "audience_cities")
AGES = ("13-17", "18-24", "25-34", "35-44")
CITIES = ("Mumbai", "Delhi", "São Paulo")
LOCALES = {"en_US": 900.0, "en_GB": 300.0, "hi_IN": 700.0, "PT-br": 100.0, "": 50.0}
SCRIPTS = ("Latin", "Devanagari", None, "")


def add_relations(world: World, rng: random.Random, people: list[Person]) -> None:
    """Samples out of 200 accounts, so that audiences overlap; some accounts are themselves creators."""
    crowd = [f"a{number}" for number in range(200)]
    for person in (p for p in people if p.platform == "INSTAGRAM"):
        creators = [p.profile_id for p in people if p.platform == "INSTAGRAM" and p is not person]
        for table, size in (("follower", rng.choice([0, 5, 60])), ("following", rng.choice([0, 12]))):
            chosen = rng.sample(crowd, size) + rng.sample(creators, 2)
            world.add(table, [_listed(rng, {"profile_id": person.profile_id}, account) for account in chosen])
    for post in world.final("instagram_post")[::5]:
        chosen = rng.sample(crowd, rng.randrange(8))
        world.add("liker", [_listed(rng, {"post_id": post["post_id"]}, account) for account in chosen])
    row = {name: value for name, value in world["follower"][0].items() if not name.startswith("_")}
    world.add("follower", [{**row, "account_id": ""}, row])


def _listed(rng: random.Random, subject: Row, account: str) -> Row:
    return {
        "platform": "INSTAGRAM",
        **subject,
        "account_id": account,
        "handle": rng.choice([f"handle_{account}", None]),
        "full_name": rng.choice(["Priya", None]),
        "is_private": rng.choice([True, False, None]),
        "is_verified": None,
        "source": "lama",
        "observed_at": NOW - timedelta(hours=rng.randrange(2, 900)),
    }


def add_scores(world: World, rng: random.Random, people: list[Person]) -> None:
    """Samples of followers and of commenters at several times, many accounts in several of them."""
    more = random.Random(
        len(people)
    )  # what the model says leaves the draws of the rest of the world as they are
    for person in people[::2]:
        for relation in ("follower", "commenter"):
            for sample in range(rng.choice([0, 1, 3])):
                at = NOW - sample * 30 * DAY - 5 * HOUR
                for account in rng.sample(range(200), rng.choice([1, 12, 40])):
                    world.add(
                        "follower_score",
                        [
                            _score(
                                rng,
                                more,
                                person,
                                relation,
                                f"a{account}",
                                f"{person.profile_id}-{relation}-{sample}",
                                at,
                            )
                        ],
                    )
    row = {name: value for name, value in world["follower_score"][0].items() if not name.startswith("_")}
    world.add("follower_score", [{**row, "account_id": ""}])
    told = {
        (r["platform"], r["profile_id"], r["relation"], r["sample_id"]): r for r in world["follower_score"]
    }
    # Every third sample is not summed up yet, and one of the four first people has a sample that nobody was scored in.
    world.add(
        "audience_quality",
        [_quality(more, row) for row in list(told.values())[::3] + list(told.values())[1::3]],
    )
    world.add("audience_quality", [_quality(more, {**row, "sample_id": "nobody"})])


def _score(
    rng: random.Random,
    more: random.Random,
    person: Person,
    relation: str,
    account: str,
    sample: str,
    at: object,
) -> Row:
    score = rng.choice([0.0, 0.0, 0.0, 0.33, 1.0])
    return {
        "platform": person.platform,
        "profile_id": person.profile_id,
        "relation": relation,
        "account_id": account,
        "handle": f"handle_{account}",
        "full_name": rng.choice(["Priya", None]),
        "score": score,
        "decided_by": "digits" if score == 1.0 else None,
        "lang_flag": False,
        "digits_flag": score == 1.0,
        "special_char_flag": False,
        "similarity": rng.choice([None, 55.0]),
        "is_known_name": rng.choice([True, False]),
        "digits": more.choice([None, 3]),
        "model_probability": more.choice([None, 0.25]),
        "model_reasons": more.choice([None, '[["digits", 0.5]]']),
        "script": SCRIPTS[int(account[1:]) % len(SCRIPTS)],
        "sample_id": sample,
        "scorer_version": "1.0",
        "source": "scorer",
        "observed_at": at,
    }


def _quality(rng: random.Random, score: Row) -> Row:
    """What one sample says of its audience; of some by the rules alone, of some by the model alone."""
    row = {name: score[name] for name in ("platform", "profile_id", "relation", "sample_id")}
    rules, model = (
        sorted(rng.random() for _ in range(3)) if rng.random() < 0.7 else [None] * 3 for _ in range(2)
    )
    return {
        **row,
        "sample_size": 10,
        "fake_count": 1,
        "weak_count": 2,
        "real_count": 7,
        "fake_share": 0.1,
        "weak_share": 0.2,
        "real_share": 0.7,
        "corrected_fake_share": rules[1],
        "fake_share_low": rules[0],
        "fake_share_high": rules[2],
        "model_sample_size": None if model[0] is None else rng.randrange(1, 11),
        "model_fake_share": model[1],
        "model_fake_share_low": model[0],
        "model_fake_share_high": model[2],
        "scorer_version": "1.0",
        "source": "scorer",
        "observed_at": score["observed_at"] + HOUR,
    }


def add_enrichments(world: World, rng: random.Random, people: list[Person]) -> None:
    """Answers of two versions of a prompt, of a real model and of the sandbox: all, some or none of them for a creator."""
    for person in people:
        for kind in KINDS:
            for is_sandbox in (True, False):
                for version in ("v0.12", "v1.0"):
                    if rng.random() < 0.4:
                        world.add("enrichment", [_answer(rng, person, kind, version, is_sandbox)])
    row = {name: value for name, value in world["enrichment"][0].items() if not name.startswith("_")}
    world.add("enrichment", [{**row, "profile_id": ""}])
    # A clock far ahead: the answer is as old as its arrival, and later ones take its place.
    world.add(
        "enrichment",
        [{**row, "observed_at": NOW + 90 * DAY, "model": "fast", "is_sandbox": False}],
        ingested=NOW - 80 * DAY,
    )


def _answer(rng: random.Random, person: Person, kind: str, version: str, is_sandbox: bool) -> Row:
    country, city = rng.choice(
        [("IN", "Mumbai"), ("IN", None), ("BR", "São Paulo"), ("us", None), (None, None)]
    )
    topics = rng.choice(
        [None, "[]", json.dumps(["food", "street food"]), json.dumps(["tech", " tech ", ""]), "{"]
    )
    given: dict[str, Row] = {
        "base_gender": {"gender": rng.choice(["female", "male", "mixed"])},
        "base_location": {"country": country, "city": city},
        "categ_lang_topics": {
            "category": rng.choice(["Food", "Tech", None]),
            "language": rng.choice(["hi", "en", "", None]),
            "topics": topics,
        },
        "audience_age_gender": {},
        "audience_cities": {},
    }
    result: Row = given[kind]
    if kind == "audience_age_gender":
        result = {"age_ranges": dict.fromkeys(AGES, 0.25), "genders": {"female": 0.6, "male": 0.4}}
    elif kind == "audience_cities":
        result = {"cities": [{"city": city_name, "share": 0.3} for city_name in CITIES]}
    return {
        "platform": person.platform,
        "profile_id": person.profile_id,
        "kind": kind,
        "model": "example-model",
        "prompt_version": version,
        "handle": person.handle,
        "result": json.dumps(result),
        "gender": None, "country": None, "city": None, "category": None, "language": None, "topics": None,
        **given[kind],
        "confidence": rng.choice([None, 0.8]),
        "is_sandbox": is_sandbox,
        "source": "sandbox" if is_sandbox else "openai",
        "observed_at": NOW - timedelta(hours=rng.randrange(2, 2000)),
    }  # fmt: skip


def add_insights(world: World, rng: random.Random, people: list[Person]) -> None:
    """Twelve connected accounts of either platform: figures per day, who follows them, and of their posts and stories."""
    connected = [*people[:12], *people[36:44]]
    for person in connected:
        metrics = (
            ("reach", "impressions", "profile_views")
            if person.platform == "INSTAGRAM"
            else ("views", "estimatedMinutesWatched", "subscribersGained")
        )
        for day in range(1, 60):
            if rng.random() < 0.9:
                end = (NOW - day * DAY).replace(hour=8)
                rows = [
                    _figure(person, person.profile_id, name, "day", end, float(rng.randrange(10**5)))
                    for name in metrics
                ]
                world.add("profile_insight", rows)
        for day in (0, 30):
            end = (NOW - day * DAY).replace(hour=0)
            world.add("profile_insight", _audience(rng, person, end))
        world.add("profile_insight", [{**rows[0], "value": 5.0, "observed_at": NOW - HOUR}])  # told anew
    ids = {person.profile_id: person for person in connected}
    for table in ("instagram_post", "youtube_post"):
        for post in world.final(table):
            if (owner := ids.get(post["profile_id"])) and post["post_id"]:
                for name in (
                    ("reach", "saved", "total_interactions")
                    if table == "instagram_post"
                    else ("views", "averageViewDuration")
                ):
                    world.add(
                        "post_insight",
                        [
                            _figure(
                                owner,
                                post["post_id"],
                                name,
                                "lifetime",
                                NOW.replace(hour=0),
                                float(rng.randrange(5000)),
                            )
                        ],
                    )
    for story in world.final("story"):
        if (owner := ids.get(story["profile_id"])) and story["story_id"]:
            for name in ("reach", "replies", "taps_forward", "taps_back", "exits"):
                world.add(
                    "story_insight",
                    [
                        _figure(
                            owner,
                            story["story_id"],
                            name,
                            "lifetime",
                            NOW.replace(hour=0),
                            float(rng.randrange(900)),
                        )
                    ],
                )
    world.add("profile_insight", [{**_figure(connected[0], "", "reach", "day", NOW, 1.0)}])


def _audience(rng: random.Random, person: Person, end: object) -> list[Row]:
    metric = "follower_demographics" if person.platform == "INSTAGRAM" else "viewerPercentage"
    parts = [("age_gender", f"{gender}.{age}") for gender in "FMU" for age in AGES]
    parts += [("country", "IN"), ("country", "BR"), *(("city", city) for city in CITIES)]
    amounts = [(name, value, float(rng.randrange(1, 4000))) for name, value in parts]
    amounts += [("locale", locale, amount) for locale, amount in LOCALES.items()]
    return [
        {
            **_figure(person, person.profile_id, metric, "lifetime", end, amount),
            "breakdown": name,
            "breakdown_value": value,
        }
        for name, value, amount in amounts
    ]


def _figure(person: Person, subject: str, metric: str, period: str, end: object, value: float) -> Row:
    return {
        "platform": person.platform,
        "subject_id": subject,
        "metric": metric,
        "period": period,
        "breakdown": "",
        "breakdown_value": "",
        "end_time": end,
        "value": value,
        "source": "graphapi" if person.platform == "INSTAGRAM" else "youtube_analytics",
        "observed_at": min(NOW - 2 * HOUR, end + 5 * HOUR) if isinstance(end, type(NOW)) else NOW,
    }

"""What the marts of audiences must hold, worked out from raw rows in plain Python."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from itertools import combinations
from statistics import NormalDist, median
from typing import Any

from upbeat import engagement

from .world.world import World

Row = dict[str, Any]
Key = tuple[Any, ...]
MOST_FOLLOWED = 200
Z = NormalDist().inv_cdf(0.975)
BANDS = ((10_000, "nano"), (100_000, "micro"), (500_000, "mid"), (1_000_000, "macro"))


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Both ends of Wilson's score interval, 95 %: the shares that a test would not refuse, by solving its equation."""
    share = successes / trials
    a = 1 + Z**2 / trials
    b = -(2 * share + Z**2 / trials)
    root = math.sqrt(max(0.0, b * b - 4 * a * share * share))
    return max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))


def samples(world: World) -> dict[Key, list[Row]]:
    """(platform, profile, relation, sample) → its scores, whatever was scored since."""
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in world.clean("follower_score"):
        found[row["platform"], row["profile_id"], row["relation"], row["sample_id"]].append(row)
    return found


def newest_scores(world: World, relation: str) -> list[Row]:
    """The newest score of each account of an audience, whatever the sample."""
    newest: dict[Key, Row] = {}
    for row in sorted(world.clean("follower_score"), key=lambda row: row["observed_at"]):
        if row["relation"] == relation:
            newest[row["platform"], row["profile_id"], row["account_id"]] = row
    return list(newest.values())


def shares(scores: list[Row]) -> Row:
    """Counts and shares of the scores, with the interval of the fake ones."""
    size = len(scores)
    counts = {
        "fake": sum(row["score"] == 1.0 for row in scores),
        "weak": sum(row["score"] == 0.33 for row in scores),
        "real": sum(row["score"] == 0.0 for row in scores),
    }
    low, high = wilson(counts["fake"], size)
    return {
        "sample_size": size,
        **{f"{name}_share": number / size for name, number in counts.items()},
        "fake_share_low": low,
        "fake_share_high": high,
    }


ESTIMATES = {
    "corrected_fake_share": "corrected_fake_share",
    "corrected_fake_share_low": "fake_share_low",
    "corrected_fake_share_high": "fake_share_high",
    "model_sample_size": "model_sample_size",
    "model_fake_share": "model_fake_share",
    "model_fake_share_low": "model_fake_share_low",
    "model_fake_share_high": "model_fake_share_high",
}
"""Columns of the marts by what the events call them."""


def estimates(world: World) -> dict[Key, Row]:
    """(platform, profile, relation, sample) → what it says of the whole audience."""
    return {
        (row["platform"], row["profile_id"], row["relation"], row["sample_id"]): {
            shown: row[told] for shown, told in ESTIMATES.items()
        }
        for row in world.clean("audience_quality")
    }


def authenticity(world: World) -> dict[Key, Row]:
    """(platform, profile) → the newest sample of followers."""
    newest: dict[Key, tuple[Any, str]] = {}
    found, told = {}, estimates(world)
    for (platform, profile, relation, sample), scores in samples(world).items():
        at = (max(row["observed_at"] for row in scores), sample)
        if relation == "follower" and at > newest.get(
            (platform, profile), (at[0].min.replace(tzinfo=at[0].tzinfo), "")
        ):
            newest[platform, profile] = at
            real_low, real_high = wilson(sum(row["score"] == 0.0 for row in scores), len(scores))
            interval = {"real_share_low": real_low, "real_share_high": real_high}
            of_all = told.get((platform, profile, relation, sample), dict.fromkeys(ESTIMATES))
            found[platform, profile] = {**shares(scores), **interval, **of_all, "sample_id": sample}
    return found


def trend(world: World) -> dict[Key, Row]:
    """(platform, profile, relation, sample) → its shares and those of the sample before."""
    series: dict[Key, list[tuple[Any, str, Row]]] = defaultdict(list)
    for (platform, profile, relation, sample), scores in samples(world).items():
        at = max(row["observed_at"] for row in scores)
        series[platform, profile, relation].append((at, sample, shares(scores)))
    expected, told = {}, estimates(world)
    for key, found in series.items():
        before: Row | None = None
        for number, (_, sample, row) in enumerate(sorted(found, key=lambda item: item[:2]), 1):
            apart = before and (
                row["fake_share_low"] > before["fake_share_high"]
                or row["fake_share_high"] < before["fake_share_low"]
            )
            expected[*key, sample] = {
                **row,
                **told.get((*key, sample), dict.fromkeys(ESTIMATES)),
                "sample_number": number,
                "previous_fake_share": before and before["fake_share"],
                "is_beyond_chance": apart,
            }
            before = row
    return expected


def overlaps(world: World) -> dict[Key, Row]:
    """(platform, profile, other profile) → how many followers they share."""
    followers: dict[Key, set[str]] = defaultdict(set)
    followed: dict[Key, set[str]] = defaultdict(set)
    for row in world.clean("follower"):
        followers[row["platform"], row["profile_id"]].add(row["account_id"])
        followed[row["platform"], row["account_id"]].add(row["profile_id"])
    shared: Counter[Key] = Counter()
    for (platform, _), profiles in followed.items():
        if len(profiles) <= MOST_FOLLOWED:
            shared.update((platform, *pair) for pair in combinations(sorted(profiles), 2))
    expected = {}
    for (platform, one, other), number in shared.items():
        a, b = followers[platform, one], followers[platform, other]
        expected[platform, one, other] = {
            "shared_followers": number,
            "known_followers": len(a),
            "jaccard": len(a & b) / len(a | b),
            "overlap_share": len(a & b) / min(len(a), len(b)),
        }
    return expected


def commenters(world: World) -> dict[Key, Row]:
    """(platform, profile) → commenters that were scored, and what they wrote."""
    scores: dict[Key, dict[str, float]] = defaultdict(dict)
    for row in newest_scores(world, "commenter"):
        scores[row["platform"], row["profile_id"]][row["account_id"]] = row["score"]
    owners = {
        (p["platform"], p["post_id"]): p["profile_id"]
        for t in ("instagram_post", "youtube_post")
        for p in world.clean(t)
    }
    written: dict[Key, Counter[str | None]] = defaultdict(Counter)
    for table in ("comment", "youtube_comment"):
        for row in world.clean(table):
            owner = owners.get((row["platform"], row["post_id"]))
            if owner is not None and row["author_id"] != owner:
                written[row["platform"], owner][row["author_id"]] += 1
    expected = {}
    for key, by_account in scores.items():
        told = {account: written[key][account] for account in by_account}
        scored, fake = sum(told.values()), sum(told[a] for a, score in by_account.items() if score == 1.0)
        size = len(by_account)
        expected[key] = {
            "sample_size": size,
            "fake_share": sum(score == 1.0 for score in by_account.values()) / size,
            "comments": sum(written[key].values()),
            "scored_comments": scored,
            "fake_comments_share": fake / scored if scored else None,
            **_of_newest_commenters(world, key),
        }
    return expected


def _of_newest_commenters(world: World, account: Key) -> Row:
    ages = [
        (max(row["observed_at"] for row in scores), key)
        for key, scores in samples(world).items()
        if key[:3] == (*account, "commenter")
    ]
    return estimates(world).get(max(ages)[1], dict.fromkeys(ESTIMATES))


def demographics(world: World) -> dict[Key, Row]:
    """(platform, profile, dimension, value) → share and where it comes from."""
    amounts: dict[Key, Counter[str]] = defaultdict(Counter)
    for (platform, profile, value), amount in _told(world, "age_gender").items():
        letter, age = value.split(".")
        gender = {"F": "female", "M": "male"}.get(letter, "unknown")
        for dimension, part in (("age_gender", value), ("age", age), ("gender", gender)):
            amounts[platform, profile, dimension][part] += amount
    basis = dict.fromkeys(amounts, "insight")
    answers = _answers(world, "audience_age_gender")
    for (platform, profile), answer in answers.items():
        for dimension, name in (("age", "age_ranges"), ("gender", "genders")):
            key = (platform, profile, dimension)
            if key not in basis:
                amounts[key].update(answer["result"].get(name, {}))
    return _as_shares(amounts, basis, answers)


def locations(world: World) -> dict[Key, Row]:
    """(platform, profile, level, place) → share and where it comes from."""
    amounts: dict[Key, Counter[str]] = defaultdict(Counter)
    for level in ("country", "city"):
        for (platform, profile, place), amount in _told(world, level).items():
            amounts[platform, profile, level][place] += amount
    basis = dict.fromkeys(amounts, "insight")
    answers = _answers(world, "audience_cities")
    for (platform, profile), answer in answers.items():
        if (key := (platform, profile, "city")) not in basis:
            amounts[key].update({city["city"]: city["share"] for city in answer["result"].get("cities", ())})
    return _as_shares(amounts, basis, answers)


def languages(world: World) -> dict[Key, Row]:
    """(platform, profile, basis, value) → its share: languages as the platform tells them, scripts of scored followers' names."""
    amounts: dict[Key, Counter[str]] = defaultdict(Counter)
    for (platform, profile, locale), amount in _told(world, "locale").items():
        if locale:
            amounts[platform, profile, "language"][re.split("[-_]", locale)[0].lower()] += amount
    for row in newest_scores(world, "follower"):
        if row["script"]:
            amounts[row["platform"], row["profile_id"], "script"][row["script"]] += 1
    return {
        (*key, value): {"share": amount / sum(parts.values())}
        for key, parts in amounts.items()
        for value, amount in parts.items()
    }


def _told(world: World, breakdown: str) -> dict[Key, float]:
    rows = [
        row
        for row in world.clean("profile_insight")
        if row["breakdown"] == breakdown and row["metric"] in ("follower_demographics", "viewerPercentage")
    ]
    newest: dict[Key, Any] = {}
    for row in rows:
        key = (row["platform"], row["subject_id"])
        newest[key] = max(newest.get(key, row["end_time"]), row["end_time"])
    return {
        (row["platform"], row["subject_id"], row["breakdown_value"]): row["value"]
        for row in rows
        if row["end_time"] == newest[row["platform"], row["subject_id"]]
    }


def _answers(world: World, kind: str) -> dict[Key, Row]:
    """The newest answer of a real model, else of the sandbox."""
    found: dict[Key, Row] = {}
    rows = [row for row in world.clean("enrichment") if row["kind"] == kind]
    for row in sorted(rows, key=lambda r: (not r["is_sandbox"], r["observed_at"], r["_event_id"])):
        found[row["platform"], row["profile_id"]] = {**row, "result": json.loads(row["result"])}
    return found


def _as_shares(
    amounts: dict[Key, Counter[str]], basis: dict[Key, str], answers: dict[Key, Row]
) -> dict[Key, Row]:
    def told(key: Key) -> Row:
        answer = {} if key in basis else answers[key[:2]]
        columns = ("confidence", "model", "prompt_version")
        return {**{name: answer.get(name) for name in columns}, "is_sandbox": answer.get("is_sandbox", False)}

    return {
        (*key, value): {
            "share": amount / sum(parts.values()),
            "basis": basis.get(key, "enrichment"),
            **told(key),
        }
        for key, parts in amounts.items()
        for value, amount in parts.items()
    }


def quality(accounts: list[Row], scored: dict[Key, Row]) -> dict[Key, Row]:
    """(platform, profile) → the score and its parts, from the accounts of the marts."""
    rates: dict[Key, list[float]] = defaultdict(list)
    for account in accounts:
        if account["followers"] is not None and account["engagement_rate"] is not None:
            rates[account["platform"], band(account["followers"])].append(account["engagement_rate"])
    expected = {}
    for account in accounts:
        key, followers = (account["platform"], account["profile_id"]), account["followers"]
        known = rates.get((key[0], band(followers)), []) if followers is not None else []
        benchmark = median(known) if known else None
        sample = scored.get(key)
        parts = {
            "authenticity_part": sample and 1 - (sample["fake_share"] + 0.33 * sample["weak_share"]),
            "reachability_part": _reachability(account["avg_likes"], followers),
            "engagement_part": min(1.0, account["engagement_rate"] / (2 * benchmark))
            if benchmark and account["engagement_rate"] is not None
            else None,
        }
        weighed = [
            (weight, part)
            for weight, part in zip((50, 25, 25), parts.values(), strict=True)
            if part is not None
        ]
        score = 100 * sum(w * p for w, p in weighed) / sum(w for w, _ in weighed) if sample else None
        expected[key] = {
            **parts,
            "quality_score": score,
            "sample_size": sample["sample_size"] if sample else 0,
            "model_fake_share": sample and sample["model_fake_share"],
            "model_fake_share_high": sample and sample["model_fake_share_high"],
        }
    return expected


def band(followers: int) -> str:
    """The size band."""
    return next((name for limit, name in BANDS if followers < limit), "mega")


def _reachability(likes: float | None, followers: int | None) -> float | None:
    if likes is None or not followers:
        return None
    # The formula takes whole likes: a mean of them is put in as it is.
    reach = likes * 0.85 * (7.6 - 0.7 * math.log10(likes)) if likes > 0 else engagement.post_reach(0)
    return min(1.0, reach / followers)

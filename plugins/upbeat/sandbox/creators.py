"""The creators that the sandbox tells of: public figures from the shipped table, everything else derived.

Figures and names are real and dated (the table's last month is the sandbox's present). Ids, biographies, links,
`following`, `media_count` and all flags are made up: drawn from a generator seeded by the handle, so that every
process gives the same ones. Five accounts for tests exist beside them; no such handles exist on Instagram.
"""

from __future__ import annotations

import csv
import hashlib
import math
import random
from dataclasses import dataclass
from pathlib import Path

from upbeat.errors import InputError

TABLE = Path(__file__).resolve().parents[3] / "include" / "sandbox" / "instagram_creators.csv"

PRIVATE_HANDLE = "private.account.sandbox"
PERSONAL_HANDLE = "personal.account.sandbox"
NO_FOLLOWERS_HANDLE = "nofollowers.account.sandbox"
NO_POSTS_HANDLE = "noposts.account.sandbox"
DECORATED_HANDLE = "decorated.account.sandbox"
CONNECTED = {
    "17841400000000001": "cristiano",
    "17841400000000002": "leomessi",
    "17841400000000003": "virat.kohli",
}
"""The accounts that the sandbox's Graph credentials belong to, by the Graph API's id of them: their insights are made up too."""
UNKNOWN_HANDLE = "unknown.account.sandbox"
"""No account has this handle: every API answers as it does for an account that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """One account as it stands now. `graph_id` is the id that the Graph API uses, `pk` everybody else's."""

    handle: str
    pk: int
    graph_id: str
    full_name: str
    biography: str
    category: str
    audience_country: str
    external_url: str
    is_verified: bool
    is_business: bool
    is_professional: bool = True
    """Business and creator accounts: the Graph API finds no others."""
    is_private: bool = False
    followers: int
    following: int
    media_count: int
    """Posts when the table was made; newer posts come on top."""
    avg_engagement: int
    """Likes + comments of a usual post."""
    has_posts: bool = True
    is_test_account: bool = False

    @property
    def picture_url(self) -> str:
        """Where the profile picture would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/profile/{self.pk}.jpg"


def digest(text: str) -> int:
    """A 64-bit number that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def synthetic_pk(handle: str) -> int:
    """A made-up Instagram user id: 11 digits, the same for a handle everywhere."""
    return 10_000_000_000 + digest(f"pk:{handle}") % 80_000_000_000


def synthetic_graph_id(handle: str) -> str:
    """A made-up Graph API user id: 17 digits that begin with 17841, as all real ones do."""
    connected = next((graph_id for graph_id, owner in CONNECTED.items() if owner == handle), None)
    return connected or f"17841{100_000_000_000 + digest(f'graph:{handle}') % 900_000_000_000}"


def describe(category: str, audience_country: str) -> str:
    """A biography of ours: says nothing about the person beyond the table's two columns."""
    parts = [category or "Public figure"]
    if audience_country:
        parts.append(f"followed most from {audience_country}")
    return " · ".join([*parts, "sandbox profile, text made up"])


def derive(
    handle: str,
    *,
    full_name: str,
    audience_country: str,
    category: str,
    followers: int,
    avg_engagement: int,
) -> Creator:
    """A creator from the figures that are known; the rest seeded by the handle."""
    seeded = random.Random(f"creator:{handle}")  # noqa: S311 - repeatable on purpose, guards nothing
    return Creator(
        handle=handle,
        pk=synthetic_pk(handle),
        graph_id=synthetic_graph_id(handle),
        full_name=full_name,
        biography=describe(category, audience_country),
        category=category,
        audience_country=audience_country,
        external_url=f"https://example.com/{handle}" if seeded.random() < 0.6 else "",
        is_verified=followers >= 5_000_000 or seeded.random() < 0.5,
        is_business=seeded.random() < 0.7,
        followers=followers,
        following=round(math.exp(seeded.uniform(math.log(20), math.log(3_000)))),
        media_count=round(math.exp(seeded.uniform(math.log(150), math.log(8_000)))),
        avg_engagement=avg_engagement,
    )


def read_creators(path: Path = TABLE) -> dict[str, Creator]:
    """The shipped creators by handle, largest first, with the figures of their last month.

    Raises `InputError` when the table is missing.
    """
    if not path.is_file():
        raise InputError(
            f"{path}: the sandbox's table is missing: restore it, or run upbeat.sandbox.build_world"
        )
    latest: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known = latest.get(row["handle"])
            if known is None or row["month"] > known["month"]:
                latest[row["handle"]] = row
    return {
        handle: derive(
            handle,
            full_name=row["full_name"],
            audience_country=row["audience_country"],
            category=row["category"],
            followers=int(row["followers"]),
            avg_engagement=int(row["avg_engagement"]),
        )
        for handle, row in latest.items()
    }


def made_up_creator(handle: str, *, followers: int = 10_000, full_name: str = "") -> Creator:
    """An account that exists only in the sandbox."""
    return derive(
        handle,
        full_name=full_name,
        audience_country="",
        category="",
        followers=followers,
        avg_engagement=max(1, followers // 50),
    )

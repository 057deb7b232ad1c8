"""The YouTube channels that the sandbox tells of: public figures from the shipped table, everything else derived.

Real and dated (December 2022): handles, public names, audience countries, categories, subscribers, averages per video. Made up from the
handle: ids, descriptions, joining dates, numbers of videos and views. Channels for tests exist beside them; three are connected: the
sandbox's OAuth tokens belong to them, and only these have figures of an owner.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, replace
from pathlib import Path

from upbeat.errors import InputError
from upbeat.sandbox.creators import describe, digest

TABLE = Path(__file__).resolve().parents[3] / "include" / "sandbox" / "youtube_channels.csv"

HIDDEN_HANDLE = "hidden.channel.sandbox"
NO_VIDEOS_HANDLE = "novideos.channel.sandbox"
COMMENTS_OFF_HANDLE = "commentsoff.channel.sandbox"
CONNECTED_HANDLES = tuple(f"connected{number}.channel.sandbox" for number in (1, 2, 3))
CASES = {
    HIDDEN_HANDLE: "hides its number of subscribers",
    NO_VIDEOS_HANDLE: "has subscribers and no videos",
    COMMENTS_OFF_HANDLE: "has turned comments off under all videos",
    **{
        handle: f"connected: sandbox-ytapi-token-{number} opens its insights"
        for number, handle in enumerate(CONNECTED_HANDLES, 1)
    },
}
UNKNOWN_CHANNEL_ID = "UCunknown-channel-0000_0"
"""No channel has this id."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_COUNTRIES = {
    "Argentina": "AR", "Brazil": "BR", "Canada": "CA", "Chile": "CL", "Colombia": "CO", "Egypt": "EG",
    "France": "FR", "Germany": "DE", "India": "IN", "Indonesia": "ID", "Iraq": "IQ", "Italy": "IT", "Japan": "JP",
    "Mexico": "MX", "Pakistan": "PK", "Philippines": "PH", "Poland": "PL", "Russia": "RU", "South Korea": "KR",
    "Spain": "ES", "Thailand": "TH", "Turkey": "TR", "Ukraine": "UA", "United Kingdom": "GB",
    "United States": "US", "Vietnam": "VN",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel as it stands now. `country` is where most of its audience lives, by name; `joined_at` Unix seconds."""

    handle: str
    channel_id: str
    title: str
    description: str
    category: str
    country: str
    joined_at: int
    is_verified: bool
    subscribers: int
    hides_subscribers: bool = False
    video_count: int
    """When the table was made; newer videos come on top."""
    total_views: int
    avg_views: int
    avg_likes: int
    avg_comments: int
    has_videos: bool = True
    has_comments: bool = True
    is_test_channel: bool = False

    @property
    def country_code(self) -> str:
        """ISO 3166-1 alpha-2; empty where none is known."""
        return _COUNTRIES.get(self.country, "")

    @property
    def uploads(self) -> str:
        """The playlist of all its videos."""
        return f"UU{self.channel_id[2:]}"


def letters(text: str, count: int) -> str:
    """`count` letters of YouTube's ids that depend on the text alone."""
    seeded = random.Random(text)  # noqa: S311 - repeatable on purpose
    return "".join(seeded.choices(_ALPHABET, k=count))


def derive(
    handle: str,
    *,
    title: str,
    country: str,
    category: str,
    subscribers: int,
    averages: tuple[int, int, int],
) -> Channel:
    """A channel from the figures that are known (`averages`: views, likes, comments of a video); the rest seeded by the handle."""
    seeded = random.Random(f"channel:{handle}")  # noqa: S311 - repeatable on purpose, guards nothing
    videos = round(10 ** seeded.uniform(2.2, 4.2))
    return Channel(
        handle=handle,
        channel_id=f"UC{letters(f'channel:{handle}', 22)}",
        title=title,
        description=describe(category, country),
        category=category,
        country=country,
        joined_at=1_120_000_000 + digest(f"joined:{handle}") % 350_000_000,
        is_verified=subscribers >= 100_000,
        subscribers=subscribers,
        video_count=videos,
        total_views=videos * averages[0] * seeded.randint(2, 12),
        avg_views=averages[0],
        avg_likes=averages[1],
        avg_comments=averages[2],
    )


def read_channels(path: Path = TABLE) -> dict[str, Channel]:
    """The shipped channels by handle, largest first. Raises `InputError` when the table is missing."""
    if not path.is_file():
        raise InputError(
            f"{path}: the sandbox's table is missing: restore it, or run upbeat.sandbox.build_world"
        )
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["handle"]: derive(
                row["handle"],
                title=row["full_name"],
                country=row["audience_country"],
                category=row["category"],
                subscribers=int(row["subscribers"]),
                averages=(int(row["avg_views"]), int(row["avg_likes"]), int(row["avg_comments"])),
            )
            for row in csv.DictReader(file)
        }


def make_test_channels() -> dict[str, Channel]:
    """The channels of `CASES` by handle."""
    variations: dict[str, dict[str, object]] = {
        HIDDEN_HANDLE: {"hides_subscribers": True},
        NO_VIDEOS_HANDLE: {"has_videos": False, "video_count": 0, "total_views": 0},
        COMMENTS_OFF_HANDLE: {"has_comments": False},
    }
    made = {
        handle: derive(
            handle,
            title=f"Sandbox channel {handle.partition('.')[0]}",
            country="India",
            category="",
            subscribers=12_300,
            averages=(4_000, 250, 40),
        )
        for handle in CASES
    }
    return {
        handle: replace(channel, is_test_channel=True, **variations.get(handle, {}))  # type: ignore[arg-type]
        for handle, channel in made.items()
    }

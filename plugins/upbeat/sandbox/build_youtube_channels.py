"""Which YouTube channels ship in `include/sandbox/youtube_channels.csv`, out of the same monthly snapshots; run by `build_world`.

The columns of YouTube's rows stand under their headings in the last month, the sandbox's present. Taken over are single facts: the handle
in the channel's old custom address, public name, audience country, category, subscribers, average views, likes and comments per video.
Many rows have the channel's title for a handle: they are left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

CHANNELS_FILE = "youtube_channels.csv"
CHANNELS_HEADER = (
    "handle", "full_name", "audience_country", "category", "month", "subscribers", "avg_views", "avg_likes",
    "avg_comments",
)  # fmt: skip
CHANNELS = 150
LARGEST = 60
INDIAN_AUDIENCE = 40
MIN_MONTHS = 4
PLAUSIBLE_GROWTH = (0.7, 2.0)
_HANDLE = re.compile(r"[a-z0-9_.-]{3,30}")
_NOT_TOLD = frozenset({"", "-", "N/A"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One channel in one month; None for averages that are not told."""

    handle: str
    month: str
    full_name: str
    audience_country: str
    category: str
    subscribers: int
    avg_views: int | None
    avg_likes: int | None
    avg_comments: int | None


def read_snapshot(row: Mapping[str, str]) -> Snapshot | None:
    """One source row; None for another platform, and for a channel without a handle or subscribers."""
    handle = row["handle"].strip().lower()
    if row["platform"] != "youtube" or not row["followers"] or _HANDLE.fullmatch(handle) is None:
        return None
    country = row["country"].strip()
    return Snapshot(
        handle=handle,
        month=row["snapshot_month"],
        full_name=row["display_name"].strip(),
        audience_country="" if country in _NOT_TOLD else country,
        category=row["categories"].split("|")[0].strip(),
        subscribers=round(float(row["followers"])),
        avg_views=_number(row["avg_views"]),
        avg_likes=_number(row["avg_likes"]),
        avg_comments=_number(row["avg_comments"]),
    )


def _number(text: str) -> int | None:
    return round(float(text)) if text else None


def candidates(snapshots: Iterable[Snapshot]) -> dict[str, Snapshot]:
    """The last month of each channel that was seen in enough months, contradicts itself in none and has believable figures."""
    series: dict[str, dict[str, Snapshot]] = {}
    contradicted: set[str] = set()
    for snapshot in snapshots:
        months = series.setdefault(snapshot.handle, {})
        if months.setdefault(snapshot.month, snapshot).subscribers != snapshot.subscribers:
            contradicted.add(snapshot.handle)
    last = max(month for months in series.values() for month in months)
    return {
        handle: months[last]
        for handle, months in series.items()
        if handle not in contradicted
        and last in months
        and len(months) >= MIN_MONTHS
        and _is_believable(months[last])
        and _grows_plausibly([months[month].subscribers for month in sorted(months)])
    }


def _is_believable(snapshot: Snapshot) -> bool:
    views, likes, comments = snapshot.avg_views, snapshot.avg_likes, snapshot.avg_comments
    return bool(views and likes and comments) and comments < likes < views < 2 * snapshot.subscribers  # type: ignore[operator]


def _grows_plausibly(subscribers: list[int]) -> bool:
    low, high = PLAUSIBLE_GROWTH
    return all(low <= later / earlier <= high for earlier, later in pairwise(subscribers))


def select(latest: Mapping[str, Snapshot], count: int = CHANNELS) -> list[Snapshot]:
    """`count` channels: the largest, those with an Indian audience, then others by a hash of the handle; largest first."""
    by_size = sorted(latest, key=lambda h: (-latest[h].subscribers, h))
    by_hash = sorted(latest, key=lambda h: hashlib.sha256(h.encode()).digest())
    chosen = dict.fromkeys(by_size[:LARGEST])
    indian = [h for h in by_hash if latest[h].audience_country == "India" and h not in chosen]
    chosen.update(dict.fromkeys([*indian[:INDIAN_AUDIENCE], *by_hash]))
    kept = list(chosen)[:count]
    return [latest[h] for h in sorted(kept, key=lambda h: (-latest[h].subscribers, h))]


def channel_rows(rows: Iterable[Mapping[str, str]]) -> Iterable[tuple[str | int, ...]]:
    """Rows of the table of channels, from rows of the source."""
    for s in select(candidates(s for row in rows if (s := read_snapshot(row)))):
        averages = (s.avg_views or 0, s.avg_likes or 0, s.avg_comments or 0)
        yield s.handle, s.full_name, s.audience_country, s.category, s.month, s.subscribers, *averages

"""Make the tables that ship in `include/sandbox/` from a file of monthly influencer snapshots.

Run once by a maintainer: `python -m upbeat.sandbox.build_world --source DIR`, where DIR holds
`influencer_snapshots_long.csv` (columns platform, snapshot_month, handle, display_name, country, categories,
followers, avg_views, avg_likes, avg_comments, avg_shares, authentic_engagement, avg_engagement). Nothing reads
that file at run time. Only facts are taken over (handle, public name, audience country, category, follower
count, average interactions per post), in a form of our own; the same input always gives the same bytes.

`country` in the source is where most of the *audience* lives, hence `audience_country` here. `avg_engagement`
is likes + comments per post. The June rows carry it in the column headed
`avg_comments`, and its "authentic" part under `avg_likes`: in each of them "comments" are at least the "likes",
which no account has, and both are of the size of the other months' engagement. So likes and comments apart are
not known for any month, and rows whose figures slid one column further are left out. All this is about Instagram's
rows; YouTube's are read by `build_youtube_channels`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from upbeat.errors import InputError
from upbeat.sandbox.build_youtube_channels import CHANNELS_FILE, CHANNELS_HEADER, channel_rows

SOURCE_FILE = "influencer_snapshots_long.csv"
TARGET = Path(__file__).resolve().parents[3] / "include" / "sandbox"
CREATORS_FILE = "instagram_creators.csv"
HISTORY_FILE = "instagram_history.csv"
CREATORS_HEADER = (
    "handle", "full_name", "audience_country", "category", "month", "followers", "avg_engagement",
)  # fmt: skip
HISTORY_HEADER = (
    "platform", "handle", "observed_on", "followers", "following", "media_count", "full_name", "category",
)  # fmt: skip

SHIFTED_MONTH = "2022-06"  # its averages stand one heading to the left
LEFT_OUT_CATEGORIES = frozenset({"Adult content"})
CREATORS = 300
MEGA = 70
NON_ASCII_NAMES = 70
INDIAN_AUDIENCE = 60
MIN_MONTHS = 4
PLAUSIBLE_GROWTH = (0.7, 4.0)
"""A follower count outside this range of the month before is taken for a wrong magnitude."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One creator in one month, as far as the source is believable."""

    handle: str
    month: str
    full_name: str
    audience_country: str
    category: str
    followers: int
    avg_engagement: int


def read_snapshot(row: dict[str, str]) -> Snapshot | None:
    """One source row; None when a needed figure is missing or stands in the wrong column."""
    month = row["snapshot_month"]
    engagement = row["avg_comments" if month == SHIFTED_MONTH else "avg_engagement"]
    if row["platform"] != "instagram" or not row["followers"] or not engagement:
        return None
    followers, average = round(float(row["followers"])), round(float(engagement))
    if not 0 < average < followers:
        return None
    return Snapshot(
        handle=row["handle"].strip().lower(),
        month=month,
        full_name=row["display_name"].strip(),
        audience_country=row["country"].strip(),
        category=row["categories"].split("|")[0].strip(),
        followers=followers,
        avg_engagement=average,
    )


def by_handle(snapshots: Iterable[Snapshot]) -> dict[str, list[Snapshot]]:
    """Snapshots per handle by month; handles with two different rows for one month are left out."""
    found: dict[str, dict[str, Snapshot]] = {}
    contradicted: set[str] = set()
    for snapshot in snapshots:
        months = found.setdefault(snapshot.handle, {})
        earlier = months.setdefault(snapshot.month, snapshot)
        if (earlier.followers, earlier.avg_engagement) != (snapshot.followers, snapshot.avg_engagement):
            contradicted.add(snapshot.handle)
    return {h: [m[k] for k in sorted(m)] for h, m in found.items() if h not in contradicted}


def is_plausible(series: Sequence[Snapshot]) -> bool:
    """Whether no month's follower count jumps out of its series."""
    low, high = PLAUSIBLE_GROWTH
    return all(low <= b.followers / a.followers <= high for a, b in pairwise(series))


def candidates(snapshots: Iterable[Snapshot]) -> dict[str, list[Snapshot]]:
    """Creators seen in the last month and in at least `MIN_MONTHS` months, with a plausible series."""
    series = by_handle(snapshots)
    last = max(s.month for months in series.values() for s in months)
    return {
        handle: months
        for handle, months in series.items()
        if len(months) >= MIN_MONTHS
        and months[-1].month == last
        and is_plausible(months)
        and not any(s.category in LEFT_OUT_CATEGORIES for s in months)
    }


def select(series: dict[str, list[Snapshot]], count: int = CREATORS) -> list[str]:
    """`count` handles with a spread: the largest, decorated and non-Latin names, an Indian audience, and then
    in turn from every pair of country and category, the order within a pair by a hash of the handle."""
    latest = {handle: months[-1] for handle, months in series.items()}
    by_size = sorted(latest, key=lambda h: (-latest[h].followers, h))
    chosen: dict[str, None] = dict.fromkeys(by_size[:MEGA])
    by_hash = sorted(latest, key=lambda h: hashlib.sha256(h.encode()).digest())
    chosen.update(dict.fromkeys([h for h in by_hash if not latest[h].full_name.isascii()][:NON_ASCII_NAMES]))
    indian = [h for h in by_hash if latest[h].audience_country == "India" and h not in chosen]
    chosen.update(dict.fromkeys(indian[:INDIAN_AUDIENCE]))
    groups: dict[tuple[str, str], list[str]] = {}
    for handle in by_hash:
        if handle not in chosen:
            key = (latest[handle].audience_country, latest[handle].category)
            groups.setdefault(key, []).append(handle)
    for depth in range(max((len(g) for g in groups.values()), default=0)):
        chosen.update(dict.fromkeys(groups[key][depth] for key in sorted(groups) if depth < len(groups[key])))
    return sorted(list(chosen)[:count], key=lambda h: (-latest[h].followers, h))


def last_known(months: Sequence[Snapshot], attribute: str) -> str:
    """The newest value of a text attribute that is not empty."""
    return next((v for s in reversed(months) if (v := getattr(s, attribute))), "")


def creator_rows(months: Sequence[Snapshot]) -> Iterable[tuple[str | int, ...]]:
    """Rows of the creators table: one per month, the describing columns as last known."""
    full_name, country, category = (
        last_known(months, name) for name in ("full_name", "audience_country", "category")
    )
    for s in months:
        yield s.handle, full_name, country, category, s.month, s.followers, s.avg_engagement


def history_rows(months: Sequence[Snapshot]) -> Iterable[tuple[str | int, ...]]:
    """Rows of the history import format: all months but the last, observed on the month's last day."""
    category = last_known(months, "category")
    for s in months[:-1]:
        year, month = map(int, s.month.split("-"))
        observed_on = f"{s.month}-{monthrange(year, month)[1]:02d}"
        yield "INSTAGRAM", s.handle, observed_on, s.followers, "", "", s.full_name, category


def write_csv(path: Path, header: Sequence[str], rows: Iterable[tuple[str | int, ...]]) -> int:
    """Write one table, UTF-8 with Unix line ends; the number of rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def build(source: Path, target: Path) -> dict[str, int]:
    """Write the tables into `target`; rows per file. Raises `InputError` when the source file is missing."""
    path = source / SOURCE_FILE
    if not path.is_file():
        raise InputError(f"{path}: no such file: pass the folder that holds {SOURCE_FILE} as --source")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    series = candidates(s for row in rows if (s := read_snapshot(row)))
    handles = select(series)
    target.mkdir(parents=True, exist_ok=True)
    creators = (row for h in handles for row in creator_rows(series[h]))
    history = (row for h in handles for row in history_rows(series[h]))
    return {
        CREATORS_FILE: write_csv(target / CREATORS_FILE, CREATORS_HEADER, creators),
        HISTORY_FILE: write_csv(target / HISTORY_FILE, HISTORY_HEADER, history),
        CHANNELS_FILE: write_csv(target / CHANNELS_FILE, CHANNELS_HEADER, channel_rows(rows)),
    }


def main() -> int:
    """The command; exit code 2 on a wrong argument."""
    parser = argparse.ArgumentParser(prog="python -m upbeat.sandbox.build_world", description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help=f"folder with {SOURCE_FILE}")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write to")
    arguments = parser.parse_args()
    try:
        written = build(arguments.source, arguments.target)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for name, rows in written.items():
        sys.stdout.write(f"{arguments.target / name}: {rows} rows\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the stamped events tell: per leg and over all, beside the figure that was calculated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from benchmarks.leaderboard_live.legs import (
    LEGS,
    Event,
    TaskRun,
    build_of,
    legs_of,
    median_p95_most,
    waited_for_others,
)


def document(events: Sequence[Event], tasks: Sequence[TaskRun], until: datetime) -> dict[str, Any]:
    """Every event with its stamps and legs, and the summary in minutes and seconds.

    Args:
        until: when it was last looked; an event that was not seen by then counts as that old, which is the least that it can be.
    """
    seen = [event for event in events if event.seen_at is not None]
    rows = [(event, legs_of(event, tasks)) for event in seen]
    ages = [((event.seen_at or until) - event.sent_at).total_seconds() for event in events]
    builds = {build.started_at: build for build in (build_of(event, tasks) for event in seen)}
    return {
        "events": len(events),
        "not_seen": len(events) - len(seen),
        "minutes": _named([age / 60 for age in ages]),
        "legs_seconds": {leg: _named([legs[leg] for _, legs in rows]) for leg in LEGS},
        "builds": [
            {
                "dag_id": build.dag_id,
                "due_at": build.due_at,
                "started_at": build.started_at,
                "ended_at": build.ended_at,
                "pool_held_by": waited_for_others(build, tasks),
            }
            for _, build in sorted(builds.items())
        ],
        "each": [asdict(event) | {"legs_seconds": legs} for event, legs in rows],
        "each_not_seen": [asdict(event) for event in events if event.seen_at is None],
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The summary for people."""
    total = found["minutes"]
    crons = found["calculated_minutes"]
    told = [
        f"measured: {found['events']} events, {found['not_seen']} not seen: {_minutes(total)}",
        f"calculated from the crons, without waits for pool, worker and scheduler: {_minutes(crons)}",
    ]
    for leg, values in found["legs_seconds"].items():
        told.append(
            f"  {leg}: median {values['median']:.1f} s, p95 {values['p95']:.1f} s, longest {values['longest']:.1f} s"
        )
    for build in found["builds"]:
        waited = (build["started_at"] - build["due_at"]).total_seconds()
        held = ", ".join(f"{dag_id} {seconds:.0f} s" for dag_id, seconds in build["pool_held_by"].items())
        told.append(
            f"  {build['dag_id']} due {build['due_at']:%H:%M:%S}: started {waited:.0f} s later; its pool was held by {held or 'nobody'}"
        )
    return told


def _minutes(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f} min" for name, value in figures.items())


def _named(figures: Sequence[float]) -> dict[str, float]:
    return dict(zip(("median", "p95", "longest"), median_p95_most(figures), strict=True)) if figures else {}

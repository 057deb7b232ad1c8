"""Campaign changes of the product: the campaign, its creators and its costs; its creators are collected from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from upbeat.ingestion.tracking import track
from upbeat.listeners.coffee import (
    CAMPAIGN,
    CAMPAIGN_COST,
    CAMPAIGN_PROFILES,
    Row,
    put_entity,
    replace_members,
)
from upbeat.listeners.handler import Received
from upbeat.listeners.messages import campaign_change
from upbeat.listeners.messages.campaign_change import CampaignChangeV1
from upbeat.records import Platform

TIER = "campaign"
_OPEN = frozenset({"DRAFT", "ACTIVE", "PAUSED"})


@dataclass(frozen=True, slots=True)
class CampaignRows:
    """What a change writes. `tracked` are the creators to collect, by platform, sorted."""

    campaign: Row
    profiles: list[Row]
    costs: list[Row]
    tracked: dict[Platform, list[str]]

    @property
    def key(self) -> str:
        """The campaign."""
        return str(self.campaign["campaign_id"])

    @property
    def updated_at(self) -> datetime:
        """The product's time of the change."""
        found: datetime = self.campaign["updated_at"]
        return found


class Campaigns:
    """See `Handler`."""

    models = {1: CampaignChangeV1}  # noqa: RUF012 - as the protocol has it
    example = campaign_change.EXAMPLE
    seal = None

    def plan(self, received: Received) -> CampaignRows:
        """The rows of a change. A deleted campaign keeps its row, without creators and costs."""
        change: CampaignChangeV1 = received.message
        told = change.model_dump(exclude={"version", "deleted", "profiles", "costs"})
        own = {"campaign_id": change.campaign_id}
        return CampaignRows(
            campaign=told | {"deleted_at": change.updated_at if change.deleted else None},
            profiles=[own | profile.model_dump() for profile in change.profiles],
            costs=[own | cost.model_dump() for cost in change.costs],
            tracked=_tracked(change),
        )

    def apply(self, connection: psycopg.Connection[Any], plans: Sequence[CampaignRows]) -> int:
        """Campaigns in the order of their ids, then all their creators in that of theirs: two processes cannot deadlock."""
        stored = [rows for rows in sorted(plans, key=lambda rows: rows.key) if _store(connection, rows)]
        for platform in sorted({platform for rows in stored for platform in rows.tracked}):
            handles = {handle for rows in stored for handle in rows.tracked.get(platform, ())}
            track(connection, platform, sorted(handles), TIER)
        return len(plans) - len(stored)


def _tracked(change: CampaignChangeV1) -> dict[Platform, list[str]]:
    """A campaign that has ended adds nobody; who is tracked already stays, so that the history goes on."""
    if change.status not in _OPEN:
        return {}
    found: dict[Platform, list[str]] = {}
    for profile in change.profiles:
        found.setdefault(Platform(profile.platform), []).append(profile.handle)
    return {platform: sorted(found[platform]) for platform in sorted(found)}


def _store(connection: psycopg.Connection[Any], rows: CampaignRows) -> bool:
    if not put_entity(connection, CAMPAIGN, rows.campaign):
        return False
    replace_members(connection, CAMPAIGN_PROFILES, rows.key, rows.profiles, rows.updated_at)
    replace_members(connection, CAMPAIGN_COST, rows.key, rows.costs, rows.updated_at)
    return True

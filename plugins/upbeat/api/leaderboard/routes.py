"""Leaderboards: `GET /v1/leaderboard…`."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.published.catalogue import LEADERBOARD
from upbeat.api.published.reads import add_reads

router = add_reads(APIRouter(prefix="/leaderboard", tags=["leaderboard"]), LEADERBOARD)

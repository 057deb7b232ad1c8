"""The resources that the API serves: each a package with `routes.py`, whose `router` stands here."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api import openapi
from upbeat.api.assets import routes as assets
from upbeat.api.campaigns import routes as campaigns
from upbeat.api.collections import routes as collections
from upbeat.api.content import routes as content
from upbeat.api.credentials import routes as credentials
from upbeat.api.events import routes as events
from upbeat.api.explain import routes as explain
from upbeat.api.freshness import routes as freshness
from upbeat.api.health import routes as health
from upbeat.api.leaderboard import routes as leaderboard
from upbeat.api.lookups import routes as lookups
from upbeat.api.metrics import routes as metrics
from upbeat.api.profile_lists import routes as profile_lists
from upbeat.api.profiles import routes as profiles
from upbeat.api.reports import routes as reports
from upbeat.api.scrape_requests import routes as scrape_requests
from upbeat.api.time_series import routes as time_series

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    openapi.router,
    leaderboard.router,
    profiles.router,
    time_series.router,
    content.router,
    reports.router,
    explain.router,
    freshness.router,
    lookups.router,
    scrape_requests.router,
    credentials.router,
    campaigns.router,
    profile_lists.router,
    collections.router,
    events.router,
    assets.router,
)

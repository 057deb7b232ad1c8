"""The resources that the API serves: each a package with `routes.py`, whose `router` stands here."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api import openapi
from upbeat.api.campaigns import routes as campaigns
from upbeat.api.collections import routes as collections
from upbeat.api.credentials import routes as credentials
from upbeat.api.events import routes as events
from upbeat.api.health import routes as health
from upbeat.api.lookups import routes as lookups
from upbeat.api.metrics import routes as metrics
from upbeat.api.profile_lists import routes as profile_lists
from upbeat.api.scrape_requests import routes as scrape_requests

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    openapi.router,
    lookups.router,
    scrape_requests.router,
    credentials.router,
    campaigns.router,
    profile_lists.router,
    collections.router,
    events.router,
)

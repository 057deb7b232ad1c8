"""The resources that the API serves: each a package with `routes.py`, whose `router` stands here."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.health import routes as health
from upbeat.api.lookups import routes as lookups

ROUTERS: tuple[APIRouter, ...] = (health.router, lookups.router)

"""The resources that the API serves: each a package with `routes.py`, whose `router` stands here."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.assets import routes as assets
from upbeat.api.health import routes as health

ROUTERS: tuple[APIRouter, ...] = (health.router, assets.router)

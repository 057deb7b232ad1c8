"""The resources that the API serves: each a package with `routes.py`, whose `router` stands here."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api import openapi
from upbeat.api.health import routes as health
from upbeat.api.metrics import routes as metrics

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    openapi.router,
)

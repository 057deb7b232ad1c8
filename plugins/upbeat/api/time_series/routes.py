"""Figures of a profile over time: `GET /v1/time-series…`."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.published.catalogue import TIME_SERIES
from upbeat.api.published.reads import add_reads

router = add_reads(APIRouter(prefix="/time-series", tags=["time series"]), TIME_SERIES)

"""Reports on collections, campaigns and lists: `GET /v1/reports…`."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.published.catalogue import REPORTS
from upbeat.api.published.reads import add_reads

router = add_reads(APIRouter(prefix="/reports", tags=["reports"]), REPORTS)

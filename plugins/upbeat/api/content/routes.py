"""Rankings of posts and hashtags: `GET /v1/content…`."""

from __future__ import annotations

from fastapi import APIRouter

from upbeat.api.published.catalogue import CONTENT
from upbeat.api.published.reads import add_reads

router = add_reads(APIRouter(prefix="/content", tags=["content"]), CONTENT)

"""The scrapers of Instagram, each with a key that its stand-in takes; empty for the one that needs none."""

from __future__ import annotations

from upbeat.crawlers.registry import crawler_classes
from upbeat.records import Platform
from upbeat.sandbox.shipped_credentials import shipped_credentials

_SHIPPED = {shipped.source: shipped.secrets.get("key", "") for shipped in reversed(shipped_credentials())}
KEYS = {
    name: _SHIPPED.get(name, "")
    for name, cls in crawler_classes().items()
    if cls.platform is Platform.INSTAGRAM and name != "graphapi"
}

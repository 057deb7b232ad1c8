"""Finds the stand-ins: every module of this package named `<platform>_<api>` that has an `UPSTREAM`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

import upbeat.sandbox
from upbeat.sandbox.upstream import Upstream

PLATFORMS = ("instagram_", "youtube_", "shopify_", "llm_", "media_")


def find_upstreams() -> dict[str, Upstream]:
    """The stand-ins by host name. Two for one host are a mistake: `ValueError`."""
    found: dict[str, Upstream] = {}
    for module in iter_modules(upbeat.sandbox.__path__):
        if module.name.startswith(PLATFORMS):
            upstream: Upstream | None = getattr(
                import_module(f"upbeat.sandbox.{module.name}"), "UPSTREAM", None
            )
            if upstream is None:
                continue
            if upstream.host in found:
                raise ValueError(f"{upstream.host}: two stand-ins for one host: {module.name} is the second")
            found[upstream.host] = upstream
    return found


def upstream_of(host: str, upstreams: Mapping[str, Upstream]) -> Upstream | None:
    """The stand-in for a host: its own, else that of a pattern (`*.myshopify.com`) which fits it."""
    found = upstreams.get(host)
    if found is not None:
        return found
    _, dot, parent = host.partition(".")
    return upstreams.get(f"*.{parent}") if dot else None

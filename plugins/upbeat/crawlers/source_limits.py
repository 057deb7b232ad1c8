"""The limits of all sources in force: what their crawlers state, under what the settings say."""

from __future__ import annotations

from upbeat.crawlers.registry import crawler_classes
from upbeat.ratelimit import Figures, figures_of
from upbeat.settings import Settings


def figures_in_force(settings: Settings) -> Figures:
    """The figure of every level and source. Raises `InputError` that names a setting."""
    return figures_of(settings, {name: cls.default_limit for name, cls in crawler_classes().items()})


def known_sources(settings: Settings) -> list[str]:
    """Every source that has a crawler, a figure of the specification, or one in the settings; in alphabetical order."""
    return sorted({*crawler_classes(), *figures_in_force(settings).sources})

"""Maps a source's name to its crawler: every module below `crawlers/<platform>/` is looked through once."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType

from upbeat import crawlers
from upbeat.crawlers.base import Crawler
from upbeat.errors import InputError


def _modules() -> list[ModuleType]:
    platforms = [
        importlib.import_module(f"{crawlers.__name__}.{info.name}")
        for info in pkgutil.iter_modules(crawlers.__path__)
        if info.ispkg
    ]
    return [
        importlib.import_module(f"{platform.__name__}.{info.name}")
        for platform in platforms
        for info in pkgutil.iter_modules(platform.__path__)
        if not info.ispkg
    ]


@cache
def crawler_classes() -> dict[str, type[Crawler]]:
    """Every source by its name, in alphabetical order.

    Raises:
        ValueError: two modules claim one name, or a class names none.
    """
    found: dict[str, type[Crawler]] = {}
    for module in _modules():
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if not issubclass(cls, Crawler) or cls.__module__ != module.__name__ or inspect.isabstract(cls):
                continue
            name = getattr(cls, "source", "")
            if not name:
                raise ValueError(f"{module.__name__}.{cls.__name__} has no `source` name")
            if name in found:
                raise ValueError(
                    f"{module.__name__}.{cls.__name__} and {found[name].__module__} both claim the source {name!r}"
                )
            found[name] = cls
    return dict(sorted(found.items()))


def crawler_class(source: str) -> type[Crawler]:
    """The crawler of a source. Raises `InputError` that lists the sources there are."""
    classes = crawler_classes()
    if source not in classes:
        raise InputError(f"source={source}: there is no such source: use one of {', '.join(classes)}")
    return classes[source]

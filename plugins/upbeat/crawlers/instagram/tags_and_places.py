"""Hashtags and places: alone, or as a search finds them. Pure.

Shapes: HikerAPI's `v1_` and the private API (recorded), `tags/web_info` (`data.name`, `data.media_count`) and web GraphQL
(`hashtag.edge_hashtag_to_media.count`, `location` with `lat`, `lng`) of public clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from upbeat.crawlers.coercions import to_degrees
from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.envelopes import ListNames, find_object, find_page
from upbeat.crawlers.instagram.item_kinds import bears_an_account, is_hashtag, is_location
from upbeat.crawlers.instagram.observation import Observation
from upbeat.errors import MalformedBodyError
from upbeat.records import Fact, Hashtag, Location, Parsed, Problem

_FOUND = ListNames(("results", "hashtags", "places", "locations", "venues", "items", "list", "data"))
_PLACE_HOLDERS = ("location", "location_info", "native_location_data")


def read_hashtags(document: Any, asked: Observation) -> Parsed | None:
    """One hashtag, or those that a search finds; None when there is none.

    Raises:
        MalformedBodyError: none of the entries can be read.
    """
    return _read(document, is_hashtag, ("hashtag",), _hashtag, asked)


def read_locations(document: Any, asked: Observation) -> Parsed | None:
    """One place, or those that a search finds; None when there is none.

    Raises:
        MalformedBodyError: none of the entries can be read.
    """
    return _read(document, is_location, _PLACE_HOLDERS, _location, asked)


def location_beside_posts(
    items: Iterable[Any], beside: Mapping[str, Any], asked: Observation
) -> list[Location]:
    """The place that a list of posts was asked for, as the list or one of its posts tells it."""
    around = [find_object(beside, is_location, _PLACE_HOLDERS)]
    borne = [item.get("location") for item in items if isinstance(item, dict)]
    for record in (*around, *borne):
        if isinstance(record, dict) and is_location(record):
            found = _location(FieldReader(record, []), asked)
            if isinstance(found, Location) and found.location_id == asked.params.get("listing_key"):
                return [found]
    return []


def _read(
    document: Any,
    accept: Callable[[Mapping[str, Any]], bool],
    holders: tuple[str, ...],
    make: Callable[[FieldReader, Observation], Fact | None],
    asked: Observation,
) -> Parsed | None:
    parsed = Parsed()
    alone = find_object(document, accept, holders)
    page = None if alone is not None else find_page(document, _FOUND)
    items = [alone] if alone is not None else page.items if page else []
    for number, item in enumerate(items):
        record = _unwrap(item, holders)
        if not isinstance(record, dict) or not accept(record):
            parsed.problems.append(Problem(f"results[{number}]", f"not what was asked for: {show(record)}"))
        elif (fact := make(FieldReader(record, parsed.problems, f"results[{number}]."), asked)) is not None:
            parsed.facts.append(fact)
    if items and not parsed.facts:
        raise MalformedBodyError(
            f"none of {len(items)} results can be read ({parsed.problems[0]})", source=asked.source
        )
    return parsed if items else None


def _unwrap(item: Any, holders: tuple[str, ...]) -> Any:
    if not isinstance(item, dict) or bears_an_account(item):
        return item
    return next((item[name] for name in holders if isinstance(item.get(name), dict)), item)


def _hashtag(read: FieldReader, asked: Observation) -> Hashtag | None:
    name = read.text("name", "name")
    if name is None:
        read.note("name", "the hashtag has no name")
        return None
    return Hashtag(
        **asked.base(),
        name=name.removeprefix("#").lower(),
        hashtag_id=read.identifier("hashtag_id", "id", "pk"),
        posts_count=read.count(
            "posts_count", "media_count", "edge_hashtag_to_media.count", "formatted_media_count"
        ),
    )


def _location(read: FieldReader, asked: Observation) -> Location | None:
    location_id = read.identifier("location_id", "pk", "location_id", "id", "pk_id")
    if location_id is None:
        read.note("location_id", "the place has no id")
        return None
    return Location(
        **asked.base(),
        location_id=location_id,
        name=read.text("name", "name", "title", "short_name"),
        category=read.text("category", "category", "location_category"),
        city=read.text("city", "city", "location_city", "address_json.city_name"),
        latitude=read.value("latitude", to_degrees, "lat", "latitude"),
        longitude=read.value("longitude", to_degrees, "lng", "longitude"),
    )

"""The Graph API's shape of insights: figures that only the owner of an account, post or story is told. Pure.

Shapes: recorded, older (`values` with `end_time`) and newer (`total_value` with `breakdowns`); the reference for `audience_*`, whose
one value is an object by city, country, locale, or gender and age, and for `online_followers`, by hour. As an edge the figures
name Graph's id of their subject only (`"17841…/insights/reach/day"`); in a field expansion the node tells the id that all sources share.

Breakdowns: dimensions and values stand as told, several of them comma-separated (`media_product_type,follow_type`: `REEL,FOLLOWER`).
Age with gender is written one way, that of the older versions: `age_gender`, `F.18-24`.

`end_time` is told by daily figures. A `total_value` of days tells none: it is the end of the range that was asked for (`until` of the
request, else where the page after it begins). Lifetime figures get the start of the UTC day on which they were asked for; only where
one comes with several values (`online_followers` of many days) their own times stand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from upbeat.crawlers.coercions import clean_text, to_instant
from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.graph_envelopes import SOURCE, Edge, as_object, find_edge, malformed, user_id
from upbeat.crawlers.instagram.graph_media import is_media, media_id
from upbeat.crawlers.instagram.graph_stories import story_id
from upbeat.crawlers.instagram.media_ids import is_graph_account_id
from upbeat.records import Insight, Parsed, Platform

Subject = Literal["profile", "post", "story"]
LIFETIME = "lifetime"
MAX_LETTERS = 200
"""Of a dimension or its value: they are part of a key."""
# What the object of an older metric's value is keyed by.
_OLD_BREAKDOWNS = {
    "audience_gender_age": "age_gender",
    "audience_city": "city",
    "audience_country": "country",
    "audience_locale": "locale",
    "online_followers": "hour",
}
_OF_STORIES = frozenset({"exits", "taps_forward", "taps_back", "navigation"})
_OF_FACEBOOK = ("page_", "post_")
_AGE_AND_GENDER = {"age", "gender"}
_OF_THE_REQUEST = "timeframe"
"""A dimension that older answers about audiences repeat from the request: it breaks nothing down."""


@dataclass(frozen=True, slots=True)
class _Figure:
    value: Any
    end_time: Any = None
    breakdown: str = ""
    breakdown_value: str = ""


def read_insights(
    document: Any, observed_at: datetime, params: Mapping[str, str], *, audience: bool = False
) -> Parsed:
    """The figures of one account, post or story. A metric that cannot be read is a problem, and costs the others nothing.

    `identifiers["handle"]` is the owner's, where the answer tells it.

    Args:
        audience: the body holds who the audience is, and nothing else counts.

    Raises:
        MalformedBodyError: no list of metrics, none that can be read, or no id of what they are about.
    """
    edge = find_edge(document, "insights")
    if edge is None:
        if _is_node(document):
            nothing = _with_handle(Parsed(), document)  # Graph leaves out an edge without entries
            FieldReader(document, nothing.problems).note("insights", "no figures are told")
            return nothing
        raise malformed("no insights in the answer")
    parsed = _with_handle(Parsed(), edge.parent)
    metrics = [_Metric(item, number, parsed) for number, item in enumerate(edge.items)]
    known = [metric for metric in metrics if metric.name is not None]
    if any((metric.name or "").startswith(_OF_FACEBOOK) for metric in known):
        raise malformed("figures of a page on Facebook, not of Instagram")
    if edge.items and not known:
        raise malformed("none of the entries is a metric with a name and values")
    if audience and known and not any(metric.is_audience for metric in known):
        raise malformed("no figures of an audience in the answer")
    subject, subject_id = _subject(edge, known, params)
    if subject_id is None and known:
        raise malformed("the insights do not say what they are about")
    for metric in known:
        if not audience or metric.is_audience:
            _add_figures(parsed, metric, edge, subject, subject_id or "", observed_at, params)
    if known and not parsed.facts and parsed.problems:
        raise malformed(f"none of {len(known)} metrics can be read ({parsed.problems[0]})")
    return parsed


def _is_node(document: Any) -> bool:
    """A node of ours that was asked for its insights: nothing but what tells which one it is."""
    told = set(document) if isinstance(document, dict) else set()
    return {"id"} < told <= {"id", "ig_id", "username", "permalink", "media_product_type", "media_type"}


def _with_handle(parsed: Parsed, node: Mapping[str, Any]) -> Parsed:
    handle = FieldReader(node, parsed.problems).handle("handle", "username")
    if handle is not None:
        parsed.identifiers["handle"] = handle
    return parsed


class _Metric:
    """One entry of the list; `name` is None for what is none."""

    def __init__(self, item: Any, number: int, parsed: Parsed) -> None:
        self.item = as_object(item)
        self.read = FieldReader(self.item, parsed.problems, f"insights[{number}].")
        told = {"values", "total_value"} & set(self.item)
        self.name = self.read.text("metric", "name") if told else None
        self.period = self.read.text("period", "period") or LIFETIME
        if self.name is None:
            self.read.note("metric", f"expected a metric with a name and values, found {show(item)}")

    @property
    def is_audience(self) -> bool:
        """Whether it tells who the audience is."""
        name = self.name or ""
        return name in _OLD_BREAKDOWNS or name.startswith("audience_") or name.endswith("_demographics")

    def figures(self) -> Iterator[_Figure]:
        """Values by time, the total, and what it is broken down by."""
        values = self.item.get("values")
        dated = self.period != LIFETIME or (isinstance(values, list) and len(values) > 1)
        for value in values if isinstance(values, list) else ():
            told = as_object(value)
            yield from self._of_value(told.get("value"), told.get("end_time") if dated else None)
        total = as_object(self.item.get("total_value"))
        if total.get("value") is not None and not isinstance(values, list):
            yield _Figure(total["value"])
        breakdowns = total.get("breakdowns")
        for breakdown in breakdowns if isinstance(breakdowns, list) else ():
            yield from self._of_breakdown(as_object(breakdown))

    def _of_value(self, value: Any, end_time: Any) -> Iterator[_Figure]:
        if isinstance(value, dict):
            name = _OLD_BREAKDOWNS.get(self.name or "") or (self.name or "").removeprefix("audience_")
            for key, part in value.items():
                yield _Figure(part, end_time, name, str(key))
        elif value is not None:
            yield _Figure(value, end_time)

    def _of_breakdown(self, breakdown: Mapping[str, Any]) -> Iterator[_Figure]:
        names, results = breakdown.get("dimension_keys"), breakdown.get("results")
        for result in results if isinstance(results, list) else ():
            told = as_object(result)
            named = _dimensions(names, told.get("dimension_values"))
            if named is None:
                self.read.note("breakdown", f"expected dimensions and their values, found {show(result)}")
            elif told.get("value") is not None:
                yield _Figure(told["value"], told.get("end_time"), *named)


def _dimensions(names: Any, values: Any) -> tuple[str, str] | None:
    """What is broken down by, and into which part; None where the two do not fit one another."""
    if not isinstance(names, list) or not isinstance(values, list) or not names or len(names) != len(values):
        return None
    if not all(isinstance(text, str | int) for text in (*names, *values)):
        return None
    pairs = dict(zip(map(str, names), map(str, values), strict=True))
    if len(pairs) > 1:
        pairs.pop(_OF_THE_REQUEST, None)
    if set(pairs) == _AGE_AND_GENDER:
        return "age_gender", f"{pairs['gender']}.{pairs['age']}"
    return ",".join(pairs), ",".join(pairs.values())


def _subject(edge: Edge, metrics: list[_Metric], params: Mapping[str, str]) -> tuple[Subject, str | None]:
    """What the figures are about. What was asked for says it, else the node, else the ids and names of the metrics."""
    told = next((found for metric in metrics if (found := _graph_id(metric))), None)
    node = FieldReader(edge.parent, [])
    if params.get("story_id") or node.text("", "media_product_type") == "STORY":
        return "story", (story_id(node) if edge.parent else None) or told or params.get("story_id")
    if params.get("post_id") or is_media(edge.parent):
        return "post", (media_id(node)[0] if edge.parent else None) or told or params.get("post_id")
    if "username" in edge.parent or "ig_id" in edge.parent:
        return "profile", user_id(node) or told
    told = told or user_id(node)
    if told is None or is_graph_account_id(told):
        return "profile", params.get("profile_id") or told
    return ("story" if any(metric.name in _OF_STORIES for metric in metrics) else "post"), told


def _graph_id(metric: _Metric) -> str | None:
    told, mark, _ = (FieldReader(metric.item, []).text("", "id") or "").partition("/insights/")
    return told if mark and told.isascii() and told.isdigit() else None


def _add_figures(
    parsed: Parsed,
    metric: _Metric,
    edge: Edge,
    subject: Subject,
    subject_id: str,
    observed_at: datetime,
    params: Mapping[str, str],
) -> None:
    for figure in metric.figures():
        try:
            value = _number(figure.value)
            end_time = to_instant(figure.end_time) if figure.end_time is not None else None
        except ValueError as error:
            metric.read.note(metric.name or "value", str(error))
            continue
        if value is None:
            continue
        parsed.facts.append(
            Insight(
                platform=Platform.INSTAGRAM,
                source=SOURCE,
                observed_at=observed_at,
                subject=subject,
                subject_id=subject_id,
                metric=metric.name or "",
                period=metric.period,
                end_time=end_time or _end_of(metric.period, edge, observed_at, params),
                value=value,
                breakdown=clean_text(figure.breakdown)[:MAX_LETTERS],
                breakdown_value=clean_text(figure.breakdown_value)[:MAX_LETTERS],
            )
        )


def _end_of(period: str, edge: Edge, observed_at: datetime, params: Mapping[str, str]) -> datetime:
    if period != LIFETIME:
        for told in (params.get("until"), edge.query("next", "since")):
            try:
                instant = to_instant(told) if told else None
            except ValueError:
                continue
            if instant is not None:
                return instant
    return observed_at.replace(hour=0, minute=0, second=0, microsecond=0)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value) if value.strip() else None
        except ValueError as error:
            raise ValueError(f"{show(value)}: expected a number") from error
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{show(value)}: expected a number")
    if abs(value) > 1e18:
        raise ValueError(f"{show(value)}: expected a number below 10**18")
    return float(value)

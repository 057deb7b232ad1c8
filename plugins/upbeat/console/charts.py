"""Lines over days as SVG: with a title and a description, without scripts, and with colours that follow the page's."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from upbeat.console.formats import short

WIDTH, HEIGHT = 720, 320
_ABOVE, _BELOW = 26, 30
"""Of the height: the library keeps room there, for the title that a page writes itself."""
_DATE_LABELS = 5
_VALUE_LABELS = 4
_INK, _GRID, _LINE = "var(--muted)", "var(--line)", "var(--accent)"
_STEPS = (1, 2, 2.5, 5, 10)
Point = tuple[date, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a page shows of a series: the drawing, and the same as rows.

    Attributes:
        svg: None for fewer than two points: a line needs two.
        points: all of them, the oldest first.
    """

    title: str
    unit: str
    svg: Markup | None
    points: Sequence[Point]


def line_chart(name: str, title: str, unit: str, series: Iterable[tuple[date, float | None]]) -> Chart:
    """A chart of a figure by days; days without a figure are left out.

    Args:
        name: unique on its page; the ids of its title and description are made of it.
    """
    points = sorted((when, float(value)) for when, value in series if value is not None)
    if len({when for when, _ in points}) < 2:
        return Chart(title, unit, None, points)
    return Chart(title, unit, _svg(name, title, unit, points), points)


def value_ticks(low: float, high: float) -> list[float]:
    """Round values whose first is at most `low` and whose last is at least `high`; of a flat series the values around it."""
    if low == high:
        # The width of a band around one value: a tenth of it, and never so little that floats cannot tell the ends apart.
        width = max(abs(low) / 10, 1e-9)
        low, high = low - width, high + width
    rough = (high - low) / _VALUE_LABELS
    size = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else _power_below(rough)
    step = next(step * size for step in _STEPS if step * size >= rough)
    first = low // step
    ticks = [(first + number) * step for number in range(_VALUE_LABELS + 3)]
    return list(itertools.islice(ticks, next(n for n, tick in enumerate(ticks, 1) if tick >= high)))


def date_ticks(first: date, last: date) -> list[date]:
    """At most five days from the first to the last, evenly."""
    days = (last - first).days
    labels = min(_DATE_LABELS, days + 1)
    return [first + timedelta(days=round(days * number / (labels - 1))) for number in range(labels)]


def _power_below(value: float) -> float:
    size = 1.0
    while size > value:
        size /= 10
    return size


def _svg(name: str, title: str, unit: str, points: Sequence[Point]) -> Markup:
    import leather

    theme = leather.theme
    theme.background_color, theme.margin = "none", 0.055
    theme.tick_color = theme.zero_color = _GRID
    theme.label_color, theme.tick_font_family = _INK, "inherit"
    theme.tick_font_size = theme.tick_font_char_height = 13
    days = [float(when.toordinal()) for when in date_ticks(points[0][0], points[-1][0])]
    values = value_ticks(min(value for _, value in points), max(value for _, value in points))
    chart = leather.Chart()
    chart.set_x_scale(_scale(days))
    chart.set_y_scale(_scale(values))
    chart.add_x_axis(tick_formatter=lambda value, *_: date.fromordinal(int(value)).isoformat())
    mark = " %" if unit == "%" else ""
    chart.add_y_axis(tick_formatter=lambda value, *_: f"{short(value)}{mark}")
    chart.add_line([(when.toordinal(), value) for when, value in points], stroke_color=_LINE)
    root = ET.Element(
        "svg", {"viewBox": f"0 {_ABOVE} {WIDTH} {HEIGHT - _ABOVE - _BELOW}", "role": "img", "class": "chart"}
    )
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    ET.SubElement(root, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(root, "desc", {"id": f"{name}-desc"}).text = _told(unit, points)
    root.append(chart.to_svg_group(WIDTH, HEIGHT))
    # Escaped by the writer of XML, texts and attributes alike.
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


def _scale(ticks: list[float]) -> Any:
    """From the first tick to the last. The library's own scales end at ticks that they choose, short of some days and of flat lines."""
    from leather import Scale

    class Even(Scale):
        def contains(self, value: float) -> bool:
            return ticks[0] <= value <= ticks[-1]

        def project(self, value: float, low: float, high: float) -> float:
            place = (float(value) - ticks[0]) / (ticks[-1] - ticks[0])
            return round(low + (high - low) * place, 1)

        def ticks(self) -> list[float]:
            return ticks

    return Even()


def _told(unit: str, points: Sequence[Point]) -> str:
    (first, before), (last, after) = points[0], points[-1]
    return (
        f"From {short(before)} {unit} on {first} to {short(after)} {unit} on {last}; lowest "
        f"{short(min(value for _, value in points))}, highest {short(max(value for _, value in points))}."
    )

"""Charts of the console."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.console.charts import date_ticks, line_chart, value_ticks

FIGURES = st.floats(-1e12, 1e12).map(lambda value: round(value, 6))
DAY = date(2026, 3, 1)


@given(FIGURES, FIGURES)
def test_ticks_are_few_even_and_hold_every_value(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = value_ticks(low, high)

    steps = [after - before for before, after in itertools.pairwise(ticks)]
    near = max(map(abs, ticks)) * 1e-9
    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= low + near
    assert high <= ticks[-1] + near
    assert all(step == pytest.approx(steps[0], rel=1e-3, abs=near) and step > 0 for step in steps)


def test_ticks_are_round() -> None:
    assert value_ticks(431_000, 479_000) == [420_000, 440_000, 460_000, 480_000]
    assert value_ticks(0.0, 9.7) == [0, 2.5, 5, 7.5, 10]


@given(st.integers(1, 4_000))
def test_dates_are_labelled_from_the_first_to_the_last(days: int) -> None:
    ticks = date_ticks(DAY, DAY + timedelta(days=days))

    assert (ticks[0], ticks[-1]) == (DAY, DAY + timedelta(days=days))
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 5


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.none() | FIGURES), max_size=60, unique_by=lambda point: point[0]
    )
)
def test_a_line_lies_within_its_drawing_and_its_table_holds_what_is_known(
    series: list[tuple[int, float | None]],
) -> None:
    chart = line_chart("c", "Title", "followers", [(DAY + timedelta(days=n), value) for n, value in series])

    known = sorted((DAY + timedelta(days=n), value) for n, value in series if value is not None)
    assert list(chart.points) == known
    assert (chart.svg is None) == (len(known) < 2)
    if chart.svg is not None:
        path = next(iter(re.findall(r' d="([^"]+)"', chart.svg)))
        places = [float(number) for number in re.findall(r"-?[\d.]+(?:[eE][-+]?\d+)?", path)]
        assert len(places) == 2 * len(known)
        assert all(-1 <= place <= 720 for place in places)


def test_a_drawing_has_a_title_and_a_description_and_neither_styles_nor_scripts() -> None:
    series = [(DAY, 1_000.0), (DAY + timedelta(days=9), 12_500.0), (DAY + timedelta(days=4), None)]
    drawing = line_chart("growth", "A <b> & C", "followers", series).svg

    assert drawing is not None
    root = ET.fromstring(drawing)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "growth-title growth-desc"
    title, described = root.iter(root[0].tag).__next__(), root[1]
    assert title.text == "A <b> & C"
    assert described.text == (
        "From 1k followers on 2026-03-01 to 12.5k followers on 2026-03-10; lowest 1k, highest 12.5k."
    )
    assert not [
        element
        for element in root.iter()
        if "style" in element.attrib or element.tag.endswith(("style", "script"))
    ]

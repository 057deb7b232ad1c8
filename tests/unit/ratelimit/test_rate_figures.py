"""Rates as settings write them, and which limits bind a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.crawlers.source_limits import figures_in_force, known_sources
from upbeat.errors import InputError
from upbeat.ratelimit import ALL_LEVELS, FLOW_LEVELS, Figures, Level, Limit, Rate, limits_for, parse_rate
from upbeat.ratelimit.from_settings import figures_of
from upbeat.settings import Settings


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("200/h", Rate(200, 3_600)),
        ("850/min", Rate(850, 60)),
        ("100/30s", Rate(100, 30)),
        ("100/30 s", Rate(100, 30)),
        ("2/s", Rate(2, 1)),
        ("20000/day", Rate(20_000, 86_400)),
        (" 5 / 2 minutes ", Rate(5, 120)),
        ("3/0.5s", Rate(3, 0.5)),
        ("7/D", Rate(7, 86_400)),
    ],
)
def test_a_rate_is_read_as_settings_write_it(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "200", "200/", "/h", "-1/s", "1.5/s", "200/fortnight", "0/s", "5/0s", "1000001/day"]
)
def test_a_rate_that_cannot_be_meant_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(InputError, match="limit_handle") as refusal:
        parse_rate(text, name="limit_handle")
    assert "\n" not in str(refusal.value)


@given(st.integers(1, 1_000_000), st.integers(1, 10_000))
def test_a_written_rate_is_read_back(amount: int, seconds: int) -> None:
    rate = Rate(amount, seconds)
    assert parse_rate(str(rate)) == rate


@given(st.text(max_size=20))
def test_any_text_is_a_rate_or_an_input_error(text: str) -> None:
    try:
        rate = parse_rate(text)
    except InputError:
        return
    assert rate.amount > 0
    assert rate.per_seconds > 0


def test_the_default_figures_and_keys_are_those_of_the_specification() -> None:
    assert limits_for(ALL_LEVELS, source="graphapi", handle="nasa", figures=Figures()) == [
        Limit("beat_server_beat_global_daily", 20_000, 86_400),
        Limit("beat_server_beat_global_minute", 60, 60),
        Limit("beat_server_beat_handle_nasa", 1, 1),
        Limit("beat_server_beat_source_graphapi", 200, 3_600),
    ]


@pytest.mark.parametrize(
    ("source", "rate"),
    [
        ("youtube138", Rate(850, 60)),
        ("insta-best-performance", Rate(2, 1)),
        ("rapidapi-arraybobo", Rate(100, 30)),
        ("rocketapi", Rate(100, 30)),
        ("a-source-nobody-measured", Rate(60, 60)),
    ],
)
def test_every_source_has_a_figure(source: str, rate: Rate) -> None:
    assert Figures().of_source(source) == rate


@given(st.text(min_size=1, max_size=30))
def test_a_source_of_any_name_is_limited_and_never_without_a_figure(source: str) -> None:
    (limit,) = limits_for({Level.SOURCE}, source=source, handle=None, figures=figures_of(Settings()))
    expected = Figures().sources.get(source, Rate(60, 60))
    assert (limit.amount, limit.per_seconds) == (expected.amount, expected.per_seconds)


def test_every_source_that_has_a_crawler_has_a_figure_of_at_least_the_careful_sort() -> None:
    settings = Settings()
    figures = figures_in_force(settings)
    assert {"graphapi", "lama", "youtube138", "rocketapi"} <= set(known_sources(settings))
    for source in known_sources(settings):
        (limit,) = limits_for({Level.SOURCE}, source=source, handle=None, figures=figures)
        assert 0 < limit.amount / limit.per_seconds <= 850 / 60, source


def test_flows_are_bound_by_handle_and_source_only() -> None:
    limits = limits_for(FLOW_LEVELS, source="lama", handle="nasa", figures=Figures())
    assert [limit.key for limit in limits] == ["beat_server_beat_handle_nasa", "beat_server_beat_source_lama"]


def test_a_request_without_a_handle_is_not_bound_by_one() -> None:
    limits = limits_for(["handle", "source"], source="lama", handle=None, figures=Figures())
    assert [limit.key for limit in limits] == ["beat_server_beat_source_lama"]


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"'weekly'.*global_daily"):
        limits_for([Level.HANDLE, "weekly"], source=None, handle="x", figures=Figures())


def test_settings_come_before_the_specification_and_that_before_the_crawler() -> None:
    settings = Settings(source_limits={"graphapi": "7/s"}, limit_handle="3/s")
    figures = figures_of(settings, {"graphapi": "1/h", "rocketapi": "1/h", "new-source": "5/min"})
    assert figures.of_source("graphapi") == Rate(7, 1)
    assert figures.of_source("rocketapi") == Rate(100, 30)
    assert figures.of_source("new-source") == Rate(5, 60)
    assert figures.handle == Rate(3, 1)


def test_a_bad_setting_is_named() -> None:
    with pytest.raises(InputError, match=r"source_limits\['lama'\] 'many'"):
        figures_of(Settings(source_limits={"lama": "many"}))

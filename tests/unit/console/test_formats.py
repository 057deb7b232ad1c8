"""Figures as the console writes them."""

from __future__ import annotations

from upbeat.console import formats


def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    ways = (
        formats.number,
        formats.short,
        formats.percent,
        formats.share,
        formats.signed,
        formats.day,
        formats.moment,
    )

    assert {way(None) for way in (*ways, formats.age, formats.named)} == {formats.UNKNOWN}
    assert formats.money(None, "EUR") == formats.named("") == formats.named([]) == formats.UNKNOWN
    assert formats.number(0) == formats.signed(0) == "0"


def test_figures_are_written_for_people() -> None:
    assert formats.number(1234567.891, 1) == "1,234,567.9"
    assert [formats.short(value) for value in (950, 12_340, -2_500_000, 0.25)] == [
        "950",
        "12.34k",
        "-2.5M",
        "0.25",
    ]
    assert (formats.percent(4.331), formats.share(0.0712)) == ("4.33 %", "7.1 %")
    assert (formats.signed(3), formats.signed(-2.5, 1)) == ("+3", "-2.5")
    assert (formats.money("1234.5000", "EUR"), formats.money(7, None)) == ("1,234.50 EUR", "7.00")
    assert [formats.money(value, "EUR") for value in ("0.0819", "0.5000", 0, "-0.005")] == [
        "0.0819 EUR",
        "0.50 EUR",
        "0.00 EUR",
        "-0.0050 EUR",
    ]
    assert formats.moment("2026-11-22T10:00:00+00:00") == "2026-11-22 10:00 UTC"
    assert [formats.age(seconds) for seconds in (0, 59, 60, 7_200, 200_000)] == [
        "0 s",
        "59 s",
        "1 min",
        "2 h",
        "2 d",
    ]
    assert formats.named(["a", "b"]) == "a, b"


def test_a_count_that_is_shared_shows_its_half() -> None:
    assert [formats.shared_count(value) for value in (4, 4.0, 4.5, None)] == [
        "4",
        "4",
        "4.5",
        formats.UNKNOWN,
    ]

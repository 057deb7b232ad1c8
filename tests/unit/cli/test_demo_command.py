"""The tables of the tour say what their figures are, on a wide terminal and on a narrow one."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

from upbeat.cli.demo import _print_campaigns, _Steps
from upbeat.demo.story import CampaignRow

SALES = CampaignRow(
    name="Winter glow",
    goal="SALES",
    currency="INR",
    cost=Decimal(265_000),
    budget=Decimal(300_000),
    creators=4,
    posts=15,
    agreed_posts=11,
    reach=12_345_678.0,
    orders=20.0,
    net_sales=Decimal(1_043_210),
    results=20.0,
    cost_per_result=13_250.0,
)
REACH = CampaignRow(
    name="Street season",
    goal="REACH",
    currency="INR",
    cost=Decimal(500),
    budget=Decimal(500),
    creators=1,
    posts=1,
    agreed_posts=None,
    reach=192_307.0,
    orders=0.0,
    net_sales=Decimal(0),
    results=192_307.0,
    cost_per_result=0.0026,
)


def printed(width: int) -> str:
    text = io.StringIO()
    _print_campaigns(Console(file=text, width=width), [SALES, REACH])
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 100, 110, 160])
def test_a_cost_says_of_what_and_no_figure_is_cut(width: int) -> None:
    told = printed(width)
    assert "13,250.00 per order" in told
    assert "0.0026 per person" in told
    for figure in ("12,345,678", "265,000 INR", "1,043,210", "posts", "cost per result"):
        assert figure in told
    assert all(len(line) <= width for line in told.splitlines())


def test_the_posts_agreed_have_a_column_of_their_own() -> None:
    told = printed(160)
    assert "agreed posts" in told
    (line,) = [line for line in told.splitlines() if "Winter glow" in line]
    assert {"15", "11"} <= set(line.split())


def test_a_line_of_progress_stays_whole_in_a_log() -> None:
    file = io.StringIO()
    _Steps(Console(file=file, width=80)).say("ig_profiles_tracked: " + "collect running, " * 10)
    assert len(file.getvalue().splitlines()) == 1

"""The tour's table of audiences and its explained follower say what the figures are, and add up."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from math import exp

import pytest
from rich.console import Console

from upbeat.cli.demo_audiences import print_audiences, print_explained
from upbeat.demo.audiences import AudienceRow, ExplainedFollower

ROW = AudienceRow(
    handle="madeup.creator",
    audience_size=512_000_000,
    sample_size=200,
    flagged_by_rules=0.655,
    corrected_fake_share=None,
    model_fake_share=0.312,
    model_fake_share_low=0.091,
    model_fake_share_high=0.564,
)
FOLLOWER = ExplainedFollower(
    creator="madeup.creator",
    handle="user1048292",
    full_name="[bold]Made[/bold] Up",
    probability=0.4667,
    reasons=(
        ("digits", 1.5),
        ("has_picture", 0.7),
        ("length", -0.3),
        ("entropy", 0.2),
        ("separators", -0.1),
        ("is_private", 0.05),
        ("base_rate", -2.1834),
    ),
    score=1.0,
    decided_by="digits",
)


def console(width: int = 120) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=width), text


@pytest.mark.parametrize("width", [80, 120])
def test_a_share_stands_with_its_interval_and_no_figure_is_cut(width: int) -> None:
    out, text = console(width)
    print_audiences(out, [ROW])
    told = text.getvalue()
    for figure in ("@madeup.creator", "512,000,000", "200", "31%", "9% to 56%"):
        assert figure in told
    assert all(len(line) <= width for line in told.splitlines())


def test_the_caption_says_why_the_rules_have_no_share_only_where_they_have_none() -> None:
    why = "no share follows from them"
    out, text = console()
    print_audiences(out, [ROW])
    assert why in " ".join(text.getvalue().split())
    out, text = console()
    print_audiences(out, [replace(ROW, corrected_fake_share=0.2)])
    assert why not in " ".join(text.getvalue().split())


def test_an_audience_of_which_nothing_could_be_said_has_dashes() -> None:
    out, text = console()
    unknown = replace(
        ROW, audience_size=None, model_fake_share=None, model_fake_share_low=None, model_fake_share_high=None
    )
    print_audiences(out, [unknown])
    assert "– to –" in text.getvalue()


def test_what_is_shown_of_a_follower_adds_up_to_its_probability() -> None:
    out, text = console()
    print_explained(out, FOLLOWER)
    told = text.getvalue()
    added = [float(value) for value in re.findall(r"([+-]\d+\.\d\d)   odds", told)]
    assert len(added) == 6, "four features, the others as one, the base rate"
    assert 1 / (1 + exp(-sum(added))) == pytest.approx(FOLLOWER.probability, abs=0.01)
    assert "probability 0.47" in told
    assert "decided by digits" in told


def test_a_name_with_square_brackets_is_printed_as_it_is() -> None:
    out, text = console()
    print_explained(out, FOLLOWER)
    assert "[bold]Made[/bold] Up" in text.getvalue()


def test_without_a_judged_follower_nothing_is_explained() -> None:
    out, text = console()
    print_explained(out, None)
    assert text.getvalue() == ""

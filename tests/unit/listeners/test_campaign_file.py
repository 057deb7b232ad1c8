"""Campaigns from a file: what is read of it, without a database."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from upbeat.errors import InputError
from upbeat.listeners.campaign_file import parse_file, read_changes
from upbeat.listeners.messages import campaign_change, collection_change

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def entries(**changed: Any) -> dict[str, Any]:
    campaign = {**copy.deepcopy(campaign_change.EXAMPLE), **changed}
    return {"campaigns": [campaign], "collections": [copy.deepcopy(collection_change.EXAMPLE)]}


def test_the_examples_of_the_messages_can_be_imported_from_yaml() -> None:
    changes, problems = read_changes(parse_file(yaml.safe_dump(entries()), "f"), NOW)
    assert problems == []
    assert [(change.kind, change.number, change.name) for change in changes] == [
        ("campaigns", 1, "campaign-81"),
        ("collections", 1, "collection-12"),
    ]


def test_an_entry_without_version_and_time_is_as_of_now() -> None:
    document = entries()
    for name in ("version", "updated_at"):
        del document["campaigns"][0][name]
    changes, problems = read_changes(document, NOW)
    assert problems == []
    assert changes[0].plan.updated_at == NOW


def test_days_that_yaml_reads_as_days_are_days() -> None:
    text = "campaigns: [{campaign_id: k, name: K, status: DRAFT, starts_on: 2026-11-01}]"
    changes, problems = read_changes(parse_file(text, "f"), NOW)
    assert problems == []
    assert str(changes[0].plan.campaign["starts_on"]) == "2026-11-01"


def test_a_bad_entry_is_named_and_costs_the_others_nothing() -> None:
    document = entries()
    document["campaigns"] += [{"campaign_id": "k9", "name": "K", "status": "RUNNING"}, "text", {}]
    changes, problems = read_changes(document, NOW)
    assert len(changes) == 2
    assert [(problem.entry, problem.name) for problem in problems] == [
        ("campaigns[2]", "k9"),
        ("campaigns[3]", None),
        ("campaigns[4]", None),
    ]
    assert problems[0].reason.startswith("status: ")


def test_all_that_is_wrong_with_an_entry_is_told_on_its_line() -> None:
    wrong = {"campaign_id": "k9", "name": "K", "status": "RUNNING", "starts_on": "soon", "goals": 1}
    _, (problem,) = read_changes({"campaigns": [wrong]}, NOW)
    assert [part.partition(":")[0] for part in problem.reason.split("; ")] == ["status", "starts_on", "goals"]
    assert "more)" not in problem.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("campaigns: [", "is no YAML"),
        ("just text", "has no list `campaigns` or `collections`"),
        ("campaigns: none", "has no list"),
        ("{campaigns: [], lists: []}", "lists: is unknown"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parse_file(text, "f")
    assert "\n" not in str(caught.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted(campaign_change.EXAMPLE)), value=JSON_VALUES)
def test_whatever_an_entry_says_it_is_read_or_a_problem(name: str, value: Any) -> None:
    changes, problems = read_changes(entries(**{name: value}), NOW)
    assert len(changes) + len(problems) == 2
    assert all("\n" not in problem.reason for problem in problems)

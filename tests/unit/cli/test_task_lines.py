"""Tasks as JSON lines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.cli.task_lines import TaskDefaults, new_task, tasks_of_lines
from upbeat.errors import InputError
from upbeat.flows import flow

DEFAULTS = TaskDefaults(flow="instagram.profile_by_handle", window="w")


def test_a_line_says_as_much_as_it_wants() -> None:
    first, second = tasks_of_lines(
        [
            '{"params": {"handle": "@NatGeo"}}\n',
            "\n",
            '{"flow": "instagram.posts_by_handle", "params": {"handle": "nasa", "limit": 5}, "key": "k", '
            '"priority": 7, "account_id": "c1", "expires_at": "2027-01-01T00:00:00Z"}',
        ],
        DEFAULTS,
    )
    assert first.idempotency_key == "instagram:profile_by_handle:natgeo:w"
    assert (first.flow, first.priority, first.expires_at) == ("profile_by_handle", 1, None)
    assert (second.idempotency_key, second.flow, second.priority) == ("k", "posts_by_handle", 7)
    assert (second.params, second.account_id) == ({"handle": "nasa", "limit": 5}, "c1")
    assert second.expires_at == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("natgeo", "no JSON"),
        ("[]", "expected an object"),
        ('{"handle": "natgeo"}', "expected an object"),
        ('{"params": {"handle": "natgeo"}, "prio": 1}', "no field 'prio'"),
        ('{"params": {"handle": "not a handle"}}', "handle='not a handle'"),
        ('{"params": {"handle": "natgeo"}, "flow": "tiktok.x"}', "there is no such flow"),
        ('{"params": {"handle": "natgeo"}, "priority": "high"}', "priority='high'"),
        ('{"params": {"handle": "natgeo"}, "priority": 10000000}', "priority='10000000'"),
        ('{"params": {"handle": "natgeo"}, "key": ""}', "key=''"),
        ('{"params": {"handle": "natgeo"}, "expires_at": "2027-01-01T00:00:00"}', "no time zone"),
        ('{"params": {"handle": "natgeo"}, "expires_at": "soon"}', "expected a time"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_problem(line: str, problem: str) -> None:
    with pytest.raises(InputError, match=r"^line 2: .*") as caught:
        list(tasks_of_lines(['{"params": {"handle": "natgeo"}}', line], DEFAULTS))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_line_without_any_flow_says_so() -> None:
    with pytest.raises(InputError, match="no flow was named"):
        list(tasks_of_lines(['{"params": {}}'], TaskDefaults(flow=None, window="w")))


def test_what_is_given_beside_the_first_parameter_makes_another_request() -> None:
    defaults = TaskDefaults(flow="instagram.collection_posts", window="w")
    keys = [
        new_task({"params": {"collection_id": "c1", "shortcodes": shortcodes}}, defaults).idempotency_key
        for shortcodes in (["aa", "bb"], ["cc"], ["aa", "bb"])
    ]
    assert keys[0] == keys[2] != keys[1]
    assert keys[0].startswith("instagram:collection_posts:c1:")


def test_a_flow_whose_part_is_not_there_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "LIVE_PARTS", frozenset({"collection"}))
    with pytest.raises(InputError, match="comes with the assets part"):
        CliRunner().invoke(app, ["enqueue", "instagram.instagram_picture", "1"], catch_exceptions=False)


@pytest.mark.parametrize("written", ["limit", "=5"])
def test_a_parameter_without_a_name_or_value_is_refused(written: str) -> None:
    arguments = ["enqueue", "instagram.posts_by_handle", "natgeo", "--param", written]
    with pytest.raises(InputError, match="write NAME=VALUE"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)

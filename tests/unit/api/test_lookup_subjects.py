"""The names of look-ups on the queue, and what their ends mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.api.lookups.outcomes import TaskState, problem_of_failure
from upbeat.api.lookups.subjects import (
    OPEN_SECONDS,
    POSTS,
    PROFILES,
    subject_of,
    subject_of_task,
    task_keys,
    window_seconds,
)
from upbeat.errors import InputError

SUBJECT = subject_of(PROFILES, "instagram", "@NatGeo")


def test_a_subject_is_named_as_its_flow_writes_it() -> None:
    post = subject_of(POSTS, "youtube", "https://youtu.be/dQw4w9WgXcQ")
    assert (SUBJECT.key, post.params) == (
        "instagram.profile_by_handle:natgeo", {"video_id": "dQw4w9WgXcQ"},
    )  # fmt: skip
    assert subject_of_task("INSTAGRAM", "profile_by_handle", SUBJECT.params) == SUBJECT
    assert subject_of_task("INSTAGRAM", "followers", {}) is None
    with pytest.raises(InputError, match="handle='a b'"):
        subject_of(PROFILES, "instagram", "a b")


@given(st.floats(0, 4e9), st.floats(0, OPEN_SECONDS - 16), st.sampled_from([0.0, 1.0, 15.0, 300.0, 86_400.0]))
def test_a_look_up_that_began_while_another_may_be_open_finds_it(
    begun: float, later: float, cache: float
) -> None:
    window = window_seconds(cache)
    assert task_keys(SUBJECT, begun, window)[0] in task_keys(SUBJECT, begun + later, window)


@given(st.floats(0, 4e9), st.sampled_from([1.0, 300.0]))
def test_a_look_up_after_the_window_has_a_key_of_its_own(begun: float, cache: float) -> None:
    window = window_seconds(cache)
    assert task_keys(SUBJECT, begun, window)[0] != task_keys(SUBJECT, begun + window + 0.001, window)[0]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"class": "AllSourcesFailedError", "unknown": True, "sources": {"lama": "no such user"}}, 404),
        ({"class": "PrivateAccountError", "message": "private"}, 404),
        ({"class": "AllSourcesFailedError", "sources": {"lama": "HTTP 500"}}, 502),
        ({"class": "Cancelled", "message": "cancelled by key:abc"}, 409),
        ({"class": "Expired", "message": "not run before it expired at 2026-11-20T09:40:00+00"}, 410),
        ({}, 502),
    ],
)
def test_a_failed_look_up_says_whether_the_subject_or_the_sources_are_at_fault(
    error: dict[str, Any], status: int
) -> None:
    problem = problem_of_failure(
        TaskState(17, "FAILED", {"error": error}), "instagram.profile_by_handle:natgeo"
    )
    assert problem.status == status
    assert problem.more.get("sources", {}) == error.get("sources", {})

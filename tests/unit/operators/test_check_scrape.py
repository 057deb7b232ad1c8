"""The check after a fan-out: it fails above the stated share, says the numbers, and is not tried again."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upbeat.operators.scrape import CheckScrapeOperator, add_counts


def _summary(**counts: int) -> dict[str, Any]:
    return {"complete": 0, "failed": 0, "timeout": 0, "retried": 0, "throttled": 0, "by_source": {}, **counts}


def _check(*summaries: dict[str, Any]) -> dict[str, Any]:
    return CheckScrapeOperator(task_id="check", summaries=list(summaries)).execute({})


def test_the_counts_of_all_mapped_tasks_are_added() -> None:
    counts = add_counts([_summary(complete=3, throttled=2), _summary(complete=4, failed=1, retried=1)])
    assert counts == {"complete": 7, "failed": 1, "timeout": 0, "retried": 1, "throttled": 2}


def test_five_per_cent_pass_and_more_fail_with_the_numbers() -> None:
    assert _check(_summary(complete=60), _summary(complete=35, failed=3, timeout=2))["complete"] == 95
    with pytest.raises(AirflowFailException, match=r"6 of 100 tasks failed \(4 failed, 2 timed out\)"):
        _check(_summary(complete=94, failed=4, timeout=2))


def test_nothing_to_do_is_no_failure() -> None:
    assert _check(_summary())["failed"] == 0
    assert _check()["complete"] == 0

"""Creators are collected from the sandbox and asked about by workers: what is stored, what is paid, what is never sent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.collection_run import POSTS, PROFILES, CollectionRun, collection_run

from upbeat.enrichment.kinds import KINDS
from upbeat.flows import flow_named
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

FLOWS = [f"instagram.{kind}" for kind in KINDS]
STORED = """
SELECT kind, model, prompt_version, is_sandbox, handle, result, gender, country, city, category, language, topics, confidence,
       reasoning, input_hash, source, observed_at
FROM beat.enrichment ORDER BY kind
"""
EVENTS = "SELECT key, payload FROM beat.outbox WHERE kind = 'enrichment' ORDER BY id"


@pytest.fixture
def asking(settings: Settings) -> Iterator[CollectionRun]:
    """A run whose model answers right, at once."""
    with collection_run(settings) as run:
        run.sandbox.set_llm(accuracy=1.0, latency_seconds=0.0)
        yield run


def creator(run: CollectionRun) -> str:
    """The handle of a made-up creator whose profile was collected, and no post."""
    run.rows(
        "INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at) "
        "VALUES ('100', 'asha.cooks', 'Cook in Pune, mom of two', 'test', now()) RETURNING handle"
    )
    return "asha.cooks"


def ask(run: CollectionRun, *flows: str, key: str = "1", **params: Any) -> None:
    tasks = [
        NewTask(
            idempotency_key=f"{name}:{key}",
            platform=flow_named(name).platform,
            flow=flow_named(name).name,
            params=flow_named(name).validate(params),
        )
        for name in flows
    ]
    with transaction(run.settings) as connection:
        enqueue_now(connection, tasks)


def ended(run: CollectionRun) -> list[dict[str, Any]]:
    return run.rows(
        "SELECT flow, status::text, data, retry_count FROM beat.scrape_request_log WHERE flow = ANY(%(kinds)s) ORDER BY id",
        kinds=list(KINDS),
    )


def test_a_creator_is_asked_about_once_for_each_kind_and_each_answer_is_a_row_and_an_event(
    asking: CollectionRun,
) -> None:
    asking.add_credentials()
    (handle,) = asking.handles(1)
    asking.enqueue(handle)
    asking.enqueue(handle, flow=POSTS)
    asking.work(flows=[PROFILES, POSTS])
    truth = asking.sandbox.truth(handle)
    ask(asking, *FLOWS, handle=handle)
    summary = asking.work(flows=FLOWS)
    assert (summary.complete, summary.failed, summary.by_source) == (5, 0, {"openai": 5})
    rows = {row["kind"]: row for row in asking.rows(STORED)}
    assert set(rows) == set(KINDS)
    for row in rows.values():
        assert (row["is_sandbox"], row["source"], row["handle"]) == (True, "openai", handle)
        assert 0 <= row["confidence"] <= 1
        assert len(row["input_hash"]) == 64
    assert rows["base_gender"]["gender"] == truth["gender"]
    assert rows["base_location"]["country"] == truth["country"]
    assert rows["categ_lang_topics"]["category"] == truth["category"]
    assert rows["categ_lang_topics"]["topics"] == rows["categ_lang_topics"]["result"]["topics"]
    assert rows["audience_cities"]["result"]["cities"]
    events = asking.rows(EVENTS)
    assert {event["payload"]["kind"] for event in events} == set(KINDS)
    assert len(events) == 5
    details = ended(asking)[0]["data"]
    assert details["records"] == {"enrichment": 1}
    assert (details["is_sandbox"], details["prompt_version"]) == (True, rows["base_gender"]["prompt_version"])


def test_the_same_text_is_not_paid_again_and_tells_nobody_anything(asking: CollectionRun) -> None:
    handle = creator(asking)
    ask(asking, FLOWS[0], handle=handle)
    asking.work(flows=FLOWS)
    before = asking.rows(STORED)
    ask(asking, FLOWS[0], key="2", handle=handle)
    assert asking.work(flows=FLOWS).complete == 1
    assert asking.sandbox.completions()["total"] == 1
    assert asking.rows(STORED) == before
    assert len(asking.rows(EVENTS)) == 1
    asking.rows("UPDATE beat.instagram_account SET biography = 'dad of two' RETURNING handle")
    ask(asking, FLOWS[0], key="3", handle=handle)
    assert asking.work(flows=FLOWS).complete == 1
    (after,) = asking.rows(STORED)
    assert asking.sandbox.completions()["total"] == 2
    assert after["observed_at"] > before[0]["observed_at"]
    assert after["input_hash"] != before[0]["input_hash"]


def test_a_private_creator_and_one_without_text_end_with_a_note_and_unsent(asking: CollectionRun) -> None:
    handle = creator(asking)
    asking.rows("UPDATE beat.instagram_account SET is_private = TRUE RETURNING handle")
    ask(asking, *FLOWS, handle=handle)
    assert asking.work(flows=FLOWS).complete == 5
    assert all("private account" in task["data"]["note"] for task in ended(asking))
    asking.rows("UPDATE beat.instagram_account SET is_private = FALSE, biography = NULL RETURNING handle")
    ask(asking, *FLOWS[1:], key="2", handle=handle)
    assert asking.work(flows=FLOWS).complete == 4
    assert all("there is nothing to read" in task["data"]["note"] for task in ended(asking)[5:])
    assert asking.sandbox.completions()["total"] == 0
    assert asking.count("beat.enrichment") == asking.count("beat.llm_call") == 0


@pytest.mark.parametrize(
    ("behaviour", "outcome", "paid"),
    [
        ({"refused_share": 1.0}, "refused", 1),
        ({"filtered_answer_share": 1.0}, "filtered", 1),
        ({"truncated_share": 1.0}, "truncated", 1),
        ({"malformed_share": 1.0, "malformed_repairs_share": 1.0}, "malformed", 2),
    ],
)
def test_an_answer_of_no_use_fails_its_task_with_one_line_and_is_not_paid_again(
    asking: CollectionRun, behaviour: dict[str, float], outcome: str, paid: int
) -> None:
    handle = creator(asking)
    asking.sandbox.set_llm(**behaviour)
    for key in ("1", "2"):
        ask(asking, FLOWS[0], key=key, handle=handle)
        assert asking.work(flows=FLOWS).failed == 1
    for task in ended(asking):
        message = task["data"]["error"]["message"]
        assert message.startswith(f"{handle}: gpt-4.1-mini gave no answer to base_gender v")
        assert f"({outcome}" in message
        assert "\n" not in message
    assert asking.sandbox.completions()["total"] == paid
    assert asking.count("beat.enrichment") == 0


def test_a_budget_that_is_used_up_puts_tasks_back_till_the_next_day(asking: CollectionRun) -> None:
    handle = creator(asking)
    asking.change(llm_daily_budget_usd=Decimal("0.0000001"))
    ask(asking, FLOWS[0], handle=handle)
    asking.work(flows=FLOWS, time_budget=5.0)
    assert asking.sandbox.completions()["total"] == 0
    (task,) = asking.rows(
        "SELECT status::text, retry_count, run_after AT TIME ZONE 'UTC' >= date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day'"
        " AS is_tomorrow FROM beat.scrape_request_log WHERE flow = 'base_gender'"
    )
    assert (task["status"], task["retry_count"], task["is_tomorrow"]) == ("WAITING", 0, True)
    asking.change(llm_daily_budget_usd=Decimal("1"))
    asking.rows(
        "UPDATE beat.scrape_request_log SET run_after = now() WHERE flow = 'base_gender' RETURNING id"
    )
    assert asking.work(flows=FLOWS).complete == 1


def test_a_run_until_idle_ends_when_all_that_is_left_waits_for_the_next_days_budget(
    asking: CollectionRun,
) -> None:
    handle = creator(asking)
    asking.change(llm_daily_budget_usd=Decimal("0.0000001"))
    # So many of one flow that the worker pauses it: the rest of them stay claimable.
    for number in range(30):
        ask(asking, FLOWS[0], key=str(number), handle=handle)
    told: list[str] = []
    summary = asking.work(flows=FLOWS, time_budget=None, on_progress=told.append)
    assert (summary.ended, summary.throttled > 0) == (0, True)
    assert told[-1].startswith("some tasks wait till later, the next for ")
    assert "`upbeat queue`" in told[-1]


def test_a_used_up_quota_puts_tasks_back_without_an_attempt(asking: CollectionRun) -> None:
    handle = creator(asking)
    asking.sandbox.set_llm(is_quota_used_up=True)
    ask(asking, FLOWS[0], handle=handle)
    asking.work(flows=FLOWS, time_budget=5.0)
    (task,) = ended(asking)
    assert (task["status"], task["retry_count"]) == ("WAITING", 0)
    assert asking.count("beat.enrichment") == 0


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"llm_prompt_versions": {"base_gender": "v0.01"}}, {"llm_prompt_versions": {}}),
        ({"llm_prompt_versions": {"base_gender": "v9.99"}}, {"llm_prompt_versions": {}}),
    ],
    ids=["not evaluated", "no such version"],
)
def test_a_setting_that_names_a_prompt_which_may_not_answer_fails_no_task(
    asking: CollectionRun, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    ask(asking, "instagram.base_gender", handle=creator(asking))
    asking.change(**wrong)
    assert asking.work(flows=FLOWS).failed == 0
    (task,) = ended(asking)
    assert (task["status"], task["retry_count"], asking.sandbox.completions()["total"]) == ("WAITING", 0, 0)
    asking.change(**right)
    asking.rows(
        "UPDATE beat.scrape_request_log SET run_after = now() WHERE flow = 'base_gender' RETURNING id"
    )
    assert asking.work(flows=FLOWS).complete == 1


def test_a_handle_that_was_never_collected_fails_and_names_the_way_out(asking: CollectionRun) -> None:
    ask(asking, "instagram.base_gender", "youtube.base_gender", handle="stranger")
    assert asking.work(flows=["instagram.base_gender", "youtube.base_gender"]).failed == 2
    messages = sorted(task["data"]["error"]["message"] for task in ended(asking))
    assert "`upbeat enqueue instagram.profile_by_handle stranger`" in messages[0]
    assert "`upbeat enqueue youtube.channel_by_handle stranger`" in messages[1]


def test_a_channel_is_read_by_its_titles_and_descriptions(asking: CollectionRun) -> None:
    asking.add_credentials()
    channel = asking.sandbox.channels(1)[0]
    flows = ["youtube.channel_by_id", "youtube.videos_by_channel"]
    ask(asking, *flows, channel_id=channel["channel_id"])
    asking.work(flows=flows)
    ask(asking, "youtube.categ_lang_topics", profile_id=channel["channel_id"])
    assert asking.work(flows=["youtube.categ_lang_topics"]).complete == 1
    (row,) = asking.rows(STORED)
    assert row["category"] == asking.sandbox.truth(channel["handle"], platform="YOUTUBE")["category"]


def test_a_worker_that_is_killed_after_an_answer_was_paid_does_not_pay_again(asking: CollectionRun) -> None:
    handle = creator(asking)
    ask(asking, FLOWS[0], handle=handle)
    worker = asking.worker_process(flow=FLOWS[0], failpoint="llm_answer_settled")
    worker.communicate(timeout=240)
    assert worker.returncode != 0
    assert asking.count("beat.enrichment") == 0
    assert asking.work(flows=FLOWS).complete == 1
    assert asking.count("beat.enrichment") == 1
    assert asking.sandbox.completions()["total"] == 1

"""The two ways to ask see the same creators with the same text: what one has paid for, the other finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.collection_run import collection_run
from tests.enrichment_batch_run import execute, rows, step, whole_run

from upbeat.enrichment.kinds import KINDS, READS_POSTS
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.flows import flow_named
from upbeat.operations.enrichment_batches import find
from upbeat.operations.enrichment_batches.plan import plan
from upbeat.operations.enrichment_batches.wanted import Wanted
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

FLOWS = tuple(f"{platform}.{kind}" for platform in ("instagram", "youtube") for kind in KINDS)
# No rest after a question about posts: what is left to ask is told by what is asked alone.
ALL = Wanted(posts_every=timedelta(0))
QUESTIONS = len(FLOWS)


@pytest.fixture
def creators(settings: Settings) -> None:
    """An account and a channel, each with more captions than a prompt shows, contact data, and posts of the same moment."""
    execute(
        settings,
        "INSERT INTO beat.tracked_profile (platform, handle) VALUES ('INSTAGRAM', 'asha.cooks'), ('YOUTUBE', 'asha.cooks')",
    )
    execute(
        settings,
        "INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at) "
        "VALUES ('100', 'asha.cooks', 'Cook in Pune, mom of two. asha@example.com', 'test', now())",
    )
    execute(
        settings,
        "INSERT INTO beat.youtube_account (profile_id, handle, biography, source, observed_at) "
        "VALUES ('UC0123456789012345678901', 'asha.cooks', 'Recipes of my mother', 'test', now())",
    )
    execute(
        settings,
        """
        INSERT INTO beat.instagram_post (post_id, profile_id, handle, caption, published_at, source, observed_at)
        SELECT 'p' || n, '100', 'asha.cooks', CASE WHEN mod(n, 4) = 0 THEN ' ' ELSE 'Dosa no. ' || n END,
               '2026-01-01'::timestamptz + (n / 3) * interval '1 day', 'test', now()
        FROM generate_series(1, 30) AS n
        """,
    )
    execute(
        settings,
        """
        INSERT INTO beat.youtube_post (post_id, profile_id, handle, title, caption, published_at, source, observed_at)
        SELECT 'v' || n, 'UC0123456789012345678901', 'asha.cooks', 'Idli no. ' || n, NULLIF('How to ' || n, 'How to 9'),
               '2026-01-01'::timestamptz + (n / 2) * interval '1 day', 'test', now()
        FROM generate_series(1, 12) AS n
        """,
    )


def ask_in_the_queue(settings: Settings, key: str = "1") -> None:
    """Every kind about both, by the handle that a person would give."""
    named = {"handle": "asha.cooks"}
    tasks = [
        NewTask(
            idempotency_key=f"{name}:{key}",
            platform=flow_named(name).platform,
            flow=flow_named(name).name,
            params=flow_named(name).validate(named),
        )
        for name in FLOWS
    ]
    with transaction(settings) as connection:
        enqueue_now(connection, tasks)
    with collection_run(settings) as run:
        summary = run.work(flows=FLOWS)
    assert (summary.complete, summary.failed) == (QUESTIONS, 0)


def hashes(settings: Settings) -> list[dict[str, Any]]:
    return rows(settings, "SELECT kind, input_hash FROM beat.llm_call ORDER BY kind, input_hash")


@pytest.fixture
def unequal_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts that show different numbers of captions, which a plan reads in one go."""

    async def active(connection: Any, settings: Settings, kind: Any) -> Any:
        prompt = load_prompt(kind, "v0.02")
        if kind not in READS_POSTS:
            return prompt
        captions = {"categ_lang_topics": 3, "audience_age_gender": 9, "audience_cities": 1}[kind]
        return prompt.model_copy(update={"limits": prompt.limits.model_copy(update={"captions": captions})})

    monkeypatch.setattr(find, "active_prompt_async", active)
    monkeypatch.setattr("upbeat.enrichment.activation.active_prompt_async", active)


def test_after_the_queue_a_plan_has_nothing_left_to_send(
    settings: Settings, model: SandboxControl, creators: None
) -> None:
    ask_in_the_queue(settings)
    assert len(hashes(settings)) == QUESTIONS
    told = rows(settings, "SELECT * FROM beat.enrichment ORDER BY platform, kind")
    planned = step(settings, lambda batches: plan(batches, ALL))

    assert (planned.planned, planned.batches, planned.answered) == (0, [], QUESTIONS)
    assert (planned.told_again, planned.rested, planned.without_text) == (0, 0, 0)
    assert rows(settings, "SELECT * FROM beat.enrichment ORDER BY platform, kind") == told


def test_after_a_batch_the_queue_pays_for_nothing(
    settings: Settings, model: SandboxControl, creators: None
) -> None:
    planned, found = step(settings, lambda batches: whole_run(batches, ALL))
    assert (planned.planned, found.answered, found.facts) == (QUESTIONS, QUESTIONS, QUESTIONS)
    before = hashes(settings)
    told = rows(settings, "SELECT * FROM beat.enrichment ORDER BY platform, kind")
    ask_in_the_queue(settings)

    assert len(before) == QUESTIONS
    assert hashes(settings) == before
    assert rows(settings, "SELECT * FROM beat.enrichment ORDER BY platform, kind") == told


def test_prompts_that_show_unequal_numbers_of_captions_ask_the_same_in_both_ways(
    settings: Settings, model: SandboxControl, creators: None, unequal_captions: None
) -> None:
    ask_in_the_queue(settings)
    planned = step(settings, lambda batches: plan(batches, ALL, dry_run=True))
    assert (planned.planned, planned.answered) == (0, QUESTIONS)


def test_a_caption_that_a_prompt_does_not_show_is_no_text_to_ask_about(
    settings: Settings, model: SandboxControl, creators: None, unequal_captions: None
) -> None:
    """The newest captions are of invisible characters; only older ones, which some prompts do not reach, say something."""
    execute(settings, "UPDATE beat.instagram_account SET biography = NULL")
    execute(
        settings,
        "UPDATE beat.instagram_post SET caption = E'\\u200b' WHERE published_at > '2026-01-08 12:00'",
    )
    wanted = Wanted(posts_every=timedelta(0), kinds=tuple(READS_POSTS))
    asked = step(settings, lambda batches: plan(batches, wanted, dry_run=True)).questions
    ask_in_the_queue(settings)
    in_the_queue = rows(
        settings,
        "SELECT kind, count(*)::int AS calls FROM beat.llm_call WHERE kind = ANY(%s) GROUP BY kind",
        sorted(READS_POSTS),
    )
    assert {row["kind"]: row["calls"] for row in in_the_queue} == asked
    assert asked == {"audience_age_gender": 2, "audience_cities": 1, "categ_lang_topics": 1}

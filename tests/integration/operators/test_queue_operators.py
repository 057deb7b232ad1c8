"""The alert fails with the numbers of the last hour; the reaper does what no worker is there to do."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upbeat.operators.queue import CheckFailureRateOperator, QueueReaperOperator
from upbeat.queue.store import MAINTENANCE_BATCH
from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction

pytestmark = pytest.mark.usefixtures("connections")

ENDED = (
    "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, status, scraped_at) "
    "SELECT %(status)s || n, 'INSTAGRAM', 'stories', %(status)s::beat.task_status, now() FROM generate_series(1, %(count)s) n"
)
OPEN = """
    INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, status, run_after, lease_token, expires_at)
    SELECT %(key)s || n, 'YOUTUBE', 'video_by_id', %(status)s::beat.task_status, %(run_after)s::timestamptz, %(token)s::uuid,
        %(expires_at)s::timestamptz
    FROM generate_series(1, %(count)s) n
"""
LEASE = """
    INSERT INTO beat.task_lease (token, worker, task_ids, lease_until)
    SELECT lease_token, 'lost', array_agg(id), now() - interval '20 minutes'
    FROM beat.scrape_request_log WHERE lease_token IS NOT NULL GROUP BY lease_token
"""
PAST = "2020-01-01T00:00:00Z"


def insert(settings: Settings, statement: str, **parameters: object) -> None:
    with connect(settings, autocommit=True) as connection:
        connection.execute(statement.encode(), parameters or None)


def statuses(settings: Settings) -> dict[str, int]:
    with connect(settings, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT status::text, count(*) AS n FROM beat.scrape_request_log GROUP BY 1"
        ).fetchall()
    return {row["status"]: row["n"] for row in rows}


def test_the_alert_passes_at_five_per_cent_and_fails_above_with_the_numbers(settings: Settings) -> None:
    check = CheckFailureRateOperator(task_id="check_failure_rate")
    assert check.execute({})["ended"] == 0
    insert(settings, ENDED, status="COMPLETE", count=95)
    insert(settings, ENDED, status="FAILED", count=5)
    assert check.execute({})["failed"] == 5
    insert(settings, ENDED, status="TIMEOUT", count=1)
    with pytest.raises(AirflowFailException, match=r"6 of 101 tasks .*5\.9%"):
        check.execute({})


def test_the_reaper_rescues_promotes_and_expires_batch_after_batch(settings: Settings) -> None:
    many = MAINTENANCE_BATCH + 1
    token = "00000000-0000-0000-0000-000000000001"
    nothing = {"run_after": None, "token": None, "expires_at": None}
    insert(settings, OPEN, key="held", status="PROCESSING", count=3, **{**nothing, "token": token})
    insert(settings, LEASE)
    insert(settings, OPEN, key="due", status="WAITING", count=many, **{**nothing, "run_after": PAST})
    insert(
        settings,
        OPEN,
        key="later",
        status="WAITING",
        count=1,
        **{**nothing, "run_after": "2100-01-01T00:00:00Z"},
    )
    insert(settings, OPEN, key="old", status="PENDING", count=many, **{**nothing, "expires_at": PAST})
    reaper = QueueReaperOperator(task_id="keep_up")
    assert reaper.execute({}) == {"rescued": 3, "promoted": many, "expired": many, "lost_calls": 0}
    assert statuses(settings) == {"PENDING": many + 3, "FAILED": many, "WAITING": 1}
    assert reaper.execute({}) == {"rescued": 0, "promoted": 0, "expired": 0, "lost_calls": 0}


def test_calls_of_lost_workers_to_a_language_model_count_as_spent(settings: Settings) -> None:
    """Also where nobody asks their questions again; what is under way, and what a batch asks, stays."""
    call = """INSERT INTO beat.llm_call (kind, prompt_version, model, input_hash, is_sandbox, mode, batch_key, reserved_nanodollars, started_at)
              VALUES ('base_gender', 'v0.02', 'm', %s, true, %s, %s, 500, now() - make_interval(mins => %s))"""
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.llm_batch (batch_key, source, model, is_sandbox, requests) VALUES ('b', 'openai', 'm', true, 1)"
        )
        for number, (mode, batch, minutes) in enumerate(
            [("queue", None, 60), ("evaluation", None, 60), ("queue", None, 1), ("batch", "b", 60)]
        ):
            connection.execute(call, [bytes([number]), mode, batch, minutes])
        connection.execute(
            """INSERT INTO beat.llm_spend (day, is_sandbox, reserved_nanodollars)
               SELECT day, true, sum(reserved_nanodollars) FROM beat.llm_call GROUP BY day"""
        )
    reaper = QueueReaperOperator(task_id="keep_up")
    assert [reaper.execute({})["lost_calls"] for _ in range(2)] == [2, 0]
    with transaction(settings) as connection:
        told = connection.execute("SELECT mode, status FROM beat.llm_call ORDER BY input_hash").fetchall()
        spend = connection.execute(
            "SELECT spent_nanodollars, reserved_nanodollars FROM beat.llm_spend"
        ).fetchone()
    assert [(row["mode"], row["status"]) for row in told] == [
        ("queue", "lost"),
        ("evaluation", "lost"),
        ("queue", "started"),
        ("batch", "started"),
    ]
    assert spend == {"spent_nanodollars": 1_000, "reserved_nanodollars": 1_000}

"""`upbeat enrich …` over calls of every kind: what it shows is the sum of the calls, to the nanodollar."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.enrichment_run import change, open_ledger, questions, rows
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.cost_report import PARTS, cost_report
from upbeat.enrichment.kinds import KINDS
from upbeat.enrichment.ledger_rows import Settlement
from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

ONE_CALL = """
    INSERT INTO beat.llm_call (kind, prompt_version, model, input_hash, is_sandbox, mode, is_repair, status, outcome, day,
                               reserved_nanodollars, input_tokens, output_tokens, cost_nanodollars, ended_at)
    SELECT kind, 'v0.01', model, decode(md5(random()::text), 'hex'), is_sandbox, mode, false, status,
           CASE WHEN status = 'answered' THEN 'answered' END, '2026-03-01'::date + day, reserve, 7, 3,
           CASE status WHEN 'answered' THEN cost WHEN 'lost' THEN reserve WHEN 'failed' THEN 0 END,
           CASE WHEN status <> 'started' THEN now() END
    FROM jsonb_to_recordset(%s::jsonb) AS given (kind text, model text, is_sandbox boolean, mode text, status text, day integer,
                                                 reserve bigint, cost bigint)"""
CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(KINDS),
            "model": st.sampled_from(["gpt-4.1-mini", "gpt-4o"]),
            "is_sandbox": st.booleans(),
            "mode": st.sampled_from(["queue", "batch", "evaluation"]),
            "status": st.sampled_from(["answered", "failed", "lost", "started"]),
            "day": st.integers(0, 3),
            "reserve": st.integers(0, 10**12),
            "cost": st.integers(0, 10**12),
        }
    ),
    max_size=40,
)


@pytest.fixture
def enrich(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command on the test's own database."""
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["enrich", *arguments], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return run


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=CALLS, by=st.lists(st.sampled_from(PARTS), unique=True))
def test_the_report_equals_the_sum_of_the_calls(
    settings: Settings, calls: list[dict[str, Any]], by: list[Any]
) -> None:
    change(settings, "TRUNCATE beat.llm_call CASCADE")
    change(settings, ONE_CALL, json.dumps(calls))
    with transaction(settings) as connection:
        found = cost_report(connection, by=by)
    for is_sandbox in (False, True):
        (charged,) = rows(
            settings,
            "SELECT COALESCE(sum(cost_nanodollars), 0) AS cost, count(*) AS calls FROM beat.llm_call WHERE is_sandbox = %s",
            is_sandbox,
        )
        told = [row for row in found if row.is_sandbox == is_sandbox]
        assert sum(row.spent for row in told) == charged["cost"]
        assert sum(row.calls for row in told) == charged["calls"]
        assert all(row.calls == row.answered + row.failed + row.lost + row.under_way for row in told)


async def test_costs_are_told_by_kind_with_the_sandbox_labelled_and_lost_calls_shown(
    settings: Settings, enrich: Callable[..., str]
) -> None:
    async with open_ledger(settings) as ledger:
        for number, question in enumerate([*questions(range(3)), *questions([9], kind="base_location")]):
            call_id = await ledger.start(question, mode="queue", reserve=1_000_001)
            assert call_id is not None
            if number:
                found = Completion(outcome="refused", detail="no", usage=Usage(input=11, output=2))
                await ledger.settle(Settlement(call_id=call_id, completion=found, cost=333_333, final=True))
        await ledger.mark_lost(older_than=0)

    told = json.loads(enrich("cost", "--by", "kind", "--json"))
    assert [(row["kind"], row["calls"], row["spent_usd"]) for row in told["rows"]] == [
        ("base_gender", 3, "0.001666667"),
        ("base_location", 1, "0.000333333"),
    ]
    (total,) = told["totals"]
    assert (total["lost"], total["lost_at_most_usd"], total["source"]) == (1, "0.001000001", "sandbox")
    assert sum(Decimal(row["spent_usd"]) for row in told["rows"]) == Decimal(total["spent_usd"])

    (gender, place) = csv.DictReader(io.StringIO(enrich("cost", "--by", "kind", "--csv")))
    assert (gender["paid_usd"], place["paid_usd"]) == ("0.000666666", "0.000333333")
    text = enrich("cost")
    assert "sandbox: no money was spent" in text
    assert "1 calls are lost" in text
    assert "$0.001000001 at most" in text
    head, first, *_ = text.splitlines()[1:]
    assert head.split() == [
        "kind",
        "model",
        "day",
        "mode",
        *["calls", "answered", "lost", "tokens", "in", "out", "paid", "lost,", "at", "most"],
    ]
    assert first.split()[:2] == ["base_gender", "gpt-4.1-mini"]  # whole, however narrow the terminal is
    assert "no call was made" in enrich("cost", "--until", "2020-01-01")

    budget = json.loads(enrich("budget", "--json"))
    assert [(row["is_sandbox"], row["spent_usd"]) for row in budget] == [
        (False, "0E-9"),
        (True, "0.002000000"),
    ]
    assert "UPBEAT_LLM_DAILY_BUDGET_USD" in enrich("budget")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["cost", "--by", "colour"], "--by colour: a report is split by some of kind, model, day, mode"),
        (["cost", "--since", "yesterday"], "--since"),
        (["cost", "--since", "2026-02-01", "--until", "2026-01-01"], "is after"),
        (["show", "nobody"], "nobody: nothing is known .*`upbeat enqueue instagram.base_gender nobody`"),
    ],
)
def test_what_cannot_be_shown_is_told_in_one_line(
    arguments: list[str], line: str, settings: Settings, enrich: Callable[..., str]
) -> None:
    with pytest.raises(InputError, match=line):
        enrich(*arguments)


def test_what_is_known_of_a_creator_is_shown_with_version_confidence_and_date(
    settings: Settings, enrich: Callable[..., str]
) -> None:
    change(
        settings,
        """INSERT INTO beat.enrichment (platform, profile_id, kind, model, prompt_version, is_sandbox, handle, result, confidence, source,
                                        observed_at)
           SELECT 'INSTAGRAM', '7', 'base_gender', 'gpt-4.1-mini', version, true, 'Priya.Eats', '{"gender": "female"}', 0.87, 'sandbox', at
           FROM (VALUES ('v0.01', timestamptz '2026-01-31 12:00+00'), ('v0.02', '2026-02-28 12:00+00')) AS given (version, at)""",
    )
    told = json.loads(enrich("show", "@priya.eats", "--json"))
    assert [(row["prompt_version"], row["confidence"]) for row in told] == [("v0.02", 0.87), ("v0.01", 0.87)]
    text = enrich("show", "priya.eats", "--platform", "instagram")
    assert all(
        part in text for part in ("@Priya.Eats (instagram 7)", "v0.02", "0.87", "2026-02-28", "sandbox")
    )
    assert '{"gender":"female"}' in text

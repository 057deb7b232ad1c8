"""The DAG `enrich_creators`: plan → submit → wait → collect → check."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param, TriggerRule

from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.enrichment_batches import (
    CheckEnrichmentOperator,
    CollectEnrichmentOperator,
    PlanEnrichmentOperator,
    SubmitEnrichmentOperator,
    WaitForEnrichmentOperator,
)

RUNBOOK = """
Asks a language model for what creators do not say in figures (gender, place, category, language, topics, audience), in batches at half the price.

- **Flow**: `plan` finds creators whose biography is new since they were asked about, or whose posts were read more than 30 days ago, and reserves
  the most that the questions can cost; `submit` sends them; `wait` is deferred until the provider is done; `collect` reads the answers; `check` judges.
- **Dry run**: `upbeat enrich batch plan --dry-run` says how many questions, and for at most what price. **By hand** for some:
  trigger with `{"platforms": ["instagram"], "kinds": ["base_gender"], "limit": 1000}`.
- **Reads** `beat.tracked_profile`, accounts and posts; public text only, contact data masked. **Writes** `beat.llm_batch`, `beat.llm_call`,
  `beat.llm_answer`, `beat.enrichment` and outbox events.
- **Normal duration**: as long as the provider takes: mostly an hour or two, 24 hours at most; seconds against the sandbox.
- **The day's budget** (`UPBEAT_LLM_DAILY_BUDGET_USD`) has no room for all: no failure. `plan` says so in one line, and the rest is planned the next day.
- **`wait` fails** after `UPBEAT_LLM_BATCH_WAIT_HOURS`: `upbeat enrich batch status` tells how far the batches are; the next run goes on with the same ones.
- **`check` fails above 5 % unusable answers** and says the numbers (refused, filtered, truncated, malformed after a repair, to be asked again): look at
  `upbeat enrich batch status`, then at the prompt (`upbeat prompts eval`) when most are malformed or truncated.
- **Safe to rerun** at any time, and to stop: nothing is sent twice, no answer that was paid for is paid again, a second collection changes nothing.
"""
LONGEST_RUN = timedelta(hours=27)
"""The provider may take 24 hours, a run waits 25; nothing is held meanwhile but the run itself."""

NAMES = {"type": "string"}


def build_enrichment_dag() -> DAG:
    """Wire it."""
    dag = define_dag(
        dag_id="enrich_creators",
        schedule="0 2 * * *",
        owner="collection",
        tags=[Tag.UTILITIES, Tag.TIER_3],
        runbook=RUNBOOK,
        run_timeout=LONGEST_RUN,
        params={
            "platforms": Param([], type="array", items=NAMES, description="instagram, youtube; empty: both."),
            "kinds": Param([], type="array", items=NAMES, description="base_gender …; empty: all."),
            "limit": Param(None, type=["null", "integer"], minimum=1, description="Most questions."),
        },
    )
    with dag:
        plan = PlanEnrichmentOperator(task_id="plan")
        submit = SubmitEnrichmentOperator(task_id="submit")
        wait = WaitForEnrichmentOperator(task_id="wait")
        # Whatever became of the steps before: what has ended is read, the rest is the next run's.
        collect = CollectEnrichmentOperator(
            task_id="collect",
            keys="{{ ti.xcom_pull(task_ids='wait') }}",
            trigger_rule=TriggerRule.ALL_DONE,
        )
        check = CheckEnrichmentOperator(task_id="check", told=collect.output)
        plan >> submit >> wait >> collect >> check
        # A run that could not plan, send or wait is none that went well.
        wait >> check
    return dag

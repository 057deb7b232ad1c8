"""Enrichment in batches from Airflow: plan, submit, wait without a worker's slot, collect, check. What is done stands in Postgres: every
task may be run again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

from upbeat.errors import InputError
from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections
from upbeat.operators.enrichment_trigger import EnrichmentBatchesTrigger

if TYPE_CHECKING:
    from upbeat.operations.enrichment_batches.store import Batches
    from upbeat.settings import Settings


class _BatchOperator(BaseOperator):
    """What the steps share."""

    def __init__(self, *, postgres_conn_id: str = POSTGRES_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.postgres_conn_id = postgres_conn_id

    def settings(self) -> Settings:
        return settings_from_connections(postgres_conn_id=self.postgres_conn_id)

    def step(self, settings: Settings, do: Callable[[Batches], Awaitable[Any]]) -> Any:
        """The result of one step. What a person has to put right is not tried again by itself."""
        from upbeat.operations.enrichment_batches.store import open_batches

        async def run() -> Any:
            async with open_batches(settings) as batches:
                return await do(batches)

        try:
            return asyncio.run(run())
        except InputError as error:
            raise AirflowFailException(str(error)) from error


class PlanEnrichmentOperator(_BatchOperator):
    """Writes batches down with their calls and reservations, as far as the day's budget goes; returns the counts.

    Args:
        platforms, kinds: templated; only these. Empty means all.
        limit: templated; most questions. None means as many as there are.
    """

    template_fields: Sequence[str] = ("platforms", "kinds", "limit")

    def __init__(
        self,
        *,
        platforms: Any = "{{ params.platforms }}",
        kinds: Any = "{{ params.kinds }}",
        limit: Any = "{{ params.limit }}",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.platforms = platforms
        self.kinds = kinds
        self.limit = limit

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.operations.enrichment_batches.plan import plan
        from upbeat.operations.enrichment_batches.wanted import wanted_of

        async def do(batches: Batches) -> Any:
            limit = int(self.limit) if self.limit else None
            return await plan(batches, wanted_of(list(self.platforms), list(self.kinds), limit))

        planned = self.step(self.settings(), do)
        self.log.info("%s", planned.summary)
        if planned.note:
            self.log.warning("%s", planned.note)
        return asdict(planned)


class SubmitEnrichmentOperator(_BatchOperator):
    """Sends what is planned, also what a run before this one left; returns the keys by what became of them."""

    def execute(self, context: Any) -> dict[str, list[str]]:
        from upbeat.operations.enrichment_batches.submit import submit

        sent = self.step(self.settings(), submit)
        self.log.info("%s batches sent, %s refused", len(sent.sent), len(sent.refused))
        return asdict(sent)


class WaitForEnrichmentOperator(_BatchOperator):
    """Waits, deferred, until everything that was sent has ended; returns the keys.

    Fails when `UPBEAT_LLM_BATCH_WAIT_HOURS` are over: the next run waits for the same batches, and sends none of them again.
    """

    def execute(self, context: Any) -> list[str]:
        from upbeat.operations.enrichment_batches.look import look

        settings = self.settings()
        found = self.step(settings, look)
        for one in found:
            self.log.info("%s", one)
        keys = [one.batch_key for one in found]
        waiting = [one.provider_id for one in found if not one.has_ended]
        if not waiting:
            return keys
        until = datetime.now(UTC) + timedelta(hours=settings.llm_batch_wait_hours)
        raise TaskDeferred(
            trigger=EnrichmentBatchesTrigger(
                provider_ids=waiting, poll_seconds=settings.llm_batch_poll_seconds, until=until.isoformat()
            ),
            method_name="resume",
            kwargs={"keys": keys},
        )

    def resume(self, context: Any, event: dict[str, Any], keys: list[str]) -> list[str]:
        """What the trigger has found: all ended, too late, or what a person has to put right."""
        if problem := event.get("problem"):
            raise AirflowFailException(str(problem))
        if still := event.get("waiting"):
            raise AirflowFailException(
                f"{len(still)} of {len(keys)} batches have not ended ({', '.join(still)}): the next run goes on with them; "
                "`upbeat enrich batch status` tells how far they are"
            )
        return keys


class CollectEnrichmentOperator(_BatchOperator):
    """Reads what has ended into what is known of creators; returns the counts.

    Args:
        keys: templated; batches that are counted even if a run before collected them. None where waiting has failed.
    """

    template_fields: Sequence[str] = ("keys",)

    def __init__(self, *, keys: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keys = keys

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.operations.enrichment_batches.collect import collect
        from upbeat.operations.enrichment_batches.look import look

        async def do(batches: Batches) -> Any:
            await look(batches)
            return await collect(batches, also=list(self.keys or []))

        found = self.step(self.settings(), do)
        told: dict[str, Any] = found.told()
        self.log.info("%s", told)
        for problem in found.problems:
            self.log.warning("%s", problem)
        return told


class CheckEnrichmentOperator(BaseOperator):
    """Fails when more than `most_unusable_share` of the questions have no usable answer, and says the numbers either way.

    Args:
        told: templated; what collecting returned.
    """

    template_fields: Sequence[str] = ("told",)

    def __init__(self, *, told: Any, most_unusable_share: float = 0.05, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.told = told
        self.most_unusable_share = most_unusable_share

    def execute(self, context: Any) -> str:
        from upbeat.operations.enrichment_batches.collected import verdict

        is_good, sentence = verdict(self.told, self.most_unusable_share)
        if not is_good:
            raise AirflowFailException(
                f"{sentence}: above {self.most_unusable_share:.0%}. `upbeat enrich batch status` tells of each batch what was wrong."
            )
        self.log.info("%s", sentence)
        return sentence

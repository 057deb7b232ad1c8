"""What a person asks for through a DAG's parameters: creators and posts at once, old figures, raw answers parsed anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from upbeat.errors import InputError
from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections

if TYPE_CHECKING:
    from upbeat.ingestion.history_file import HistoryFile
    from upbeat.ingestion.replay import ReplayReport
    from upbeat.settings import Settings


class EnqueueOnDemandOperator(BaseOperator):
    """Adds a task for every creator and post that is named, stale or not; returns the one shard that works them off.

    Args:
        platform, handles, shortcodes: templated; shortcodes are video ids for YouTube.
    """

    template_fields: Sequence[str] = ("platform", "handles", "shortcodes")

    def __init__(
        self,
        *,
        platform: str = "{{ params.platform }}",
        handles: Any = "{{ params.handles }}",
        shortcodes: Any = "{{ params.shortcodes }}",
        postgres_conn_id: str = POSTGRES_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.platform = platform
        self.handles = handles
        self.shortcodes = shortcodes
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> list[int]:
        from upbeat.flows.on_demand import on_demand_requests
        from upbeat.flows.stale import enqueue_named
        from upbeat.stores.postgres import transaction

        run, now = str(context["run_id"]), datetime.now(UTC)
        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        try:
            wanted = on_demand_requests(self.platform, self.handles, self.shortcodes)
            with transaction(settings, application=f"airflow:{self.dag_id}.{self.task_id}") as connection:
                for request, subjects in wanted:
                    added = enqueue_named(connection, request, subjects, request_name=run, now=now)
                    self.log.info("%s tasks added to the queue for flow %s", added, request.flow)
        except InputError as error:
            raise AirflowFailException(str(error)) from error  # a second try would read the same
        return [0]


class ImportHistoryOperator(BaseOperator):
    """Imports follower figures of old exports; the same file again changes nothing. Returns the report.

    Args:
        file: templated; `s3://bucket/key`, or a file in the setting `airflow_import_folder` of the machine that runs the task.
        handles: templated; only the rows of these creators. Empty means all.
        platform, observed_on: templated; where the file does not tell. Empty means that it does.
        track, dry_run: templated; collect the creators from now on; only say what would be imported.
    """

    template_fields: Sequence[str] = ("file", "handles", "platform", "observed_on", "track", "dry_run")

    def __init__(
        self,
        *,
        file: str = "{{ params.file }}",
        handles: Any = "{{ params.handles }}",
        platform: Any = "{{ params.platform }}",
        observed_on: Any = "{{ params.observed_on }}",
        track: Any = "{{ params.track }}",
        dry_run: Any = "{{ params.dry_run }}",
        postgres_conn_id: str = POSTGRES_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.file = file
        self.handles = handles
        self.platform = platform
        self.observed_on = observed_on
        self.track = track
        self.dry_run = dry_run
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.ingestion.history_import import import_history

        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        try:
            found = self._read(settings)
        except InputError as error:
            raise AirflowFailException(str(error)) from error
        report = import_history(
            settings, found, self._name(), track_handles=bool(self.track), dry_run=bool(self.dry_run)
        )
        self.log.info("%s", report)
        for reject in found.rejects[:20]:
            self.log.warning("line %s cannot be used: %s", reject.line, reject.reason)
        return asdict(report)

    def _name(self) -> str:
        return str(self.file).rpartition("/")[2]

    def _read(self, settings: Settings) -> HistoryFile:
        from upbeat.ingestion.history_file import of_handles, read_history
        from upbeat.ingestion.history_values import read_date
        from upbeat.stores.object_or_file import read_object_or_file

        try:
            # A parameter such as 2022-12-31 may arrive as the date itself.
            day = read_date(str(self.observed_on)) if self.observed_on else None
        except ValueError as error:
            raise InputError(f"observed_on={self.observed_on}: {error}") from error
        body = read_object_or_file(settings, str(self.file or ""), settings.airflow_import_folder)
        found = read_history(body, self._name(), platform=self.platform or None, observed_on=day)
        return of_handles(found, self.handles) if self.handles else found


class ReplayRawOperator(BaseOperator):
    """Parses archived raw answers anew with today's parsers; no request goes out. Returns the counts.

    Args:
        flows: templated; patterns such as `instagram.*`.
        since: templated; `7d`, `36h` or a day. Empty means all.
        task: templated; only what this task heard. Empty means all.
        dry_run: templated; only say what would change.
    """

    template_fields: Sequence[str] = ("flows", "since", "task_heard", "dry_run")

    def __init__(
        self,
        *,
        flows: Any = "{{ params.flows }}",
        since: Any = "{{ params.since }}",
        task: Any = "{{ params.task }}",
        dry_run: Any = "{{ params.dry_run }}",
        postgres_conn_id: str = POSTGRES_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.flows = flows
        self.since = since
        self.task_heard = task
        self.dry_run = dry_run
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        import asyncio

        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        try:
            report = asyncio.run(self._replay(settings))
        except InputError as error:
            raise AirflowFailException(str(error)) from error
        told = asdict(report) | {"differences": len(report.differences)}
        self.log.info("%s", told)
        for difference in report.differences[:50]:
            self.log.info("%s", difference)
        return told

    async def _replay(self, settings: Settings) -> ReplayReport:
        import psycopg

        from upbeat.flows.patterns import flows_like
        from upbeat.ingestion.replay import replay, since_of

        since = since_of(str(self.since), datetime.now(UTC)) if self.since else None
        flows = flows_like(self.flows or ["*"])
        connection = await psycopg.AsyncConnection.connect(
            settings.postgres_dsn(), autocommit=True, connect_timeout=10, options="-c timezone=UTC"
        )
        async with connection:
            return await replay(
                settings,
                connection,
                flows=flows,
                since=since,
                task_id=int(self.task_heard) if self.task_heard else None,
                dry_run=bool(self.dry_run),
            )

"""Checks that fail with the names of what is wrong: old raw tables, refused credentials, published tables that differ from their marts."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from upbeat.operators.connections import CLICKHOUSE_CONN_ID, POSTGRES_CONN_ID, settings_from_connections
from upbeat.settings import Settings


class _CheckOperator(BaseOperator):
    """What the checks share. They fail for good: a second try five minutes later would only tell the same later."""

    def __init__(
        self,
        *,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        clickhouse_conn_id: str = CLICKHOUSE_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.postgres_conn_id = postgres_conn_id
        self.clickhouse_conn_id = clickhouse_conn_id

    def settings(self) -> Settings:
        return settings_from_connections(
            postgres_conn_id=self.postgres_conn_id, clickhouse_conn_id=self.clickhouse_conn_id
        )


class FreshnessCheckOperator(_CheckOperator):
    """Fails when a raw table is older than its error limit in the dbt project; returns the tables by state."""

    def execute(self, context: Any) -> dict[str, list[str]]:
        from upbeat.operations.freshness import table_ages

        by_state: dict[str, list[str]] = {}
        for table in table_ages(self.settings()):
            by_state.setdefault(table.state, []).append(str(table))
        for line in by_state.get("late", []):
            self.log.warning("late: %s", line)
        if too_late := by_state.get("too late"):
            raise AirflowFailException(f"{len(too_late)} raw tables are too late: {', '.join(too_late)}")
        self.log.info("%s", {state: len(tables) for state, tables in by_state.items()})
        return by_state


class CredentialValidationOperator(_CheckOperator):
    """Asks the sources about all credentials; fails with those that cannot be used. Secrets are told nowhere."""

    def execute(self, context: Any) -> dict[str, int]:
        import asyncio

        from upbeat.crawlers.credential_validation import validate_stored

        reports = asyncio.run(validate_stored(self.settings()))
        refused = [report for report in reports if report.verdict and not report.verdict.usable]
        for report in reports:
            state = report.verdict.validity if report.verdict else "not asked"
            self.log.info(
                "%s %s (%s): %s %s", report.source, report.id, report.handle, state, report.reason or ""
            )
        if refused:
            names = "; ".join(f"{report.source} {report.id}: {report.reason}" for report in refused)
            raise AirflowFailException(f"{len(refused)} of {len(reports)} credentials are refused: {names}")
        return {"asked": sum(report.verdict is not None for report in reports), "credentials": len(reports)}


class VerifyPublishedOperator(_CheckOperator):
    """Holds every published table against its mart; fails with those that differ while the mart is what was exported."""

    def execute(self, context: Any) -> dict[str, str]:
        from upbeat.sync.plan import load_plans
        from upbeat.sync.verify_published import FAULTS, verify_all

        seen = list(verify_all(self.settings(), load_plans()))
        for one in seen:
            counts = f"{one['rows_published']} rows published, {one['rows_mart']} in {one['mart']}"
            told = one["status"] if one["rows_mart"] is None else f"{one['status']}, {counts}"
            self.log.info("%s: %s", one["table"], told)
        if faults := [one for one in seen if one["status"] in FAULTS]:
            named = (
                f"{one['table']}: {one['status']} {'; '.join(one['examples'])}".rstrip() for one in faults
            )
            published = sum(one["status"] != "never published" for one in seen)
            raise AirflowFailException(
                f"{len(faults)} faults in {published} published tables: {'; '.join(named)}"
            )
        return {one["plan"]: one["status"] for one in seen}


class DataQualityReportOperator(_CheckOperator):
    """Writes the day's report to S3 and fails when more of a raw table is dirty than may be."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.errors import InputError
        from upbeat.operations.data_quality import write_report

        try:
            report = write_report(self.settings())
        except InputError as error:
            raise AirflowFailException(str(error)) from error
        self.log.info("%s; written to %s", report.summary, report.place)
        if report.too_much:
            told = "; ".join(map(str, report.too_much))
            raise AirflowFailException(f"{report.summary}; {told}; see {report.place}")
        return {"dirty": sum(dirt.dirty for dirt in report.dirt), "place": report.place}

"""First step of a publish: ClickHouse itself writes the mart to S3, then what arrived is measured and noted."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from upbeat.errors import InputError, StoreUnavailableError, UpbeatError, VerificationError
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectMissingError, ObjectStore
from upbeat.sync.copy_text import OUTPUT_SETTINGS, export_select
from upbeat.sync.plan import Plan
from upbeat.sync.staged import StagedFile, StagedPlace, write_manifest

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

ATTEMPTS = 3
EXPORT_SETTINGS: dict[str, Any] = {
    **OUTPUT_SETTINGS,
    "s3_truncate_on_insert": 1,
    # About 6 s of patience; the default of 500 keeps an export to an S3 that is away running for hours.
    "s3_retry_attempts": 5,
}
# Codes of ClickHouse's ErrorCodes.cpp for a plan that does not fit the mart.
_PLAN_CODES = frozenset({16, 42, 43, 46, 47, 53, 60, 62, 81})


def export_to_s3(settings: Settings, plan: Plan, run_id: str) -> StagedFile:
    """Write the plan's mart to its staged file. A repeat of the run overwrites it.

    S3 keys never stand in the SQL: ClickHouse uses the named collection of the setting `clickhouse_s3_collection`,
    or the login in its own environment.

    Raises:
        InputError: the mart is missing, or the plan names what it does not have.
        VerificationError: the mart kept changing while it was read.
        StoreUnavailableError: ClickHouse or S3 is away; what was published stays.
    """
    place = StagedPlace.of(settings, plan, run_id)
    client = clickhouse.client(settings, comment=f"upbeat sync {plan.name} {run_id}")
    try:
        for _ in range(ATTEMPTS):
            rows, updated_at = source_state(plan, client)
            _ask(plan, client, export_statement(settings, plan, place), EXPORT_SETTINGS)
            failpoint("sync_after_export")
            measured = _measure(settings, plan, place)
            # A mart that dbt replaced between the two statements would be published under the other one's count.
            if measured[0] == rows:
                staged = _staged(plan, run_id, place, measured, updated_at)
                write_manifest(settings, place, staged)
                return staged
    finally:
        client.close()
    raise VerificationError(
        f"{plan.name}: {plan.mart} changed during each of {ATTEMPTS} exports; run it again"
    )


def source_state(plan: Plan, client: Client) -> tuple[int, str | None]:
    """Rows of the mart, and its newest value of `freshness` in ISO 8601. Raises as `export_to_s3`."""
    rows, newest = _ask(plan, client, source_statement(plan))
    return rows, f"{newest}+00:00" if newest and rows else None


def source_statement(plan: Plan) -> str:
    """Counts the mart's rows and finds its newest value of `freshness`."""
    database, _, table = plan.mart.partition(".")
    newest = (
        f"toString(toTimeZone(toDateTime64(max(`{plan.freshness}`), 6), 'UTC'))" if plan.freshness else "NULL"
    )
    return f"SELECT count(), {newest} FROM `{database}`.`{table}`"  # noqa: S608 - names match the plan's patterns


def export_statement(settings: Settings, plan: Plan, place: StagedPlace) -> str:
    """The export. Its place is all that it tells of S3."""
    url = f"{settings.s3_endpoint()}/{place.bucket}/{place.key}"
    collection = settings.clickhouse_s3_collection
    arguments = (
        f"`{collection}`, url = {_literal(url)}, format = 'TabSeparated'"
        if collection
        else f"{_literal(url)}, 'TabSeparated'"
    )
    return f"INSERT INTO FUNCTION s3({arguments}) {export_select(plan)}"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _ask(plan: Plan, client: Client, statement: str, settings: dict[str, Any] | None = None) -> Any:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    try:
        if settings is not None:
            return client.command(statement, settings=settings)
        return client.query(statement).result_rows[0]
    except (ClickHouseError, OSError) as error:
        raise _sorted(plan, error) from error


def _sorted(plan: Plan, error: Exception) -> UpbeatError:
    code = getattr(error, "code", None)
    line = " ".join(str(error).split())[:400]
    if code in (60, 81):
        return InputError(
            f"{plan.name}: {plan.mart} is not in ClickHouse; build it first: dbt run --select {plan.mart.split('.')[1]}"
        )
    if code in _PLAN_CODES:
        return InputError(f"{plan.name}: the plan does not fit {plan.mart}: {line}")
    return StoreUnavailableError(f"{plan.name}: the export did not pass: {line}")


def _measure(settings: Settings, plan: Plan, place: StagedPlace) -> tuple[int, int, str]:
    """Rows (lines), bytes and SHA-256 of what lies in S3 now."""
    rows = size = 0
    digest = hashlib.sha256()
    try:
        for chunk in ObjectStore(settings, place.bucket).chunks(place.key):
            rows += chunk.count(b"\n")
            size += len(chunk)
            digest.update(chunk)
    except ObjectMissingError as error:
        # Some versions write no object for no rows.
        raise VerificationError(
            f"{plan.name}: the export wrote nothing; {plan.mart} may be empty, what was published stays"
        ) from error
    return rows, size, digest.hexdigest()


def _staged(
    plan: Plan, run_id: str, place: StagedPlace, measured: tuple[int, int, str], updated_at: str | None
) -> StagedFile:
    rows, size, digest = measured
    return StagedFile(
        plan=plan.name,
        run_id=run_id,
        bucket=place.bucket,
        key=place.key,
        columns=[column.name for column in plan.columns],
        rows=rows,
        bytes=size,
        sha256=digest,
        source_updated_at=updated_at,
        exported_at=datetime.now(UTC).isoformat(),
    )

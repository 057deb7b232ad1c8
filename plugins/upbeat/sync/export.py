"""First step of a publish: ClickHouse itself writes the mart to S3, then what arrived is measured and noted."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from upbeat.errors import InputError, StoreUnavailableError, UpbeatError, VerificationError
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectMissingError, ObjectStore
from upbeat.sync.file_format import FileLayout, layout, types_statement
from upbeat.sync.plan import Plan
from upbeat.sync.staged import FileFormat, StagedFile, StagedPlace, write_manifest

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

ATTEMPTS = 3
# How long to wait for a dbt that is in the middle of an incremental mart: it deletes rows, then writes them anew.
CHANGING_SECONDS = 60.0
LOOK_SECONDS = 0.5
EXPORT_SETTINGS: dict[str, Any] = {
    "s3_truncate_on_insert": 1,
    # About 6 s of patience; the default of 500 keeps an export to an S3 that is away running for hours.
    "s3_retry_attempts": 5,
    # The first two attempts of a request are given up after a fraction of a second otherwise. A server that stores the parts of
    # an upload in their order lets a part wait for the one before it; cut off meanwhile, some refuse the whole upload.
    "s3_use_adaptive_timeouts": 0,
}
# Codes of ClickHouse's ErrorCodes.cpp for a plan that does not fit the mart.
_PLAN_CODES = frozenset({16, 42, 43, 46, 47, 53, 60, 62, 81})
_VALUE_REFUSED = 395


class SourceState(NamedTuple):
    """A mart now: rows, its newest value of `freshness` (ISO 8601), rows with an empty text in their key, and whether dbt
    may have deleted rows that it has not written anew."""

    rows: int
    updated_at: str | None
    keyless: int
    changing: bool


def export_to_s3(
    settings: Settings, plan: Plan, run_id: str, *, file_format: FileFormat | None = None
) -> StagedFile:
    """Write the plan's mart to its staged file. A repeat of the run overwrites it.

    S3 keys never stand in the SQL: ClickHouse uses the named collection of the setting `clickhouse_s3_collection`,
    or the login in its own environment.

    Args:
        file_format: another one than the plan's; a `json` file is for people and cannot be loaded.

    Raises:
        InputError: the mart is missing, or the plan names what it does not have.
        VerificationError: a value does not fit its column, a key is empty, or the mart kept changing while it was read.
        StoreUnavailableError: ClickHouse or S3 is away; what was published stays.
    """
    place = StagedPlace.of(settings, plan, run_id)
    client = clickhouse.client(settings, comment=f"upbeat sync {plan.name} {run_id}")
    try:
        chosen = layout(plan, source_types(plan, client), file_format)
        before = _settled_state(plan, client)
        for _ in range(ATTEMPTS):
            refuse_keyless(plan, before)
            failpoint("sync_before_export")
            statement = export_statement(settings, place, chosen)
            _ask(plan, client, statement, {**EXPORT_SETTINGS, **chosen.settings})
            failpoint("sync_after_export")
            after = source_state(plan, client)
            # A mart that dbt replaced between the statements would be published under the other one's count.
            if before == after:
                staged = _staged(settings, plan, run_id, place, chosen, after)
                write_manifest(settings, place, staged)
                return staged
            before = _settled_state(plan, client)
    finally:
        client.close()
    raise VerificationError(
        f"{plan.name}: {plan.mart} changed during each of {ATTEMPTS} exports; run it again"
    )


def source_types(plan: Plan, client: Client) -> dict[str, str]:
    """ClickHouse type of each column's expression. Raises as `export_to_s3`."""
    return {row[0]: row[1] for row in ask_rows(plan, client, types_statement(plan))}


def source_state(plan: Plan, client: Client) -> SourceState:
    """What the mart holds. Raises as `export_to_s3`."""
    rows, newest, keyless, changing = ask_rows(plan, client, source_statement(plan))[0]
    return SourceState(rows, f"{newest}+00:00" if newest and rows else None, keyless, bool(changing))


def _settled_state(plan: Plan, client: Client) -> SourceState:
    """The state once no dbt is in the middle of the mart. Raises VerificationError when that takes too long."""
    deadline = time.monotonic() + CHANGING_SECONDS
    while (state := source_state(plan, client)).changing:
        if time.monotonic() > deadline:
            raise VerificationError(
                f"{plan.name}: dbt has been changing {plan.mart} for {CHANGING_SECONDS:g} s; run it again when it is done"
            )
        time.sleep(LOOK_SECONDS)
    return state


def refuse_keyless(plan: Plan, state: SourceState) -> None:
    """ClickHouse's columns that cannot be null hold '' for what is missing, so in the key that counts as missing.

    Raises:
        VerificationError: rows have an empty key.
    """
    if state.keyless:
        raise VerificationError(
            f"{plan.name}: {state.keyless} rows have an empty key ({', '.join(_text_keys(plan))}) in {plan.mart}; "
            "what was published stays"
        )


def _text_keys(plan: Plan) -> dict[str, str]:
    return {
        column.name: column.expression
        for column in plan.columns
        if column.type == "text" and column.name in plan.key
    }


def source_statement(plan: Plan) -> str:
    """Counts the mart's rows and those without a key, finds its newest value of `freshness`, and asks for the table that
    dbt keeps beside an incremental mart from before it deletes rows until they are written anew. One older than an hour
    was left by a dbt that died; later ones have mended the mart since.
    """
    database, _, table = plan.mart.partition(".")
    newest = (
        f"toString(toTimeZone(toDateTime64(max(`{plan.freshness}`), 6), 'UTC'))" if plan.freshness else "NULL"
    )
    empty = " OR ".join(f"toString({expression}) = ''" for expression in _text_keys(plan).values()) or "0"
    # Names match the plan's patterns; expressions are the repository's own.
    changing = (
        f"SELECT count() FROM system.tables WHERE database = '{database}' "  # noqa: S608
        f"AND startsWith(name, '{table}__dbt_new_data_') AND metadata_modification_time > now() - INTERVAL 1 HOUR"
    )
    return f"SELECT count(), {newest}, countIf({empty}), ({changing}) FROM `{database}`.`{table}`"  # noqa: S608


def export_statement(settings: Settings, place: StagedPlace, chosen: FileLayout) -> str:
    """The export. Its place is all that it tells of S3."""
    url = _literal(f"{settings.s3_endpoint()}/{place.bucket}/{place.data_key(chosen.name)}")
    collection = settings.clickhouse_s3_collection
    arguments = (
        f"`{collection}`, url = {url}, format = '{chosen.output}'"
        if collection
        else f"{url}, '{chosen.output}'"
    )
    return f"INSERT INTO FUNCTION s3({arguments}) {chosen.select}"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _ask(plan: Plan, client: Client, statement: str, settings: dict[str, Any]) -> None:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    try:
        client.command(statement, settings=settings)
    except (ClickHouseError, OSError) as error:
        raise _sorted(plan, error) from error


def ask_rows(plan: Plan, client: Client, statement: str) -> Sequence[Any]:
    """Rows of a statement over the mart. Raises as `export_to_s3`."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    try:
        return client.query(statement).result_rows
    except (ClickHouseError, OSError) as error:
        raise _sorted(plan, error) from error


def _sorted(plan: Plan, error: Exception) -> UpbeatError:
    code = getattr(error, "code", None)
    line = " ".join(str(error).split())[:400]
    if code in (60, 81):
        return InputError(
            f"{plan.name}: {plan.mart} is not in ClickHouse; build it first: dbt run --select {plan.mart.split('.')[1]}"
        )
    if code == _VALUE_REFUSED:
        words = re.search(r"([a-z][a-z0-9_]*: a value is [a-z ]+)", line)
        return VerificationError(f"{plan.name}: {words[1] if words else line}; what was published stays")
    if code in _PLAN_CODES:
        return InputError(f"{plan.name}: the plan does not fit {plan.mart}: {line}")
    return StoreUnavailableError(f"{plan.name}: the export did not pass: {line}")


def _staged(
    settings: Settings, plan: Plan, run_id: str, place: StagedPlace, chosen: FileLayout, state: SourceState
) -> StagedFile:
    """What lies in S3 now, measured by reading it."""
    key = place.data_key(chosen.name)
    size, digest = 0, hashlib.sha256()
    try:
        for chunk in ObjectStore(settings, place.bucket).chunks(key):
            size += len(chunk)
            digest.update(chunk)
    except ObjectMissingError as error:
        # Some versions write no object for no rows.
        raise VerificationError(
            f"{plan.name}: the export wrote nothing; {plan.mart} may be empty, what was published stays"
        ) from error
    return StagedFile(
        plan=plan.name,
        run_id=run_id,
        bucket=place.bucket,
        key=key,
        format=chosen.name,
        note=chosen.note,
        columns=[column.name for column in plan.columns],
        rows=state.rows,
        bytes=size,
        sha256=digest.hexdigest(),
        source_updated_at=state.updated_at,
        exported_at=datetime.now(UTC).isoformat(),
    )

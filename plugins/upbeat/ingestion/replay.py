"""Parses archived raw answers with the parsers of today and stores what they give now. No request goes out.

Log entries are corrected in place, current rows and facts where the answer is still their newest observation. Tasks keep
their state. Doing it twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from upbeat.crawlers.collections import collection_items
from upbeat.crawlers.registry import crawler_class
from upbeat.errors import InputError, UpbeatError
from upbeat.flows import Flow
from upbeat.ingestion.archive import ArchivedPayload, RawArchive, archive_prefix
from upbeat.ingestion.differences import Difference, differences_of
from upbeat.ingestion.identity import resolve_identities
from upbeat.ingestion.process import is_data_error, through_conflicts, write_observations
from upbeat.ingestion.rows import Observation, rows_of
from upbeat.logs import get_logger
from upbeat.records import Parsed
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.objects import ObjectMissingError

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_DIFFERENCES_SHOWN = 10

log = get_logger("ingestion.replay")


@dataclass(slots=True)
class ReplayReport:
    """What a replay read and changed.

    `records` counts what was read by its word (`profile`, `comment`, …); `added` and `corrected` count log entries and facts;
    `problems` counts payloads that gave nothing, by reason.
    """

    objects: int = 0
    payloads: int = 0
    parsed: int = 0
    records: dict[str, int] = field(default_factory=dict)
    added: int = 0
    corrected: int = 0
    dry_run: bool = False
    problems: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def note_problem(self, reason: str) -> None:
        """Count a payload or object that gave nothing."""
        self.problems[reason] = self.problems.get(reason, 0) + 1


async def replay(
    settings: Settings,
    connection: psycopg.AsyncConnection[Any],
    *,
    flows: Sequence[Flow] = (),
    since: datetime | None = None,
    task_id: int | None = None,
    dry_run: bool = False,
    on_progress: Callable[[ReplayReport], None] = lambda report: None,
) -> ReplayReport:
    """Replay the archive of `flows` since a time, or what one task heard.

    Args:
        connection: autocommitting; each archive object is one transaction.
        since: hour of archiving to begin with.
        dry_run: only report what would change.

    Raises:
        InputError: the task is unknown, or heard nothing.
        StoreUnavailableError: S3 or Postgres does not answer; what was done stays, and doing it again is safe.
    """
    archive = RawArchive(settings)
    report = ReplayReport(dry_run=dry_run)
    wanted = None
    if task_id is None:
        keys: Iterator[str] = (key for flow in flows for key in _keys(archive, flow, since))
    else:
        wanted = await _pointers(connection, task_id)
        keys = iter(sorted({pointer.rpartition("#")[0] for pointer in wanted}))
    for key in keys:
        report.objects += 1
        try:
            payloads = archive.read(key)
        except (ValueError, ObjectMissingError) as error:
            report.note_problem(str(error))
            continue
        payloads = [archived for archived in payloads if wanted is None or archived.pointer in wanted]
        observations = _parse(payloads, await _collections(connection, payloads), report)
        await _store(connection, observations, report)
        on_progress(report)
    return report


def _keys(archive: RawArchive, flow: Flow, since: datetime | None) -> Iterator[str]:
    """Keys of the flow's objects; `dt=…/hour=…` sorts by time, so those before `since` are passed over by name."""
    first = "" if since is None else archive_prefix(flow.platform, flow.name, since)
    return (key for key in archive.keys(archive_prefix(flow.platform, flow.name)) if key >= first)


async def _pointers(connection: psycopg.AsyncConnection[Any], task_id: int) -> set[str]:
    cursor = await connection.execute(_SQL["task_pointers"], {"id": task_id})
    row = await cursor.fetchone()
    if row is None:
        raise InputError(f"task {task_id}: there is no such task: `upbeat queue --failed` lists some")
    pointers = set(row[0] or ())
    if not pointers:
        raise InputError(f"task {task_id}: no raw answers are archived for it")
    return pointers


async def _collections(
    connection: psycopg.AsyncConnection[Any], payloads: Sequence[ArchivedPayload]
) -> dict[int, str]:
    """For which collection each of these tasks was run; of tasks that are pruned nobody knows it any more."""
    ids = sorted({archived.task_id for archived in payloads})
    cursor = await connection.execute(_SQL["collections"].encode(), {"ids": ids})
    return dict(await cursor.fetchall())


def _parse(
    payloads: Sequence[ArchivedPayload], collections: Mapping[int, str], report: ReplayReport
) -> list[Observation]:
    """What the parsers of today read from these payloads; a payload that gives nothing is counted with its reason."""
    observations = []
    for archived in payloads:
        report.payloads += 1
        payload = archived.payload
        if not 200 <= payload.status < 300:
            report.note_problem(f"{payload.source}: HTTP {payload.status}, nothing to parse")
            continue
        try:
            parsed: Parsed = crawler_class(payload.source).parse(
                payload.kind, payload.body, observed_at=payload.fetched_at, params=payload.params
            )
        except UpbeatError as error:
            report.note_problem(f"{payload.source}: {error}")
            continue
        except Exception as error:
            # As in a worker: a parser that meets what its author did not think of costs one answer, not the run.
            log.exception("parser failed", source=payload.source, pointer=archived.pointer)
            report.note_problem(f"{payload.source}: the parser failed ({type(error).__name__})")
            continue
        report.parsed += 1
        if archived.task_id in collections:
            parsed.facts += collection_items(parsed, collections[archived.task_id])
        for word, count in parsed.counts().items():
            report.records[word] = report.records.get(word, 0) + count
        observations.append(Observation(parsed, [payload], [archived.pointer]))
    return observations


async def _store(
    connection: psycopg.AsyncConnection[Any], observations: Sequence[Observation], report: ReplayReport
) -> None:
    """Store these observations; one that Postgres refuses is found by halving, and costs itself alone."""
    if not observations:
        return
    try:
        differences = await through_conflicts(
            partial(_store_together, connection, observations, dry_run=report.dry_run)
        )
    except psycopg.Error as error:
        if not is_data_error(error):
            raise
        if len(observations) > 1:
            middle = len(observations) // 2
            await _store(connection, observations[:middle], report)
            await _store(connection, observations[middle:], report)
            return
        (payload,) = observations[0].payloads
        reason = error.diag.message_primary or str(error)
        report.note_problem(f"{payload.source}: the database refused what it told: {reason}")
        return
    report.added += sum(difference.before is None for difference in differences)
    report.corrected += sum(difference.before is not None for difference in differences)
    report.differences += differences[: _DIFFERENCES_SHOWN - len(report.differences)]


async def _store_together(
    connection: psycopg.AsyncConnection[Any], observations: Sequence[Observation], *, dry_run: bool
) -> list[Difference]:
    async with connection.transaction():
        rows = rows_of(await resolve_identities(connection, observations))
        differences = await differences_of(connection, rows)
        if not dry_run:
            await write_observations(connection, observations)
    return differences


def since_of(text: str, now: datetime) -> datetime:
    """A time as `2026-11-22`, `2026-11-22T14:00`, or back from now: `36h`, `7d`.

    Raises:
        InputError: neither.
    """
    units = {"h": timedelta(hours=1), "d": timedelta(days=1)}
    try:
        if text[-1:] in units and text[:-1].isdecimal():
            return now - int(text[:-1]) * units[text[-1]]
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"since={text}: is no time: write 2026-11-22, 2026-11-22T14:00, 36h or 7d"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)

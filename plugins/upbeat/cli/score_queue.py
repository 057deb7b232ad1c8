"""`upbeat score-queue`: followers scored on Lambda, from a file or a creator's audience to the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from upbeat.serverless.batch import Audience, Listed
    from upbeat.settings import Settings

VISIBILITY_SECONDS = 360
"""Six times the function's timeout, as AWS advises."""
DEAD_LETTERS_AFTER = 5


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help=__doc__, no_args_is_help=True, rich_markup_mode=None)
    for command in (create, send, work, collect, status):
        group.command()(command)
    app.add_typer(group, name="score-queue")


def create(
    shards: Annotated[
        int | None, typer.Option(min=1, max=500, help="Shards of the stream; on demand unless given.")
    ] = None,
    json: Json = False,
) -> None:
    """Make the queue with its dead letter queue, and the stream, where they are missing.

    Example: upbeat score-queue create --shards 2
    """
    from upbeat.settings import get_settings
    from upbeat.stores.kinesis import KinesisStream
    from upbeat.stores.sqs import MessageQueue

    settings = get_settings()
    queue = MessageQueue(settings, settings.score_queue)
    queue.create(visibility_seconds=VISIBILITY_SECONDS, dead_letters_after=DEAD_LETTERS_AFTER)
    KinesisStream(settings, settings.score_stream).create(shards)
    if json:
        print_json({"queue": settings.score_queue, "stream": settings.score_stream})
    else:
        typer.echo(
            f"queue {settings.score_queue}, its dead letter queue and stream {settings.score_stream} are there"
        )


def send(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="CSV, JSON lines or Parquet, as `upbeat score` reads it; `-` is stdin."
        ),
    ] = None,
    creator: Annotated[
        str | None, typer.Option(help="Handle whose collected followers are sent, instead of a file.")
    ] = None,
    profile_id: Annotated[
        str, typer.Option(help="Whose followers a file holds, where it has no column profile_id.")
    ] = "",
    relation: Annotated[str, typer.Option(help="How they came to the audience: follower or commenter.")] = (
        "follower"
    ),
    platform: Annotated[str, typer.Option(help="INSTAGRAM or YOUTUBE.")] = "INSTAGRAM",
    sample: Annotated[
        str | None, typer.Option(help="Names the sample that they are; stands in the scores.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Most followers of a creator; all unless given.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="Time of the run, ISO 8601 with offset: the same accounts as of the same time are the same messages. Default: now."
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(min=1, max=5_000, help="Most accounts in a message; UPBEAT_SCORE_QUEUE_BATCH."),
    ] = None,
    input_format: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl or parquet, where the suffix does not tell.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of a CSV file that is not UTF-8, like `cp1252`.")] = "utf-8",
    rejects: Annotated[
        Path | None, typer.Option(help="Write the rows that cannot be read to this CSV file, with reasons.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be sent.")] = False,
    json: Json = False,
) -> None:
    """Send followers to be scored. Sent again with the same --at, they are the same messages, and do no harm.

    A file has the columns of `upbeat score`, and account_id (the handle stands for it where it is missing) and profile_id. Rows that
    cannot be read are set aside; then the exit code is 2.

    Example: upbeat score-queue send followers.csv --profile-id 17841400 --at 2026-11-26T08:00Z

    Example: upbeat score-queue send --creator natgeo --dry-run
    """
    from contextlib import ExitStack

    from upbeat.errors import InputError
    from upbeat.logs import configure_logging
    from upbeat.serverless.creator_audience import EVERYBODY, accounts_of_creator
    from upbeat.serverless.send import send_accounts
    from upbeat.settings import get_settings

    if (file is None) == (creator is None):
        raise InputError("send: name a FILE or a --creator, one of them")
    settings = get_settings()
    configure_logging(settings.log_level)
    audience = _audience(platform, profile_id, relation, sample, at)
    with ExitStack() as opened:
        rows = _Rejects()
        if file is not None:
            accounts = _of_file(opened, file, input_format, encoding, rejects, audience, rows)
        else:
            accounts = accounts_of_creator(settings, str(creator), audience, size or EVERYBODY)
        sent = send_accounts(
            accounts,
            None if dry_run else _queue(settings),
            most_accounts=batch or settings.score_queue_batch,
            on_progress=lambda so_far: None if json else typer.echo(f"{so_far.accounts:,} …", err=True),
        )
    sent.rejected = rows.count
    _tell_sent(sent, audience.at, rows, json=json)
    if rows.count:
        raise typer.Exit(2)


def work(
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when the queue is empty.")] = False,
    json: Json = False,
) -> None:
    """Score what is on the queue here, in Lambda's place: the same function, for trying out and for machines of one's own.

    Example: upbeat score-queue work --until-idle
    """
    from dataclasses import asdict

    from upbeat.cli.progress_lines import ProgressLines
    from upbeat.cli.stop_on_signals import stop_on_signals
    from upbeat.serverless.handler import handle
    from upbeat.serverless.poll import poll
    from upbeat.settings import get_settings

    stop = stop_on_signals()
    lines = ProgressLines(json=json)

    def pause(wait: float) -> None:
        stop.wait(wait)

    polled = poll(
        _queue(get_settings()),
        handle,
        until_idle=until_idle,
        stopped=stop.is_set,
        on_progress=lambda so_far: lines.tell(
            f"{so_far.done:,} messages scored, {so_far.failed:,} given back"
        ),
        sleep=pause,
    )
    if json:
        print_json(asdict(polled))
    else:
        typer.echo(f"{polled.done:,} messages scored, {polled.failed:,} given back to the queue")


def collect(
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when the stream is empty.")] = False,
    time_budget: Annotated[
        float | None, typer.Option(min=0.1, help="Read nothing after this many seconds.")
    ] = None,
    json: Json = False,
) -> None:
    """Bring the scores from the stream to Postgres and the outbox, from where the sink takes them to the warehouse.

    It goes on from where the last run came to; a score that comes twice is stored once. Without --until-idle and --time-budget this is a
    service until stopped.

    Example: upbeat score-queue collect --until-idle
    """
    from dataclasses import asdict

    from upbeat.cli.progress_lines import ProgressLines
    from upbeat.cli.stop_on_signals import stop_on_signals
    from upbeat.logs import configure_logging
    from upbeat.serverless.collect import Collector
    from upbeat.serverless.store import ScoreStore
    from upbeat.settings import get_settings
    from upbeat.stores.kinesis import KinesisStream

    settings = get_settings()
    configure_logging(settings.log_level)
    stop = stop_on_signals()
    lines = ProgressLines(json=json)
    stream = KinesisStream(settings, settings.score_stream)
    store = ScoreStore(settings, stream.identity())

    def pause(wait: float) -> None:
        stop.wait(wait)

    try:
        collector = Collector(
            stream,
            store,
            sleep=pause,
            on_progress=lambda so_far: lines.tell(f"{so_far.scores:,} scores in {so_far.records:,} records"),
        )
        seconds = float("inf") if time_budget is None else time_budget
        collected = collector.run(until_idle=until_idle, seconds=seconds, stopped=stop.is_set)
    finally:
        store.close()
    if json:
        print_json(asdict(collected))
        return
    typer.echo(
        f"{collected.scores:,} scores in {collected.records:,} records: {collected.changed:,} new or changed, "
        f"{collected.set_aside:,} rows set aside"
    )


def status(json: Json = False) -> None:
    """Show how many messages wait, are being scored, and could not be read.

    Example: upbeat score-queue status
    """
    from upbeat.settings import get_settings

    settings = get_settings()
    waiting, busy, dead = _queue(settings).counts()
    if json:
        print_json({"waiting": waiting, "in_work": busy, "dead": dead})
        return
    typer.echo(f"{waiting:,} messages wait, {busy:,} are being scored, {dead:,} could not be scored")
    if dead:
        typer.echo(
            f"  those are in {settings.score_queue}-dead: docs/how-to/score-on-lambda.md says what to do"
        )


class _Rejects:
    """Rows that are not sent: how many, and the first reasons. Reasons hold nothing of what stands there."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []

    def add(self, reason: str, number: int = 1) -> None:
        self.count += number
        if len(self.first) < 5:
            self.first.append(reason)


def _queue(settings: Settings) -> Any:
    from upbeat.stores.sqs import MessageQueue

    return MessageQueue(settings, settings.score_queue)


def _audience(platform: str, profile_id: str, relation: str, sample: str | None, at: str | None) -> Audience:
    from datetime import UTC, datetime

    from upbeat.errors import InputError
    from upbeat.records import Platform
    from upbeat.serverless.batch import (
        MOST_CHARACTERS_OF_AN_ID,
        RELATIONS,
        Audience,
        Relation,
        UnreadableBatchError,
        read_time,
    )
    from upbeat.serverless.records import MOST_AHEAD

    platforms = {one.value: one for one in (Platform.INSTAGRAM, Platform.YOUTUBE)}
    if platform.upper() not in platforms:
        raise InputError(f"--platform {platform}: is not known: use {' or '.join(platforms)}")
    known: dict[str, Relation] = {one: one for one in RELATIONS}
    if relation not in known:
        raise InputError(f"--relation {relation}: is not known: use {' or '.join(known)}")
    for option, value in (("--profile-id", profile_id), ("--sample", sample or "")):
        if len(value) > MOST_CHARACTERS_OF_AN_ID:
            raise InputError(
                f"{option}: is longer than {MOST_CHARACTERS_OF_AN_ID} characters: pass a shorter one"
            )
    try:
        time = datetime.now(UTC) if at is None else read_time(at)
    except UnreadableBatchError as error:
        raise InputError(f"--{error}: write it like 2026-11-26T08:00:00+00:00") from error
    if time > datetime.now(UTC) + MOST_AHEAD:
        raise InputError("--at: lies in the future: no later score would count until then")
    return Audience(
        platform=platforms[platform.upper()],
        profile_id=profile_id,
        relation=known[relation],
        sample_id=sample or None,
        at=time,
    )


def _of_file(
    opened: Any,
    file: str,
    input_format: str | None,
    encoding: str,
    rejects: Path | None,
    audience: Audience,
    rows: _Rejects,
) -> Iterator[tuple[Audience, Listed]]:
    from upbeat.authenticity.score_files.intake import Intake, Rejects
    from upbeat.authenticity.score_files.source import format_of, open_source
    from upbeat.authenticity.score_files.write import whole_file
    from upbeat.serverless.follower_file import CHUNK_ROWS, accounts_of

    source = opened.enter_context(open_source(file, format_of(file, input_format), encoding))
    broken = Rejects(opened.enter_context(whole_file(rejects, "--rejects"))) if rejects else None
    intake = Intake(source, broken, chunk_rows=CHUNK_ROWS, keep_columns=True)
    yield from accounts_of(intake, audience, rows.add)
    for _, reason in intake.summary.first_broken:
        rows.add(reason, 0)
    rows.count += intake.summary.broken


def _tell_sent(sent: Any, at: datetime, rows: _Rejects, *, json: bool) -> None:
    from dataclasses import asdict

    if json:
        print_json({**asdict(sent), "at": at.isoformat(), "first_rejected": rows.first})
        return
    done = "would be sent" if sent.dry_run else "sent"
    typer.echo(
        f"{sent.accounts:,} accounts {done} in {sent.messages:,} messages of {sent.bytes:,} bytes, "
        f"as of {at.isoformat()} (--at sends just these again)"
    )
    if rows.count:
        typer.echo(f"  {rows.count:,} rows set aside, the first: {'; '.join(rows.first)}")

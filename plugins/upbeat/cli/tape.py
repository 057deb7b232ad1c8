"""`upbeat tape record / replay / show`: a flow's upstream traffic in a file, and the flow run against it offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, json_line, print_json
from upbeat.errors import InputError

if TYPE_CHECKING:
    from upbeat.tapes.tape import Tape

File = Annotated[Path, typer.Argument(metavar="TAPE", help="The tape's file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    tape = typer.Typer(
        name="tape", no_args_is_help=True, help="Record upstream traffic and replay it offline."
    )
    for name, command in (("record", record_tape), ("replay", replay), ("show", show)):
        tape.command(name)(command)
    app.add_typer(tape)


def record_tape(
    out: Annotated[Path, typer.Option("--out", metavar="TAPE", help="The file to write; it must not exist.")],
    flow: Annotated[str | None, typer.Argument(help="Catalogue name, instagram.profile_by_handle.")] = None,
    subjects: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUBJECT…", help="Values of the flow's first parameter: a run for each."),
    ] = None,
    param: Annotated[
        list[str],
        typer.Option(
            "--param", metavar="NAME=VALUE", help="A further parameter; commas part the entries of a list."
        ),
    ] = [],  # noqa: B006 - typer copies it
    from_task: Annotated[
        int | None,
        typer.Option("--from-task", metavar="ID", help="What this task heard, from the raw archive."),
    ] = None,
    json: Json = False,
) -> None:
    """Run a flow for real and keep its upstream traffic, without secrets. Nothing of what it finds is stored.

    Example: upbeat tape record instagram.profile_by_handle natgeo --out natgeo.tape.jsonl
    """
    if out.exists():
        raise InputError(f"--out {out}: is there already: take another name")
    if (from_task is None) == (flow is None):
        raise InputError("say what to record: FLOW SUBJECT…, or --from-task ID")
    tape = _recorded(flow, subjects or [], param) if flow is not None else _from_task(from_task)
    try:
        out.write_text(tape.text(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--out {out}: cannot be written: {error.strerror}") from error
    errors = [result.error for result in tape.results if result.error]
    if json:
        print_json(
            {"tape": out, "runs": len(tape.results), "requests": len(tape.exchanges), "errors": errors}
        )
        return
    typer.echo(f"{out}: {len(tape.results)} runs, {len(tape.exchanges)} requests")
    for reason in errors:
        typer.echo(f"  without an answer: {reason}")


def _recorded(flow: str, subjects: list[str], param: list[str]) -> Tape:
    import asyncio

    from upbeat.flows import flow_named
    from upbeat.settings import get_settings
    from upbeat.tapes.record import params_of, record_tape, require_runs

    if not subjects:
        raise InputError(f"{flow}: name what to ask for: upbeat tape record {flow} SUBJECT --out FILE")
    pairs = [option.partition("=") for option in param]
    if wrong := next((pair for pair in pairs if not pair[0] or not pair[1]), None):
        raise InputError(f"--param {wrong[0]}: every value is written NAME=VALUE")
    chosen = flow_named(flow)
    more = {name: value for name, _, value in pairs}
    params = [params_of(chosen, subject, more) for subject in dict.fromkeys(subjects)]
    tape = asyncio.run(record_tape(get_settings(), chosen, params))
    require_runs(tape)
    return tape


def _from_task(task_id: int | None) -> Tape:
    import asyncio

    from upbeat.settings import get_settings
    from upbeat.tapes.from_archive import tape_of_task

    assert task_id is not None
    return asyncio.run(tape_of_task(get_settings(), task_id))


def replay(file: File) -> None:
    """Run the flow of a tape with the crawlers of today: records as JSON lines on stdout, as `upbeat parse` prints them.

    No network, no database, no credential. What differs from the recorded run is said on stderr; exit code 1 then, and
    for a request that is not on the tape.

    Example: upbeat tape replay natgeo.tape.jsonl
    """
    import asyncio

    from upbeat.settings import Settings
    from upbeat.tapes.replay import replay_tape
    from upbeat.tapes.tape import read_tape

    runs = asyncio.run(replay_tape(read_tape(file), Settings()))
    for run in runs:
        for record in run.result.records:
            sys.stdout.write(json_line(record))
    differing = [(run, line) for run in runs for line in run.differences]
    for run, line in differing:
        subject = next(iter(run.params.values()), "")
        typer.echo(f"{subject}: {line}", err=True)
    if differing:
        raise typer.Exit(1)


def show(file: File, json: Json = False) -> None:
    """Say what is on a tape: the flow, each request with its answer, how each run ended.

    Example: upbeat tape show natgeo.tape.jsonl
    """
    from upbeat.tapes.tape import read_tape

    tape = read_tape(file)
    if json:
        lines = [
            line if "body" not in line else {**line, "body": f"{len(line['body'])} letters"}
            for line in tape.lines()
        ]
        print_json(lines)
        return
    origin = "the raw archive" if tape.from_archive else tape.upstream
    typer.echo(f"{tape.flow}, {tape.recorded_at:%Y-%m-%dT%H:%M:%SZ}, from {origin}")
    for run, result in enumerate(tape.results):
        typer.echo(f"{' '.join(f'{name}={value}' for name, value in tape.params[run].items())}")
        for exchange in tape.of_run(run):
            heard = f"{exchange.status}, {len(exchange.body):,} bytes"
            typer.echo(f"  {exchange.name()}: {exchange.error['message'] if exchange.error else heard}")
        typer.echo(f"  {result.error or f'{len(result.records)} records from {result.source}'}")

"""`upbeat sandbox llm …` and `upbeat sandbox labels`: the stand-in of the language model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json
from upbeat.cli.sandbox import sandbox_app
from upbeat.cli.sandbox_control import sandbox_control

llm_app = typer.Typer(
    no_args_is_help=True,
    help="The stand-in of the language model: how often it is right, what it does wrong, what it was paid for.",
)
sandbox_app.add_typer(llm_app, name="llm")


def _print(shown: dict[str, Any], as_json: bool) -> None:
    """What is set, as a table of name and value, or as JSON."""
    if as_json:
        print_json(shown)
        return
    for name, value in shown["behaviour"].items():
        typer.echo(f"{name:24} {value}")
    for fingerprint, beginning in shown["prompts"].items():
        typer.echo(f"prompt {fingerprint}  {beginning!r}")
    typer.echo(f"{shown['completions']} completions served")


@llm_app.command("show")
def show(json: Json = False) -> None:
    """Print how the language model behaves, the prompts that it was asked with, and how many completions it served.

    Example: upbeat sandbox llm show
    """
    with sandbox_control() as control:
        _print(control.llm(), json)


@llm_app.command("set")
def set_behaviour(
    values: Annotated[
        list[str], typer.Argument(help="name=value, as `show` names them; values are JSON or plain text.")
    ],
    json: Json = False,
) -> None:
    """Change how the language model behaves until the sandbox restarts.

    Example: upbeat sandbox llm set accuracy=0.85 malformed_share=0.02 latency_seconds=0.5 tokens_per_minute=200000
    """
    with sandbox_control() as control:
        _print(control.set_llm(**dict(_parsed(value) for value in values)), json)


def _parsed(text: str) -> tuple[str, Any]:
    import orjson

    from upbeat.errors import InputError

    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"{text}: must be name=value: `upbeat sandbox llm show` lists the names")
    try:
        return name, value if name in ("seed", "batch_fate") else orjson.loads(value)
    except ValueError:
        return name, value


@llm_app.command("accuracy")
def accuracy(
    share: float = typer.Argument(min=0.0, max=1.0, help="How often answers are right, 0 to 1."),
    kind: str | None = typer.Option(None, help="Only for this kind."),
    field: str | None = typer.Option(None, help="Only for this field, such as city."),
    prompt: str | None = typer.Option(
        None, help="Only where the system message contains this, or has this fingerprint."
    ),
    model: str | None = typer.Option(None, help="Only for this model."),
    json: Json = False,
) -> None:
    """Set how often the language model is right: in general, or by kind, field, prompt and model; the last rule that fits counts.

    Example: upbeat sandbox llm accuracy 0.80 --kind base_gender --prompt "Answer in one word"
    """
    with sandbox_control() as control:
        rule = {"kind": kind, "field": field, "prompt_contains": prompt, "model": model}
        is_general = not any(rule.values())
        _print(control.set_llm(accuracy=share) if is_general else control.add_accuracy(share, **rule), json)


@llm_app.command("reset")
def reset() -> None:
    """Behaviour, budgets, counts, files and batches as at the start.

    Example: upbeat sandbox llm reset
    """
    with sandbox_control() as control:
        control.reset_llm()
        typer.echo("the language model is as at the start")


@llm_app.command("completions")
def completions(
    handle: str | None = typer.Option(None, help="Only about this handle."),
    kind: str | None = typer.Option(None, help="Only of this kind."),
    mode: str | None = typer.Option(None, help="chat or batch."),
    json: Json = False,
) -> None:
    """Print the completions that were served, hence paid for, by handle, kind, model, mode and outcome.

    Example: upbeat sandbox llm completions --handle natgeo
    """
    wanted = {"handle": handle, "kind": kind, "mode": mode}
    with sandbox_control() as control:
        counts = control.completions(**{name: value for name, value in wanted.items() if value is not None})
    if json:
        print_json(counts)
        return
    for row in counts["completions"]:
        repair = " repair" if row["is_repair"] else ""
        about = f"{row['handle'] or '-'} {row['kind']} {row['model']} {row['source']} {row['mode']}{repair} {row['outcome']}"
        typer.echo(f"{row['count']:6} {about}")
    typer.echo(f"{counts['total']} in all")


@llm_app.command("truth")
def truth(
    handle: str,
    platform: str | None = typer.Option(None, help="INSTAGRAM or YOUTUBE, for a handle that is on both."),
    text: str | None = typer.Option(None, help="Biography, read for a handle that the world does not know."),
) -> None:
    """Print what the language model takes for true of a creator, as JSON. All of it is made up.

    Example: upbeat sandbox llm truth natgeo
    """
    with sandbox_control() as control:
        print_json(control.truth(handle, platform=platform, text=text))


@sandbox_app.command("labels")
def labels(
    kind: str,
    count: int = typer.Option(200, min=1, help="How many rows."),
    seed: str = typer.Option("0", help="Another seed gives other people."),
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; without it to the screen.")
    ] = None,
    json: Json = False,
) -> None:
    """Write labelled rows about made-up people, as JSON lines for `upbeat prompts eval`. Figures measured with them are the sandbox's.

    Example: upbeat sandbox labels base_gender --count 2000 -o labelled.jsonl
    """
    import orjson

    from upbeat.errors import InputError
    from upbeat.sandbox.llm_labels import labelled_rows

    lines = (orjson.dumps(row) + b"\n" for row in labelled_rows(kind, count, seed=seed))
    if output is None:
        if json:
            raise InputError("--json: tells what was written to a file: give -o FILE")
        for line in lines:
            typer.echo(line.decode(), nl=False)
        return
    try:
        with output.open("wb") as file:
            file.writelines(lines)
    except OSError as error:
        raise InputError(f"{output}: cannot be written ({error.strerror}): choose another file") from error
    if json:
        print_json({"kind": kind, "rows": count, "file": str(output)})
    else:
        typer.echo(f"{count} labelled rows written to {output}")

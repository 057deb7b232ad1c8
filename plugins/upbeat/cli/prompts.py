"""`upbeat prompts …`: versions of the prompts, how good they are, and which of them answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.enrichment.kinds import Kind
    from upbeat.enrichment.prompt import Prompt

prompts_app = typer.Typer(
    no_args_is_help=True,
    help="Versions of the prompts of enrichment: what they say, how good they are, which one answers.",
)
KindArgument = Annotated[
    str, typer.Argument(metavar="KIND", help="base_gender, base_location, categ_lang_topics, audience_…")
]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(prompts_app, name="prompts")


@prompts_app.command("list")
def list_prompts(json: Json = False) -> None:
    """Print the kinds with their versions, the active one, and how the last evaluation of each ended.

    One that was compared goes before one that only served to compare another version with.

    Example: upbeat prompts list
    """
    from upbeat.enrichment.evaluation.listing import listed
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    settings = get_settings()
    with transaction(settings, application="upbeat:prompts") as connection:
        rows = listed(connection, settings)
    if json:
        print_json(rows)
        return
    for row in rows:
        active = "problem" if row["problem"] else "active" if row["is_active"] else ""
        typer.echo(f"{row['kind']:20} {row['version']} {active:8} {_last(row)}")
        if row["problem"]:
            typer.echo(f"  {row['problem']}")
    for kind, version in settings.llm_prompt_versions.items():
        typer.echo(
            f"UPBEAT_LLM_PROMPT_VERSIONS names {version} for {kind}, which goes before the active one",
            err=True,
        )


def _last(row: dict[str, Any]) -> str:
    last = row["last_evaluation"]
    if last is None:
        return "not evaluated as it is now"
    against = f" against {last['compared_with']}" if last["compared_with"] else ""
    verdict = str(last["verdict"]).replace("_", " ")
    return f"{verdict}{against} on {last['rows']:,} rows of {last['labelled_set']} with {last['model']} ({last['claim']})"


@prompts_app.command("show")
def show(
    kind: KindArgument,
    version: Annotated[str | None, typer.Argument(help="The active one when not given.")] = None,
    handle: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="HANDLE",
            help="A collected account: print the messages as they are sent about it.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Print a prompt; with --for, the messages as they are sent about an account, masked and cut. Nothing is sent.

    Example: upbeat prompts show base_gender --for natgeo
    """
    from upbeat.cli.prompts_show import print_messages, print_prompt
    from upbeat.enrichment.activation import activated_prompt
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    settings = get_settings()
    if version is not None:
        prompt = _prompt(kind, version)
    else:
        with transaction(settings, application="upbeat:prompts") as connection:
            prompt = activated_prompt(connection, settings, _kind(kind))
    if handle is None:
        print_prompt(prompt, as_json=json)
    else:
        print_messages(settings, prompt, handle, as_json=json)


@prompts_app.command("eval")
def evaluate(
    kind: KindArgument,
    version: Annotated[str | None, typer.Option(help="To evaluate; the newest when not given.")] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Version to compare with on the same rows; the active one when not given."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Labelled rows as JSON lines; the small set that ships when not given."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model to ask in place of the one of the settings or the prompt.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the real model with your key: this costs money.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before spending.")] = False,
    json: Json = False,
) -> None:
    """Run a version over labelled rows: accuracy per field, calibration, cost, and whether it may take the active one's place.

    Answers that were paid for are used again, so that a run that was cut short goes on where it ended. The daily budget holds.

    Example: upbeat prompts eval base_gender --version v0.02 --against v0.01

    Example: upbeat prompts eval base_location --live --file labelled.jsonl
    """
    from upbeat.cli.prompts_eval import Wish, run_evaluation

    wish = Wish(_kind(kind), version, against, file, model, limit, live, yes or json)
    if json and live and not yes:
        from upbeat.errors import InputError

        raise InputError("--json --live: cannot ask before it spends: add --yes")
    run_evaluation(wish, as_json=json)


@prompts_app.command("compare")
def compare(kind: KindArgument, first: str, second: str, json: Json = False) -> None:
    """Hold the second version against the first, from stored evaluations on the same rows. Nothing is asked.

    Example: upbeat prompts compare base_gender v0.01 v0.02
    """
    from upbeat.cli.prompts_report import print_comparison
    from upbeat.enrichment.evaluation.evaluations import compared
    from upbeat.errors import InputError
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    before, after = _prompt(kind, first), _prompt(kind, second)
    with transaction(get_settings(), application="upbeat:prompts") as connection:
        found = compared(connection, before, after)
    if found is None:
        raise InputError(
            f"{kind} {first} and {second} as they are now were not evaluated on the same rows: "
            f"run `upbeat prompts eval {kind} --version {second} --against {first}`"
        )
    report, comparison = found["second"], found["comparison"]
    models = {"model": report["model"], "first_model": found["first"]["model"]}
    if json:
        told = {name: report[name] for name in ("claim", "is_sandbox", "kind", "labelled_set", "rows")}
        versions = {"first": first, "second": second, **models}
        print_json({**told, **versions, "line": comparison.line, "comparison": comparison})
        return
    asked = " against ".join(dict.fromkeys(models.values()))
    typer.echo(
        f"{kind} {second} against {first}, {report['rows']:,} rows of {report['labelled_set']}, {asked}"
    )
    print_comparison(comparison, report["claim"])


@prompts_app.command("activate")
def activate_version(
    kind: KindArgument,
    version: str,
    although_worse: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Why, when the version is worse, undecided or not evaluated; kept with the activation.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Let a version answer from now on: in the sandbox alone, or under UPBEAT_UPSTREAM=live everywhere. Running workers follow within a minute.

    Refused unless an evaluation of the version as it is now, against the active one, says that it is not worse; under UPBEAT_UPSTREAM=live
    only evaluations with --live count.

    Example: upbeat prompts activate base_gender v0.02

    Example: upbeat prompts activate base_gender v0.01 --although-worse "v0.02 takes product names for people"
    """
    from upbeat.enrichment.activation import activate
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    prompt, settings = _prompt(kind, version), get_settings()
    with transaction(settings, application="upbeat:prompts") as connection:
        number = activate(connection, settings, prompt, although_worse=although_worse)
    is_sandbox = settings.upstream == "sandbox"
    if json:
        told = {"activation_id": number, "kind": kind, "version": version}
        print_json({**told, "fingerprint": prompt.fingerprint(), "is_sandbox": is_sandbox})
    else:
        where = " in the sandbox, and there alone" if is_sandbox else ""
        typer.echo(f"{prompt.name} answers from now on{where}; running workers follow within a minute")
    if (chosen := settings.llm_prompt_versions.get(prompt.kind)) not in (None, version):
        typer.echo(
            f"but UPBEAT_LLM_PROMPT_VERSIONS names {chosen} for {kind}, which goes before it", err=True
        )


def _kind(name: str) -> Kind:
    from upbeat.enrichment.kinds import KINDS
    from upbeat.errors import InputError

    for kind in KINDS:
        if kind == name:
            return kind
    raise InputError(f"kind {name}: there is no such kind: there is {', '.join(KINDS)}")


def _prompt(kind: str, version: str) -> Prompt:
    from upbeat.enrichment.prompt_files import load_prompt

    return load_prompt(_kind(kind), version)

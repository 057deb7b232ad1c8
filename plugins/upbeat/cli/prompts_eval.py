"""The run of `upbeat prompts eval`: what is asked, what it may cost, how it is shown and kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from upbeat.cli.json_output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbeat.enrichment.evaluation.cost_ahead import CostAhead
    from upbeat.enrichment.evaluation.labelled import LabelledFile, LabelledRow
    from upbeat.enrichment.evaluation.replies import Progress
    from upbeat.enrichment.evaluation.report import Evaluation
    from upbeat.enrichment.kinds import Kind
    from upbeat.enrichment.prompt import Prompt
    from upbeat.enrichment.question import Question
    from upbeat.settings import Settings

_SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """The command's options."""

    kind: Kind
    version: str | None
    against: str | None
    file: Path | None
    model: str | None
    limit: int | None
    is_live: bool
    is_agreed: bool


def run_evaluation(wish: Wish, *, as_json: bool) -> None:
    """Evaluate, compare, keep and print. Raises `InputError` for what cannot be."""
    from upbeat.cli.prompts_report import print_comparison, print_evaluation, spent_words
    from upbeat.enrichment.evaluation.evaluations import keep
    from upbeat.enrichment.evaluation.verdict import judge
    from upbeat.stores.postgres import transaction

    settings = _settings(wish)
    prompt, against = _prompts(wish, settings)
    labelled = _rows(wish)
    rows = labelled.rows[: wish.limit]
    name = labelled.name if len(rows) == len(labelled.rows) else f"{labelled.name} first {len(rows)}"
    _agree(settings, [prompt] if against is None else [against, prompt], rows, is_agreed=wish.is_agreed)
    before = None if against is None else _evaluate(settings, against, rows, name)
    after = _evaluate(settings, prompt, rows, name)
    comparison = None if before is None else judge(wish.kind, before.scores, after.scores)
    with transaction(settings, application="upbeat:prompts") as connection:
        if before is not None:
            keep(connection, before)
        number = keep(connection, after, against=before, comparison=comparison)
    if as_json:
        report = after.as_report(comparison, before)
        del report["scores"]
        print_json({"evaluation_id": number, "problems": labelled.problems, **report})
        return
    print_evaluation(after)
    if comparison is not None and before is not None:
        typer.echo(f"\nAgainst {before.version} with {before.model}, on the same rows: {spent_words(before)}")
        print_comparison(comparison, after.claim)
    typer.echo(f"kept as evaluation {number}")


def _settings(wish: Wish) -> Settings:
    from upbeat.errors import InputError
    from upbeat.settings import get_settings

    settings = get_settings()
    if settings.upstream == "live" and not wish.is_live:
        raise InputError(
            "UPBEAT_UPSTREAM=live: a real model is asked, which costs money: add --live, or set UPBEAT_UPSTREAM=sandbox"
        )
    changed = {"upstream": "live"} if wish.is_live else {}
    if wish.model is not None:
        changed["llm_model"] = wish.model
    return settings.model_copy(update=changed)


def _prompts(wish: Wish, settings: Settings) -> tuple[Prompt, Prompt | None]:
    """The version that is evaluated, and the one that it is compared with: none for itself."""
    from upbeat.enrichment.activation import activated_prompt
    from upbeat.enrichment.prompt_files import load_prompt, versions_of
    from upbeat.stores.postgres import transaction

    prompt = load_prompt(wish.kind, wish.version or versions_of(wish.kind)[-1])
    if wish.against is not None:
        against = load_prompt(wish.kind, wish.against)
    else:
        with transaction(settings, application="upbeat:prompts") as connection:
            against = activated_prompt(connection, settings, wish.kind)
    return prompt, None if against.version == prompt.version else against


def _rows(wish: Wish) -> LabelledFile:
    from upbeat.enrichment.evaluation.labelled import read_labelled, shipped_file

    found = read_labelled(wish.file or shipped_file(wish.kind), wish.kind)
    for problem in found.problems[:_SHOWN_PROBLEMS]:
        typer.echo(f"{found.path}: {problem}", err=True)
    if len(found.problems) > _SHOWN_PROBLEMS:
        typer.echo(f"{found.path}: {len(found.problems)} rows left out in all", err=True)
    return found


def _questions(settings: Settings, prompt: Prompt, rows: Sequence[LabelledRow]) -> list[Question]:
    from upbeat.enrichment.activation import model_of
    from upbeat.enrichment.evaluation.replies import questions_of

    is_sandbox = settings.upstream == "sandbox"
    return questions_of(prompt, rows, model=model_of(settings, prompt), is_sandbox=is_sandbox)


def _agree(
    settings: Settings, prompts: Sequence[Prompt], rows: Sequence[LabelledRow], *, is_agreed: bool
) -> None:
    """Before a real model is asked: what it is going to cost, and whether a person wants that."""
    if settings.upstream == "sandbox":
        return
    from upbeat.enrichment.client import ChatClient

    ChatClient.from_settings(settings)  # a key that is missing is told before anything else
    questions = [question for prompt in prompts for question in _questions(settings, prompt, rows)]
    ahead = asyncio.run(_cost_ahead(settings, questions))
    typer.echo(
        f"{len(questions):,} questions, {ahead.questions:,} of them not answered yet: about ${ahead.likely / 1e9:,.4f}, at most "
        f"${ahead.most / 1e9:,.4f} with every answer repaired (a day's budget: ${settings.llm_daily_budget_usd})",
        err=True,
    )
    if ahead.questions and not is_agreed:
        typer.confirm("Ask the real model?", abort=True, err=True)


async def _cost_ahead(settings: Settings, questions: Sequence[Question]) -> CostAhead:
    """Of the questions that would be paid for."""
    from upbeat.enrichment.enricher import price_of
    from upbeat.enrichment.evaluation.cost_ahead import CostAhead, cost_ahead
    from upbeat.enrichment.ledger import Ledger
    from upbeat.stores.postgres import async_pool

    async with async_pool(settings, max_size=1, application="upbeat:prompts") as pool:
        ledger = Ledger(pool, settings)
        stored = await ledger.answers(question.key for question in questions)
    new = {question.key: question for question in questions if question.key not in stored}
    found = (cost_ahead([one], price_of(one.key.model, ledger)) for one in new.values())
    return sum(found, CostAhead(0, 0, 0))


def _evaluate(settings: Settings, prompt: Prompt, rows: Sequence[LabelledRow], name: str) -> Evaluation:
    from upbeat.enrichment.evaluation.evaluations import last_call, spent_on
    from upbeat.enrichment.evaluation.replies import replies_to
    from upbeat.enrichment.evaluation.report import evaluation
    from upbeat.stores.postgres import transaction

    questions = _questions(settings, prompt, rows)
    with transaction(settings, application="upbeat:prompts") as connection:
        after = last_call(connection)
    typer.echo(f"{prompt.name}: {len(rows):,} rows", err=True)

    async def ask_all() -> list:
        from upbeat.enrichment.client import ChatClient
        from upbeat.enrichment.enricher import Enricher
        from upbeat.enrichment.ledger import Ledger
        from upbeat.stores.postgres import async_pool

        async with (
            async_pool(settings, max_size=4, application="upbeat:prompts") as pool,
            ChatClient.from_settings(settings) as client,
        ):
            enricher = Enricher(client, Ledger(pool, settings))
            return await replies_to(
                questions,
                lambda question: enricher.answer(question, "evaluation"),
                progress=_progress(prompt),
            )

    replies = asyncio.run(ask_all())
    with transaction(settings, application="upbeat:prompts") as connection:
        spent = spent_on(connection, questions, after=after)
    key = questions[0].key
    return evaluation(
        prompt, rows, replies, model=key.model, is_sandbox=key.is_sandbox, labelled_set=name, spent=spent
    )


def _progress(prompt: Prompt) -> Progress:
    """A line for each tenth of the rows, on stderr."""

    def say(done: int, of: int) -> None:
        if done * 10 // of > (done - 1) * 10 // of and of >= 100:
            typer.echo(f"{prompt.name}: {done:,} of {of:,}", err=True)

    return say

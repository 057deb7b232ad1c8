"""What `upbeat prompts show` prints: a prompt, or the messages that are sent about an account."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from upbeat.cli.json_output import print_json

if TYPE_CHECKING:
    from upbeat.enrichment.prompt import Prompt
    from upbeat.enrichment.subjects import Creator
    from upbeat.settings import Settings


def print_prompt(prompt: Prompt, *, as_json: bool) -> None:
    """All of a version's file, with its fingerprint."""
    import yaml

    if as_json:
        print_json({**prompt.model_dump(mode="json"), "fingerprint": prompt.fingerprint()})
        return
    head = prompt.model_dump(mode="json", exclude={"system", "user", "output_schema"})
    typer.echo(yaml.safe_dump({**head, "fingerprint": prompt.fingerprint()}, sort_keys=False).rstrip())
    typer.echo(f"--- system\n{prompt.system.rstrip()}\n--- user\n{prompt.user.rstrip()}\n--- output_schema")
    typer.echo(yaml.safe_dump(prompt.output_schema, sort_keys=False).rstrip())


def print_messages(settings: Settings, prompt: Prompt, handle: str, *, as_json: bool) -> None:
    """The messages about a collected account, as a worker sends them.

    Raises:
        InputError: no collected account has the handle, or nothing of it is sent, and why.
    """
    from upbeat.enrichment.activation import model_of
    from upbeat.enrichment.ask import ask
    from upbeat.enrichment.subjects import why_not_asked
    from upbeat.errors import InputError

    creator = asyncio.run(_creator(settings, handle, captions=prompt.limits.captions))
    if why := why_not_asked(prompt, creator):
        raise InputError(f"--for {handle}: {why}")
    is_sandbox = settings.upstream == "sandbox"
    question = ask(prompt, creator.subject, model=model_of(settings, prompt), is_sandbox=is_sandbox)
    if as_json:
        print_json({"model": question.key.model, "messages": question.messages})
        return
    for message in question.messages:
        typer.echo(f"--- {message['role']}\n{message['content']}")


async def _creator(settings: Settings, handle: str, *, captions: int) -> Creator:
    """The account of this handle: Instagram's before YouTube's."""
    from upbeat.enrichment.subjects import SUBJECTS, find_creator
    from upbeat.errors import InputError
    from upbeat.flows.parameters import normalise_handle
    from upbeat.stores.postgres import async_pool

    params = {"handle": normalise_handle(handle)}
    async with (
        async_pool(settings, max_size=1, application="upbeat:prompts") as pool,
        pool.connection() as connection,
    ):
        for platform in SUBJECTS:
            try:
                return await find_creator(connection, platform, params, captions=captions)
            except InputError:
                continue
    raise InputError(
        f"--for {handle}: no collected account has this handle: `upbeat enqueue` has it collected"
    )

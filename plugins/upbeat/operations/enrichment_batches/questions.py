"""Questions of calls, made anew from what was collected of their creators: no text is kept beside the creator's own row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upbeat.enrichment.ask import ask
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.question import Question
from upbeat.enrichment.subjects import Creator, find_creators, why_not_asked
from upbeat.operations.enrichment_batches.store import Connection
from upbeat.records import Platform


@dataclass
class Prompts:
    """The versions of prompts that a run met, each read once."""

    _known: dict[tuple[Kind, str], Prompt] = field(default_factory=dict)

    def get(self, kind: Kind, version: str) -> Prompt:
        """One version. Raises `InputError` where its file is gone."""
        if (kind, version) not in self._known:
            self._known[kind, version] = load_prompt(kind, version)
        return self._known[kind, version]


async def questions_of(
    connection: Connection, prompts: Prompts, calls: Sequence[Mapping[str, Any]]
) -> dict[int, Question]:
    """The questions of calls, by their ids.

    A call is left out where its question is another by now: the creator's text or the prompt's file was changed, the account became
    private or is gone. Such a question is to be planned anew.

    Args:
        calls: with the columns of `open_calls_after`.
    """
    by_platform: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for call in calls:
        if call["platform"] is not None:
            by_platform[call["platform"]].append(call)
    found: dict[int, Question] = {}
    for platform, some in by_platform.items():
        most = max(prompts.get(call["kind"], call["prompt_version"]).limits.captions for call in some)
        ids = sorted({call["profile_id"] for call in some})
        creators = {
            creator.subject.profile_id: creator
            for creator in await find_creators(connection, Platform(platform), ids, captions=most)
        }
        for call in some:
            creator = creators.get(call["profile_id"])
            question = None if creator is None else _same_question(prompts, call, creator)
            if question is not None:
                found[call["call_id"]] = question
    return found


def _same_question(prompts: Prompts, call: Mapping[str, Any], creator: Creator) -> Question | None:
    prompt = prompts.get(call["kind"], call["prompt_version"])
    if why_not_asked(prompt, creator) is not None:
        return None
    question = ask(prompt, creator.subject, model=call["model"], is_sandbox=call["is_sandbox"])
    return question if question.key.input_hash == bytes(call["input_hash"]) else None

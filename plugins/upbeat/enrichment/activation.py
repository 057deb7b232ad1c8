"""Which version of a prompt answers, and the gate that a version passes to become it (ADR 26)."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from upbeat.enrichment.evaluation.claims import claim
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.prompt_files import load_prompt, shipped_prompt
from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
CACHED_SECONDS = 60.0
"""How long a running worker may go on with the version that was active before."""

LONGEST_REASON = 500

_FirstRow = tuple[Any, ...] | None
_Steps = Generator[tuple[str, dict[str, Any]], _FirstRow, Prompt]
"""A search that yields statements with their parameters and is sent the first row of each: the same for both kinds of connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is known of a version against the active one.

    Attributes:
        is_sandbox: whether it would answer in the sandbox alone.
        verdict: None where no evaluation counts.
        claim: what the evaluation's figures may claim.
    """

    candidate: Prompt
    active: Prompt
    model: str
    is_sandbox: bool
    verdict: str | None = None
    evaluation_id: int | None = None
    rows: int = 0
    claim: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the version may become the active one without a person's word."""
        return self.verdict == "not_worse"

    def refusal(self) -> str:
        """Why it is closed and what to do next, in one line."""
        kind, version = self.candidate.kind, self.candidate.version
        live = "" if self.is_sandbox else " --live"
        against = f"the active {self.active.version}"
        way = f'`upbeat prompts activate {kind} {version} --although-worse "reason"`'
        if self.verdict is None:
            real = "" if self.is_sandbox else " (the sandbox's figures do not count for a real model)"
            return (
                f"{kind} {version} as it is now was not evaluated against {against} with {self.model}{real}: "
                f"run `upbeat prompts eval {kind} --version {version}{live}`"
            )
        of = f"by evaluation {self.evaluation_id} on {self.rows:,} rows ({self.claim})"
        if self.verdict == "worse":
            return f"{kind} {version} is worse than {against} {of}: keep that, or say why not: {way}"
        return (
            f"{kind} {version} against {against} is undecided {of}: evaluate it on more rows "
            f"(`upbeat prompts eval {kind} --version {version}{live} --file FILE`), or say why it need not be: {way}"
        )


@dataclass
class ActivePrompts:
    """Looks the active prompts up, and remembers each for `CACHED_SECONDS`.

    Attributes:
        now: seconds of a clock that does not go back.
        folder: of the prompts' files; None: the shipped one.
    """

    now: Callable[[], float] = time.monotonic
    folder: Path | None = None
    _known: dict[tuple[Any, ...], tuple[float, Prompt]] = field(default_factory=dict)

    def get(self, connection: psycopg.Connection[Any], settings: Settings, kind: Kind) -> Prompt:
        """As `active_prompt`."""
        if (known := self._remembered(settings, kind)) is not None:
            return known
        return self._remember(settings, kind, _run(connection, _in_force(settings, kind, self.folder)))

    async def get_async(
        self, connection: psycopg.AsyncConnection[Any], settings: Settings, kind: Kind
    ) -> Prompt:
        """As `active_prompt_async`."""
        if (known := self._remembered(settings, kind)) is not None:
            return known
        found = await _run_async(connection, _in_force(settings, kind, self.folder))
        return self._remember(settings, kind, found)

    def forget(self) -> None:
        """Look everything up anew."""
        self._known.clear()

    def _remembered(self, settings: Settings, kind: Kind) -> Prompt | None:
        since, prompt = self._known.get(_key(settings, kind), (0.0, None))
        return prompt if prompt is not None and self.now() - since < CACHED_SECONDS else None

    def _remember(self, settings: Settings, kind: Kind, prompt: Prompt) -> Prompt:
        self._known[_key(settings, kind)] = (self.now(), prompt)
        return prompt


_OF_THIS_PROCESS = ActivePrompts()


def active_prompt(connection: psycopg.Connection[Any], settings: Settings, kind: Kind) -> Prompt:
    """The version that answers: the one that `llm_prompt_versions` names, else the one that was activated last, else the shipped one.

    Remembered for a minute, so that a running worker follows an activation.

    Raises:
        InputError: the setting names a version that did not pass its evaluation, or the active one's file was edited since.
    """
    return _OF_THIS_PROCESS.get(connection, settings, kind)


async def active_prompt_async(
    connection: psycopg.AsyncConnection[Any], settings: Settings, kind: Kind
) -> Prompt:
    """The same over an asynchronous connection."""
    return await _OF_THIS_PROCESS.get_async(connection, settings, kind)


def activated_prompt(
    connection: psycopg.Connection[Any], settings: Settings, kind: Kind, folder: Path | None = None
) -> Prompt:
    """The version that is active whatever the setting says: what others are compared with. Looked up anew.

    Raises:
        InputError: its file was edited since it was activated, or shipped.
    """
    return _run(connection, _activated(settings, kind, folder))


def gate_of(
    connection: psycopg.Connection[Any],
    settings: Settings,
    candidate: Prompt,
    active: Prompt,
) -> Gate:
    """What the stored evaluations say of `candidate` against `active`."""
    row = _execute(connection, *_asked_of(settings, candidate, active))
    return _gate(settings, candidate, active, row)


def activate(
    connection: psycopg.Connection[Any],
    settings: Settings,
    candidate: Prompt,
    *,
    although_worse: str | None = None,
    folder: Path | None = None,
) -> int:
    """Make a version the active one; the caller's transaction commits it.

    Args:
        although_worse: why, when the gate is closed.

    Returns:
        The id of the activation.

    Raises:
        InputError: it is active already, or the gate is closed and no reason is given: says what to do next.
    """
    reason = _reason(although_worse)
    _execute(connection, "lock_activations", {"kind": candidate.kind})
    gate = _gate_against_active(connection, settings, candidate, reason, folder)
    if gate is not None and not gate.is_open and reason is None:
        raise InputError(gate.refusal())
    row = _execute(
        connection,
        "add_activation",
        {
            "kind": candidate.kind,
            "version": candidate.version,
            "fingerprint": candidate.fingerprint(),
            "is_sandbox": _is_sandbox(settings),
            "evaluation_id": gate.evaluation_id if gate is not None else None,
            "although_worse": None if gate is not None and gate.is_open else reason,
        },
    )
    _OF_THIS_PROCESS.forget()
    assert row is not None
    return int(row[0])


def model_of(settings: Settings, prompt: Prompt) -> str:
    """The model that answers a prompt's questions."""
    return settings.llm_model or prompt.model


def _gate_against_active(
    connection: psycopg.Connection[Any],
    settings: Settings,
    candidate: Prompt,
    reason: str | None,
    folder: Path | None,
) -> Gate | None:
    """None where the active version's file was edited, so that nothing can be compared with it, and a reason is given."""
    try:
        active = activated_prompt(connection, settings, candidate.kind, folder)
    except InputError:
        if reason is None:
            raise
        return None
    if active.fingerprint() == candidate.fingerprint():
        raise InputError(f"{candidate.name} is active already")
    return gate_of(connection, settings, candidate, active)


def _reason(text: str | None) -> str | None:
    if text is None:
        return None
    reason = " ".join(text.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise InputError(f"--although-worse: must be a reason of 1 to {LONGEST_REASON} characters")
    return reason


def _in_force(settings: Settings, kind: Kind, folder: Path | None) -> _Steps:
    if (version := settings.llm_prompt_versions.get(kind)) is None:
        return (yield from _activated(settings, kind, folder))
    chosen = load_prompt(kind, version, folder)
    active = yield from _activated(settings, kind, folder)
    if chosen.fingerprint() == active.fingerprint():
        return chosen
    gate = _gate(settings, chosen, active, (yield _asked_of(settings, chosen, active)))
    if not gate.is_open:
        raise InputError(f"UPBEAT_LLM_PROMPT_VERSIONS: {gate.refusal()}")
    return chosen


def _activated(settings: Settings, kind: Kind, folder: Path | None) -> _Steps:
    row = yield "newest_activation", {"kind": kind, "is_sandbox": _is_sandbox(settings)}
    if row is None:
        return shipped_prompt(kind, folder)
    version, fingerprint = row
    prompt = load_prompt(kind, version, folder)
    if prompt.fingerprint() != fingerprint:
        raise InputError(
            f"{prompt.name} was edited since it was activated: put its file back and give the new text a version of its own, "
            f'or activate it as it is with `upbeat prompts activate {kind} {version} --although-worse "reason"`'
        )
    return prompt


def _asked_of(settings: Settings, candidate: Prompt, active: Prompt) -> tuple[str, dict[str, Any]]:
    return "deciding_evaluation", {
        "kind": candidate.kind,
        "fingerprint": candidate.fingerprint(),
        "active": active.fingerprint(),
        "model": model_of(settings, candidate),
        "active_model": model_of(settings, active),
        "is_sandbox": _is_sandbox(settings),
    }


def _gate(settings: Settings, candidate: Prompt, active: Prompt, row: _FirstRow) -> Gate:
    evaluation_id, verdict, rows, by_sandbox = row or (None, None, 0, True)
    return Gate(
        candidate=candidate,
        active=active,
        model=model_of(settings, candidate),
        is_sandbox=_is_sandbox(settings),
        verdict=verdict,
        evaluation_id=evaluation_id,
        rows=rows,
        claim=claim(is_sandbox=by_sandbox),
    )


def _is_sandbox(settings: Settings) -> bool:
    return settings.upstream == "sandbox"


def _key(settings: Settings, kind: Kind) -> tuple[Any, ...]:
    chosen = settings.llm_prompt_versions.get(kind)
    return settings.postgres_dsn(), settings.upstream, settings.llm_model, chosen, kind


def _execute(connection: psycopg.Connection[Any], statement: str, parameters: dict[str, Any]) -> _FirstRow:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(_SQL[statement].encode(), parameters).fetchone()


def _run(connection: psycopg.Connection[Any], steps: _Steps) -> Prompt:
    try:
        asked = next(steps)
        while True:
            asked = steps.send(_execute(connection, *asked))
    except StopIteration as end:
        return end.value


async def _run_async(connection: psycopg.AsyncConnection[Any], steps: _Steps) -> Prompt:
    try:
        asked = next(steps)
        while True:
            statement, parameters = asked
            async with connection.cursor(row_factory=tuple_row) as cursor:
                await cursor.execute(_SQL[statement].encode(), parameters)
                row = await cursor.fetchone()
            asked = steps.send(row)
    except StopIteration as end:
        return end.value

"""What a question is: whom it is about, and what is sent for it. A question with the same hash need not be paid for again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upbeat.enrichment.kinds import Kind
    from upbeat.enrichment.prompt import Prompt
    from upbeat.records import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A creator's public text, as it was collected.

    Attributes:
        captions: of the recent posts, the newest first.
    """

    platform: Platform
    profile_id: str
    handle: str
    biography: str | None = None
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionKey:
    """What an answer is kept under.

    Attributes:
        input_hash: SHA-256 of all that is sent but for the model's name: prompt, limits, schema and the masked text.
    """

    kind: Kind
    prompt_version: str
    model: str
    input_hash: bytes
    is_sandbox: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, ready to be sent.

    Attributes:
        messages: in the wire form of chat completions, system and user.
    """

    key: QuestionKey
    prompt: Prompt
    messages: tuple[dict[str, Any], ...]

"""One version of a prompt: what is said to the model, how much of a creator's text it is shown, and what it must answer."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from upbeat.enrichment.kinds import Kind

VERSION_PATTERN = r"^v\d+\.\d{2}$"


class InputLimits(BaseModel):
    """How much is sent, in characters; of captions the newest `captions`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handle_characters: int = Field(100, ge=1, le=500)
    biography_characters: int = Field(500, ge=0, le=5_000)
    captions: int = Field(0, ge=0, le=20)
    caption_characters: int = Field(200, ge=0, le=2_000)


class Prompt(BaseModel):
    """The content of `include/prompts/<kind>/<version>.yaml`.

    Attributes:
        user: with the one placeholder `{profile}`, where the creator's text goes, delimited.
        temperature: as the API takes it, 0 to 2.
        max_tokens: most that the model may write.
        output_schema: JSON schema in the subset that structured output takes: every property required, no other allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    version: str = Field(pattern=VERSION_PATTERN)
    description: str
    model: str
    temperature: float = Field(0.0, ge=0, le=2)
    max_tokens: int = Field(200, ge=1, le=4_000)
    limits: InputLimits
    system: str
    user: str
    output_schema: dict[str, Any]

    @property
    def name(self) -> str:
        """`base_gender v0.02`, for people."""
        return f"{self.kind} {self.version}"

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of SHA-256 over all that changes an answer; the description does not."""
        content = self.model_dump(mode="json", exclude={"description"})
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

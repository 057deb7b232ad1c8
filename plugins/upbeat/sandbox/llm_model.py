"""The stand-in of the language model: one for all the APIs that serve it, with its behaviour, budgets and counts."""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from upbeat.sandbox.llm_answers import Draws
from upbeat.sandbox.llm_behaviour import Behaviour
from upbeat.sandbox.llm_completions import completion_body, write
from upbeat.sandbox.llm_draws import choice
from upbeat.sandbox.llm_errors import FILTER_CATEGORIES, filtered_prompt, quota_used_up, rate_limited
from upbeat.sandbox.llm_rates import Rates
from upbeat.sandbox.llm_request import ChatRequest
from upbeat.sandbox.llm_truth import CreatorTruth, truth_of
from upbeat.sandbox.world import World

MAX_KEYS = 500_000
MAX_PREFIXES = 10_000


@dataclass(frozen=True, slots=True)
class CompletionKey:
    """What completions are counted by. `mode` is `chat` or `batch`; `outcome` as the answer shows it."""

    source: str
    mode: str
    handle: str
    kind: str
    model: str
    is_repair: bool
    outcome: str


COUNTED_BY = tuple(f.name for f in fields(CompletionKey))


@dataclass(slots=True)
class CompletionCounts:
    """Completions that were served, hence paid for, and the tokens told for them."""

    counts: Counter[CompletionKey] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)

    def add(self, key: CompletionKey, usage: dict[str, Any]) -> None:
        """Count one; the handle is dropped when there are very many different ones."""
        if len(self.counts) >= MAX_KEYS and key not in self.counts:
            key = CompletionKey(**{**asdict(key), "handle": ""})
        self.counts[key] += 1
        self.tokens["input"] += usage["prompt_tokens"]
        self.tokens["cached_input"] += usage["prompt_tokens_details"]["cached_tokens"]
        self.tokens["output"] += usage["completion_tokens"]

    def reset(self) -> None:
        """Begin at 0."""
        self.counts.clear()
        self.tokens.clear()

    def by_kind(self, handle: str) -> dict[str, int]:
        """Completions about one handle."""
        found: Counter[str] = Counter()
        for key, count in self.counts.items():
            if key.handle == handle.lower():
                found[key.kind] += count
        return dict(found)

    def listed(self, **wanted: str) -> dict[str, Any]:
        """`total`, `tokens` (of all that were served), and the rows that match all of `wanted` (as text), most first."""
        rows = [
            {**asdict(key), "count": count}
            for key, count in self.counts.most_common()
            if all(str(getattr(key, name)).lower() == value.lower() for name, value in wanted.items())
        ]
        return {
            "total": sum(row["count"] for row in rows),
            "tokens": {name: self.tokens[name] for name in ("input", "cached_input", "output")},
            "completions": rows,
        }


class LanguageModel:
    """Answers well-formed requests. Its state ends with the process; `process` stands in all ids, so that none comes twice."""

    def __init__(
        self,
        world: World,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.behaviour = Behaviour()
        self.counts = CompletionCounts()
        self.prompts: dict[str, str] = {}
        self.wall_clock = wall_clock
        self.process = f"sandbox{secrets.token_hex(4)}"
        self._world = world
        self._clock = clock
        self._served = 0
        self.reset()

    def reset(self) -> None:
        """Behaviour, budgets, counts and caches as at the start."""
        self.behaviour = Behaviour()
        self.counts.reset()
        self.prompts.clear()
        self._rates: dict[str, Rates] = {}
        self._prefixes: dict[int, None] = {}
        self._chance = random.Random("language model")  # noqa: S311 - repeatable on purpose

    def truth(self, request: ChatRequest) -> CreatorTruth:
        """What is true of the creator that a request is about."""
        subject = request.subject
        return truth_of(subject.handle, subject.text, self._world, is_youtube=subject.is_youtube)

    def admit(self, request: ChatRequest) -> None:
        """Take the request from the budgets. Raises `ApiError` (429) when it does not fit, or chance has it so."""
        behaviour = self.behaviour
        if behaviour.is_quota_used_up:
            raise quota_used_up()
        if self._chance.random() < behaviour.throttled_share:
            raise rate_limited(request.model, behaviour.throttled_seconds)
        wanted = request.prompt_tokens + (request.max_tokens or 16)
        per_minute = behaviour.requests_per_minute, behaviour.tokens_per_minute
        wait, short = self.rates(request.model).wait(wanted, *per_minute)
        if wait:
            names = {"requests": "requests per min (RPM): Limit", "tokens": "tokens per min (TPM): Limit"}
            limit = per_minute[0] if short == "requests" else per_minute[1]
            raise rate_limited(request.model, wait, f"{names[short]} {limit}")

    def rates(self, model: str) -> Rates:
        """The budgets of a model."""
        return self._rates.setdefault(model, Rates(self._clock))

    def complete(self, request: ChatRequest, *, source: str, mode: str = "chat") -> dict[str, Any]:
        """The body of the completion, counted. Raises `ApiError` for a prompt that Azure's filter stops."""
        behaviour = self.behaviour
        draws = Draws(request, behaviour)
        written = write(request, self.truth(request), behaviour)
        if not request.is_repair and draws.of_prompt("filtered") < behaviour.filtered_share:
            if source == "azure_openai":
                raise filtered_prompt(choice(FILTER_CATEGORIES, draws.key("filter")))
            written = type(written)(None, "content_filter", is_filtered=True)
        self._served += 1
        body = completion_body(
            request,
            written,
            id=f"chatcmpl-{self.process}{self._served:08d}",
            created=int(self.wall_clock()),
            cached_tokens=self._cached_tokens(request),
        )
        outcome = "refused" if written.refusal else written.finish_reason
        handle = request.subject.handle.lower()
        key = CompletionKey(source, mode, handle, request.kind, request.model, request.is_repair, outcome)
        self.counts.add(key, body["usage"])
        if request.fingerprint not in self.prompts and len(self.prompts) < MAX_PREFIXES:
            self.prompts[request.fingerprint] = request.system[:80]
        return body

    def _cached_tokens(self, request: ChatRequest) -> int:
        """Tokens of the prompt that came before: whole blocks of 128 as with the real API."""
        least = self.behaviour.cache_from_tokens
        if request.prefix_tokens < least:
            return 0
        if request.prefix in self._prefixes:
            block = min(128, least)
            return request.prefix_tokens // block * block
        if len(self._prefixes) >= MAX_PREFIXES:
            self._prefixes.pop(next(iter(self._prefixes)))
        self._prefixes[request.prefix] = None
        return 0

    def latency(self) -> float:
        """Seconds that the next answer takes."""
        mean, jitter = self.behaviour.latency_seconds, self.behaviour.latency_jitter
        return mean * self._chance.uniform(1 - jitter, 1 + jitter) if mean else 0.0

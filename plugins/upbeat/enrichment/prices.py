"""What calls cost, and the most that a question can cost. In nanodollars (billionths of a US dollar), whole, rounded up."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal

from upbeat.enrichment.ask import OPENING
from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.parameters import output_limit
from upbeat.enrichment.question import Question
from upbeat.enrichment.request import messages_of, response_format
from upbeat.llm_settings import ModelPrice

NANODOLLARS_A_TOKEN = 1_000
"""Of a price of one US dollar per million tokens."""

BYTES_A_TOKEN_OF_OURS = 2
"""Our own instructions are plain English, some four bytes a token."""

TOKENS_A_MESSAGE = 16
"""What a provider adds to each message, and once to all; more than any is known to."""


def cost_of(usage: Usage, price: ModelPrice, *, batch: bool) -> int:
    """What the tokens cost. Cached tokens are part of `usage.input`; in batch mode everything is at the batch's share of the price."""
    cached = min(usage.cached_input, usage.input)
    cached_price = price.input if price.cached_input is None else price.cached_input
    total = (usage.input - cached) * price.input + cached * cached_price + usage.output * price.output
    return _nanodollars(total, price, batch)


def most_of(question: Question, price: ModelPrice, *, batch: bool, repair: Completion | None = None) -> int:
    """The most that one call for the question costs: its input estimated from above, its output at the limit, nothing cached."""
    output = output_limit(question.key.model, question.prompt.max_tokens)
    return cost_of(Usage(input=most_input_tokens(question, repair), output=output), price, batch=batch)


def most_input_tokens(question: Question, repair: Completion | None = None) -> int:
    """Tokens that no tokenizer of the provider exceeds: a token stands for one byte at least, and of what strangers wrote no more is known."""
    messages = messages_of(question, repair)
    ours = len(json.dumps(response_format(question.prompt)))
    theirs = 0
    for message in messages:
        content = message["content"]
        start = content.find(OPENING) if message["role"] == "user" else -1
        kept = len(content) if start < 0 and message["role"] != "assistant" else max(start, 0)
        ours += len(content[:kept].encode())
        theirs += len(content[kept:].encode())
    return -(-ours // BYTES_A_TOKEN_OF_OURS) + theirs + TOKENS_A_MESSAGE * (len(messages) + 1)


def _nanodollars(per_million: Decimal, price: ModelPrice, batch: bool) -> int:
    exact = per_million * NANODOLLARS_A_TOKEN * (price.batch if batch else 1)
    return int(exact.to_integral_value(rounding=ROUND_CEILING))

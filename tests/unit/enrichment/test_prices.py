"""Costs are right to the nanodollar, and nothing costs more than what is reserved for it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.enrichment.subjects import question

from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.kinds import KINDS
from upbeat.enrichment.prices import cost_of, most_input_tokens, most_of
from upbeat.enrichment.request import request_body
from upbeat.llm_settings import PUBLISHED_PRICES, ModelPrice
from upbeat.settings import Settings


# By hand: tokens × dollars per million × 1000, the cached ones at their own price, halved in batch mode and rounded up.
@pytest.mark.parametrize(
    ("model", "given", "cached", "output", "batch", "nanodollars"),
    [
        ("gpt-4.1-mini", 1_000, 0, 100, False, 560_000),  # 1000 × 400 + 100 × 1600
        ("gpt-4.1-mini", 1_000, 0, 100, True, 280_000),
        ("gpt-4.1-mini", 1_000, 600, 100, False, 380_000),  # 400 × 400 + 600 × 100 + 160 000
        ("gpt-4.1-nano", 1, 1, 0, False, 25),
        ("gpt-4.1-nano", 1, 1, 0, True, 13),  # 12.5
        ("gpt-4.1-nano", 3, 1, 1, True, 313),  # (2 × 100 + 25 + 400) / 2 = 312.5
        ("gpt-4.1", 1_000_000, 0, 0, False, 2_000_000_000),
        ("gpt-4o", 7, 2, 3, False, 45_000),  # 5 × 2500 + 2 × 1250 + 3 × 10000
        ("gpt-4o-mini", 10, 10, 0, False, 750),
        ("gpt-35-turbo", 10, 5, 1, False, 6_500),  # no price for cached ones: 10 × 500 + 1500
        ("gpt-4o", 0, 0, 0, False, 0),
    ],
)
def test_costs_by_hand(
    model: str, given: int, cached: int, output: int, batch: bool, nanodollars: int
) -> None:
    usage = Usage(input=given, cached_input=cached, output=output)

    assert cost_of(usage, PUBLISHED_PRICES[model], batch=batch) == nanodollars


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
    st.sampled_from(sorted(PUBLISHED_PRICES)),
)
def test_batch_mode_halves_the_cost_to_the_rounding(given: int, cached: int, output: int, model: str) -> None:
    usage = Usage(input=given, cached_input=min(cached, given), output=output)
    whole, half = (cost_of(usage, PUBLISHED_PRICES[model], batch=batch) for batch in (False, True))

    assert half == -(-whole // 2)


def test_a_settings_price_is_taken_to_the_nanodollar() -> None:
    settings = Settings(
        llm_prices={"mine": ModelPrice(input=Decimal("0.0015"), output=Decimal("0.1"), batch=Decimal("0.25"))}
    )
    price = settings.llm_price("mine-2026-01-01")

    assert price is not None
    assert cost_of(Usage(input=3, output=1), price, batch=False) == 105  # 4.5 + 100
    assert cost_of(Usage(input=3, output=1), price, batch=True) == 27  # 26.125


@pytest.mark.parametrize("kind", KINDS)
def test_the_reserve_is_for_more_input_than_any_tokenizer_makes_of_english(kind: str) -> None:
    asked = question(kind)  # type: ignore[arg-type]
    content = sum(len(message["content"]) for message in asked.messages)

    # English and JSON make about four characters a token; the schema is part of the input, too.
    schema = len(json.dumps(request_body(asked)["response_format"]))
    assert most_input_tokens(asked) >= (content + schema) / 3
    assert most_input_tokens(asked) < content + schema


@given(st.text(max_size=400))
def test_of_a_strangers_text_every_byte_may_be_a_token(text: str) -> None:
    plain, asked = question(biography=""), question(biography=text)
    more = len(asked.messages[1]["content"].encode()) - len(plain.messages[1]["content"].encode())

    assert most_input_tokens(asked) - most_input_tokens(plain) == more


def test_the_most_is_the_input_without_cache_and_the_output_at_its_limit() -> None:
    asked = question()
    price = PUBLISHED_PRICES["gpt-4.1-mini"]

    assert most_of(asked, price, batch=False) == most_input_tokens(asked) * 400 + 400 * 1_600
    assert most_of(asked, price, batch=True) == most_input_tokens(asked) * 200 + 400 * 800


def test_a_repair_and_a_model_that_reasons_reserve_more() -> None:
    asked, price = question(), PUBLISHED_PRICES["gpt-4.1-mini"]
    bad = Completion(outcome="malformed", detail="the answer is empty", text="ä" * 500)

    assert most_input_tokens(asked, bad) >= most_input_tokens(asked) + 1_000
    assert (
        most_of(question(model="gpt-5-nano"), price, batch=False)
        == most_of(asked, price, batch=False) + 2_000 * 1_600
    )

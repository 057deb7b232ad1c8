"""What the documentation says enrichment costs follows from the shipped prompts, the labelled rows and the published prices."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from upbeat.enrichment.ask import ask
from upbeat.enrichment.completion import Usage
from upbeat.enrichment.evaluation.labelled import read_labelled, shipped_file
from upbeat.enrichment.kinds import KINDS
from upbeat.enrichment.prices import cost_of
from upbeat.enrichment.prompt_files import shipped_prompt
from upbeat.enrichment.request import request_body
from upbeat.llm_settings import PUBLISHED_PRICES
from upbeat.sandbox.llm_model import LanguageModel
from upbeat.sandbox.llm_request import read_request
from upbeat.sandbox.world import World

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "enrich-creators.md"
MODEL = "gpt-4.1-mini"


@cache
def usage_of_a_creator() -> Usage:
    """Tokens of all five kinds, each the mean over its labelled rows, by the sandbox's count: four bytes a token."""
    model = LanguageModel(World())
    totals = {"prompt_tokens": 0.0, "completion_tokens": 0.0}
    for kind in KINDS:
        prompt = shipped_prompt(kind)
        assert prompt.model == MODEL
        asked = [
            ask(prompt, row.subject, model=MODEL, is_sandbox=True)
            for row in read_labelled(shipped_file(kind), kind).rows
        ]
        used = [
            model.complete(read_request(request_body(question)), source="openai")["usage"]
            for question in asked
        ]
        for name in totals:
            totals[name] += mean(one[name] for one in used)
    return Usage(input=round(totals["prompt_tokens"]), output=round(totals["completion_tokens"]))


def stated() -> tuple[int, int, Decimal, Decimal]:
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    found = re.search(
        r"about ([\d,]+) tokens of input and ([\d,]+) of output: about \$([\d.]+) a creator, \$([\d.]+) in batch mode",
        text,
    )
    assert found, "the guide does not state the cost any more"
    tokens = [int(number.replace(",", "")) for number in found.groups()[:2]]
    return tokens[0], tokens[1], Decimal(found[3]), Decimal(found[4])


def test_the_tokens_that_the_guide_states_are_those_of_the_shipped_prompts() -> None:
    given, written, _, _ = stated()
    usage = usage_of_a_creator()
    assert given == pytest.approx(usage.input, rel=0.05)
    assert written == pytest.approx(usage.output, rel=0.1)


def test_the_price_that_the_guide_states_is_that_of_its_tokens_at_the_published_prices() -> None:
    given, written, price, in_batches = stated()
    usage = Usage(input=given, output=written)
    for batch, told in ((False, price), (True, in_batches)):
        nanodollars = cost_of(usage, PUBLISHED_PRICES[MODEL], batch=batch)
        assert round(Decimal(nanodollars).scaleb(-9), 4) == told


def test_the_most_that_the_guide_states_is_that_of_answers_as_long_as_the_prompts_allow() -> None:
    found = re.search(
        r"as long as the prompts allow \(([\d,]+) tokens\), it would be \$([\d.]+)\.",
        " ".join(GUIDE.read_text(encoding="utf-8").split()),
    )
    assert found, "the guide does not state the most any more"
    most = sum(shipped_prompt(kind).max_tokens for kind in KINDS)
    assert int(found[1].replace(",", "")) == most
    nanodollars = cost_of(Usage(input=stated()[0], output=most), PUBLISHED_PRICES[MODEL], batch=False)
    assert round(Decimal(nanodollars).scaleb(-9), 4) == Decimal(found[2])

"""The cost that is told before a real model is asked."""

from __future__ import annotations

from typing import Any

import pytest

from upbeat.enrichment.evaluation.cost_ahead import CostAhead, cost_ahead
from upbeat.enrichment.evaluation.labelled import read_labelled, shipped_file
from upbeat.enrichment.evaluation.replies import questions_of
from upbeat.enrichment.kinds import KINDS, Kind
from upbeat.enrichment.prices import cost_of
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.question import Question
from upbeat.enrichment.read_completion import read_completion
from upbeat.enrichment.request import request_body
from upbeat.llm_settings import PUBLISHED_PRICES
from upbeat.sandbox.llm_behaviour import Behaviour
from upbeat.sandbox.llm_model import LanguageModel
from upbeat.sandbox.llm_request import read_request
from upbeat.sandbox.world import World

PRICE = PUBLISHED_PRICES["gpt-4.1-mini"]


def questions(kind: Kind) -> list[Question]:
    rows = read_labelled(shipped_file(kind), kind).rows
    return questions_of(load_prompt(kind, "v0.02"), rows, model="gpt-4.1-mini", is_sandbox=True)


def cost_by_the_sandbox(asked: list[Question], **behaviour: Any) -> int:
    """What the stand-in's counts of tokens cost, with a repair of each malformed answer."""
    model, total = LanguageModel(World(None)), 0
    model.behaviour = Behaviour(cache_from_tokens=1_000_000, **behaviour)
    for question in asked:
        found = read_completion(
            model.complete(read_request(request_body(question)), source="openai"), question.prompt
        )
        total += cost_of(found.usage, PRICE, batch=False)
        if found.outcome == "malformed":
            again = read_request(request_body(question, repair=found))
            repaired = read_completion(model.complete(again, source="openai"), question.prompt)
            total += cost_of(repaired.usage, PRICE, batch=False)
    return total


@pytest.mark.parametrize("kind", KINDS)
def test_the_likely_cost_is_near_what_is_paid_and_the_most_is_above_it_though_all_is_repaired(
    kind: Kind,
) -> None:
    asked = questions(kind)
    ahead = cost_ahead(asked, PRICE)
    assert ahead.questions == len(asked)
    assert 0.9 < ahead.likely / cost_by_the_sandbox(asked) < 1.6
    assert ahead.most > cost_by_the_sandbox(asked, malformed_share=1.0, malformed_repairs_share=1.0)


def test_no_question_costs_nothing() -> None:
    assert cost_ahead([], PRICE) == CostAhead(0, 0, 0)

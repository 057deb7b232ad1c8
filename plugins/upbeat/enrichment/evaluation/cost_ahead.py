"""What questions are going to cost, told before a real model is asked. In nanodollars (10⁻⁹ US dollars). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from upbeat.enrichment.completion import Usage
from upbeat.enrichment.parameters import output_limit
from upbeat.enrichment.prices import cost_of, most_of
from upbeat.enrichment.question import Question
from upbeat.enrichment.request import request_body
from upbeat.llm_settings import ModelPrice

BYTES_A_TOKEN = 4
"""Of English; other scripts take more tokens, but our own instructions and the schema are the larger part of a request."""

USED_OF_LIMIT = 10
"""The limits leave room for the longest answer that a schema allows; one as a rule takes about a tenth."""

TOKENS_OF_A_REPAIR = 200
"""For the words of a repair, beside the answer that it shows again."""


@dataclass(frozen=True, slots=True)
class CostAhead:
    """What `questions` questions cost: `likely` as a rule, and `most` when each answer is as long as can be and has to be repaired."""

    questions: int
    likely: int
    most: int

    def __add__(self, other: CostAhead) -> CostAhead:
        return CostAhead(self.questions + other.questions, self.likely + other.likely, self.most + other.most)


def cost_ahead(questions: Iterable[Question], price: ModelPrice) -> CostAhead:
    """The cost of questions to one model, none of which is answered yet."""
    return sum((_of_one(question, price) for question in questions), CostAhead(0, 0, 0))


def _of_one(question: Question, price: ModelPrice) -> CostAhead:
    limit = output_limit(question.key.model, question.prompt.max_tokens)
    sent = len(json.dumps(request_body(question), ensure_ascii=False).encode())
    likely = Usage(input=sent // BYTES_A_TOKEN, output=limit // USED_OF_LIMIT)
    shown_again = cost_of(Usage(input=limit + TOKENS_OF_A_REPAIR), price, batch=False)
    return CostAhead(
        1, cost_of(likely, price, batch=False), 2 * most_of(question, price, batch=False) + shown_again
    )

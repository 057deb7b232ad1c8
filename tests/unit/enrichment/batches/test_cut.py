"""Questions become batches of one model each, within their bounds, and none is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.ask import ask
from upbeat.enrichment.batches.cut import PlannedQuestion, cut, planned
from upbeat.enrichment.batches.lines import custom_id_of, request_line
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.question import Subject
from upbeat.enrichment.request import request_body
from upbeat.records import Platform

PROMPT = load_prompt("base_gender", "v0.02")
SUBJECT = Subject(platform=Platform.INSTAGRAM, profile_id="1", handle="made.up", biography="माँ of two 🍛")
URL = "/v1/chat/completions"


def one(model: str, size: int) -> PlannedQuestion:
    question = ask(PROMPT, SUBJECT, model=model, is_sandbox=True)
    return PlannedQuestion(question=question, subjects=(SUBJECT,), reserve=1, size=size)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 60))),
    st.integers(1, 5),
    st.integers(60, 100),
)
def test_every_question_is_in_one_batch_in_order_and_no_batch_is_too_large(
    told: list[tuple[str, int]], most_requests: int, most_bytes: int
) -> None:
    questions = [one(model, size) for model, size in told]
    batches = cut(questions, most_requests=most_requests, most_bytes=most_bytes)

    for model in ("a", "b"):
        of_model = [
            question for batch in batches for question in batch if question.question.key.model == model
        ]
        assert of_model == [question for question in questions if question.question.key.model == model]
    for batch in batches:
        assert 0 < len(batch) <= most_requests
        assert sum(question.size for question in batch) <= most_bytes
        assert len({question.question.key.model for question in batch}) == 1


def test_a_planned_question_knows_the_size_of_its_line_and_keeps_no_text() -> None:
    question = ask(PROMPT, SUBJECT, model="gpt-4.1-mini", is_sandbox=True)
    found = planned(question, SUBJECT, 17, wire_model="enrich", url=URL)
    line = request_line(custom_id_of(1_234_567), request_body(question, wire_model="enrich"), URL)

    assert len(line) <= found.size <= len(line) + 20
    assert found.question.messages == ()
    assert found.question.key == question.key
    assert (found.subjects[0].biography, found.subjects[0].captions) == (None, ())

"""Whom a question is worth, and whom nothing is sent of."""

from __future__ import annotations

import pytest
from tests.unit.enrichment.subjects import shipped

from upbeat.enrichment.kinds import KINDS, Kind
from upbeat.enrichment.question import Subject
from upbeat.enrichment.subjects import Creator, why_not_asked
from upbeat.flows import FLOWS
from upbeat.flows.enrichment import ENRICHMENTS
from upbeat.records import Platform
from upbeat.settings import Settings


def creator(
    handle: str = "priya.cooks",
    biography: str | None = None,
    captions: tuple[str, ...] = (),
    *,
    is_private: bool = False,
) -> Creator:
    subject = Subject(
        platform=Platform.INSTAGRAM, profile_id="1", handle=handle, biography=biography, captions=captions
    )
    return Creator(subject, is_private)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_private_account_is_sent(kind: Kind) -> None:
    private = creator(biography="Cook in Pune", captions=("Dosa",), is_private=True)
    assert "private account: nothing of it is sent" in (why_not_asked(shipped(kind), private) or "")


@pytest.mark.parametrize(
    ("kind", "of", "is_asked"),
    [
        ("base_gender", creator(), True),
        ("base_gender", creator("_1984_"), False),
        ("base_gender", creator("_1984_", "mom of two"), True),
        ("base_location", creator(), False),
        ("base_location", creator(captions=("In Pune today",)), False),
        ("base_location", creator(biography="Pune"), True),
        ("categ_lang_topics", creator(), False),
        ("categ_lang_topics", creator(biography=" \u200b\n"), False),
        ("categ_lang_topics", creator(captions=("\u200b", "Dosa")), True),
        ("audience_age_gender", creator(biography="Cook"), True),
        ("audience_cities", creator(captions=("\u200b",)), False),
        ("audience_cities", creator(captions=("\u200b",) * 5 + ("Dosa",)), False),
        ("audience_cities", creator(captions=("\u200b",) * 4 + ("Dosa",)), True),
    ],
)
def test_a_question_about_nothing_is_not_paid_for(kind: Kind, of: Creator, is_asked: bool) -> None:
    why = why_not_asked(shipped(kind), of)
    assert (why is None) == is_asked
    assert why is None or (of.subject.handle in why and "\n" not in why)


def test_there_is_a_flow_of_each_kind_for_each_platform() -> None:
    assert ENRICHMENTS == KINDS
    for platform in (Platform.INSTAGRAM, Platform.YOUTUBE):
        for kind in KINDS:
            flow = FLOWS[f"{platform.lower()}.{kind}"]
            assert (flow.live, flow.method, flow.processes) == (True, kind, 2)
            assert flow.concurrency > Settings.model_fields["llm_concurrency"].default == 5

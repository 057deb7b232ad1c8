"""The tour's questions to the sandbox's model."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console
from tests.collection_run import CollectionRun, collection_run

from upbeat.cli.demo_enriched import print_enriched
from upbeat.demo.enrichment import enrich
from upbeat.settings import Settings

HANDLES = ["asha.cooks", "ravi.drives", "nobody.collected"]


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    """Two made-up creators with a biography."""
    with collection_run(settings) as run:
        for number, handle in enumerate(HANDLES[:2]):
            run.rows(
                "INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at) "
                "VALUES (%(number)s, %(handle)s, 'Cook in Pune', 'test', now()) RETURNING handle",
                number=str(number),
                handle=handle,
            )
        yield run


def test_creators_are_shown_with_what_was_told_and_a_second_tour_asks_nothing(run: CollectionRun) -> None:
    found = enrich(run.settings, HANDLES)
    assert [creator.handle for creator in found] == HANDLES[:2]
    assert all(creator.category and creator.cities and creator.topics for creator in found)
    assert run.sandbox.completions()["total"] == 4
    assert enrich(run.settings, HANDLES) == found
    assert run.sandbox.completions()["total"] == 4
    for width, has_topics in ((130, True), (80, False)):
        out = Console(file=io.StringIO(), width=width)
        print_enriched(out, found)
        text = out.file.getvalue()  # type: ignore[attr-defined]
        assert "answers of the sandbox, made up" in text
        assert "No real model was asked" in text
        assert all(f"@{handle}" in text for handle in HANDLES[:2])
        assert (found[0].topics[0] in text) == has_topics


def test_a_tour_never_asks_a_real_model(run: CollectionRun) -> None:
    run.change(upstream="live")
    assert enrich(run.settings, HANDLES) == []
    assert run.count("beat.scrape_request_log") == 0

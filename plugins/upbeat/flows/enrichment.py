"""The flows of enrichment: a language model is asked what a creator's public text tells; no source is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from upbeat.flows.flow import Flow
from upbeat.flows.parameters import CollectedAccountParameters, CollectedChannelParameters
from upbeat.records import PayloadKind, Platform

ENRICHMENTS = ("base_gender", "base_location", "categ_lang_topics", "audience_age_gender", "audience_cities")
"""The kinds of question, each the name of a flow and its method."""

TASKS = 10
"""Of one process, so that the setting `llm_concurrency` (5) of them ask all the time, while others are claimed, read and written: for each
call one task, which may take as long for all of that as a call does."""

_PARAMETERS = {Platform.INSTAGRAM: CollectedAccountParameters, Platform.YOUTUBE: CollectedChannelParameters}


def _flows() -> Iterator[Flow]:
    for platform, params_model in _PARAMETERS.items():
        for kind in ENRICHMENTS:
            yield Flow(
                platform=platform,
                name=kind,
                method=kind,
                kind=PayloadKind.IDENTIFIER,  # nothing is fetched
                params_model=params_model,
                chain=(),
                writes=("beat.enrichment",),
                processes=2,
                concurrency=TASKS,
                limit_levels=(),
                freshness=timedelta(days=30),
                part="enrichment",
            )


ENRICHMENT_FLOWS: tuple[Flow, ...] = tuple(_flows())

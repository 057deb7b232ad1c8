"""Nothing that can be made up from the API's own description finds a 5xx or an answer that the description does not tell."""

from __future__ import annotations

import pytest
from tests.api_fuzz import PHASES, api_with_a_row_of_everything, fuzz
from tests.integration.api.conftest import MakeKey

from upbeat.settings import Settings


def fuzzed_without_a_finding(
    settings: Settings, make_api_key: MakeKey, examples: int, seconds: float, phases: tuple[str, ...]
) -> int:
    key = make_api_key(rate="1000000/s")
    with api_with_a_row_of_everything(settings) as api:
        found = fuzz(api, key, examples=examples, seconds=seconds, phases=phases)
        log = api.text()

    assert found.findings == [], found.report[-20_000:]
    assert found.operations >= 77
    assert "a request failed" not in log
    return found.cases


@pytest.mark.timeout(600)
def test_the_whole_description_is_asked_and_nothing_is_found(
    settings: Settings, make_api_key: MakeKey
) -> None:
    assert fuzzed_without_a_finding(settings, make_api_key, 6, 500, ("examples", "fuzzing")) > 300


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
def test_the_whole_description_is_asked_at_length_and_nothing_is_found(
    settings: Settings, make_api_key: MakeKey
) -> None:
    assert fuzzed_without_a_finding(settings, make_api_key, 100, 3500, PHASES) > 5_000

"""What may be asked for on demand is live, and every part's DAGs ask for the flows of their part."""

from __future__ import annotations

import pytest

from upbeat.errors import InputError
from upbeat.flows import FLOWS
from upbeat.flows.on_demand import on_demand_flows, on_demand_requests
from upbeat.flows.sync_requests import ASSET_DAGS, SCORE_FOLLOWERS


def test_every_flow_on_demand_is_live_and_takes_what_it_is_given() -> None:
    for flow in on_demand_flows():
        assert FLOWS[flow].live, flow
    for platform, code in (("INSTAGRAM", "CGZ6vV1nBtA"), ("youtube", "dQw4w9WgXcQ")):
        for request, subjects in on_demand_requests(platform, ["natgeo"], [code]):
            (name, *_) = FLOWS[request.flow].params_model.model_fields
            assert FLOWS[request.flow].validate({name: subjects[0]})


def test_only_what_is_named_is_asked_for() -> None:
    asked = [request.flow for request, _ in on_demand_requests("youtube", [], ["dQw4w9WgXcQ"])]
    assert asked == ["youtube.video_by_id"]
    with pytest.raises(InputError, match="name handles or shortcodes"):
        on_demand_requests("youtube", [], [])


def test_the_dags_of_other_parts_ask_for_every_flow_of_their_part() -> None:
    def flows(part: str) -> set[str]:
        return {key for key, flow in FLOWS.items() if flow.part == part}

    assert {flow for entry in ASSET_DAGS for flow in entry.flows} == flows("assets")
    assert set(SCORE_FOLLOWERS.flows) == flows("authenticity")

"""What may be asked for on demand is live, and later parts ask for their own flows only."""

from __future__ import annotations

import pytest

from upbeat.errors import InputError
from upbeat.flows import FLOWS
from upbeat.flows.flow import LIVE_PARTS
from upbeat.flows.later_requests import ASSET_DAGS, RETENTION_FLOWS
from upbeat.flows.on_demand import on_demand_flows, on_demand_requests
from upbeat.flows.stale import subject_statements
from upbeat.flows.sync_requests import SCORE_FOLLOWERS


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

    assert {flow for entry in ASSET_DAGS for flow in entry.flows} == flows("assets") == set(RETENTION_FLOWS)
    assert set(SCORE_FOLLOWERS.flows) == flows("authenticity")


def test_what_later_parts_ask_for_has_a_statement() -> None:
    for entry in ASSET_DAGS:
        for request in entry.requests:
            assert request.subjects in subject_statements(), entry.dag_id


def test_the_deletion_of_assets_comes_with_their_part() -> None:
    # `assets_retention` has one task, which lets the deletion run: bring that with the part.
    assert "assets" not in LIVE_PARTS

"""The catalogue: all flows by name. An entry is added in the module of its platform."""

from __future__ import annotations

from upbeat.errors import InputError
from upbeat.flows.assets import ASSET_FLOWS
from upbeat.flows.authenticity import AUTHENTICITY_FLOWS
from upbeat.flows.enrichment import ENRICHMENT_FLOWS
from upbeat.flows.flow import Flow
from upbeat.flows.instagram import INSTAGRAM_FLOWS
from upbeat.flows.shopify import SHOPIFY_FLOWS
from upbeat.flows.youtube import YOUTUBE_FLOWS
from upbeat.settings import Settings

FLOWS: dict[str, Flow] = {
    flow.key: flow
    for flow in (
        *INSTAGRAM_FLOWS,
        *YOUTUBE_FLOWS,
        *SHOPIFY_FLOWS,
        *AUTHENTICITY_FLOWS,
        *ENRICHMENT_FLOWS,
        *ASSET_FLOWS,
    )
}


def live_flows() -> list[Flow]:
    """The flows that can be run, in the order of the catalogue."""
    return [flow for flow in FLOWS.values() if flow.live]


def flow_named(key: str) -> Flow:
    """The flow of this name (`instagram.profile_by_handle`). Raises `InputError` that names what comes near."""
    if key in FLOWS:
        return FLOWS[key]
    from difflib import get_close_matches

    near = get_close_matches(key, FLOWS, n=3) or [name for name in FLOWS if key.lower() in name][:3]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise InputError(f"flow={key}: there is no such flow: {hint}`upbeat flows` lists them all")


def chain_of(flow: Flow, settings: Settings) -> tuple[str, ...]:
    """The sources to ask, in order: the setting `source_chains`, else the catalogue's."""
    return tuple(settings.source_chains.get(flow.key, flow.chain))

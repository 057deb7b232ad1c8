"""What can be collected: the catalogue of flows."""

from upbeat.flows.catalogue import FLOWS, chain_of, flow_named, live_flows
from upbeat.flows.flow import Flow

__all__ = ["FLOWS", "Flow", "chain_of", "flow_named", "live_flows"]

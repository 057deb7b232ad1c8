"""What can be collected: the catalogue of flows."""

from upbeat.flows.catalogue import FLOWS, Flow, chain_of, flow_named

__all__ = ["FLOWS", "Flow", "chain_of", "flow_named"]

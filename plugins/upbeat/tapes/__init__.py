"""Tapes: the upstream traffic of a flow in a file, without secrets, and the same flow run against it without a network."""

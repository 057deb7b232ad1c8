"""Counts of the API for Prometheus."""

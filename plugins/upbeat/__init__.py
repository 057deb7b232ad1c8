"""Upbeat: collects public figures on creators and shops, keeps their history, and publishes clean tables."""

__version__ = "0.1.0"

"""Reads of the published tables: one catalogue of what may be read, and one way to read it."""

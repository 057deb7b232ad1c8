"""Creators: search, and one profile with all that is known of it."""

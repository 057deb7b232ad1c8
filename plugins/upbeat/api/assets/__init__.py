"""Kept pictures and films: what is known of them, and the bytes."""

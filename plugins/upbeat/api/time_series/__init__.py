"""Figures of a profile over time."""

"""Campaigns: what a brand does with creators, its costs and its goal."""

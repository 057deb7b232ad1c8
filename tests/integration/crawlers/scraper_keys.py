"""The scrapers of Instagram, each with a key that its stand-in takes; empty for the one that needs none."""

from __future__ import annotations

KEYS = {
    "rapidapi-igdata": "sandbox-rapidapi-key-1",
    "rapidapi-jotucker": "sandbox-rapidapi-key-1",
    "rapidapi-neotank": "sandbox-rapidapi-key-1",
    "rapidapi-arraybobo": "sandbox-rapidapi-key-1",
    "rocketapi": "sandbox-rocketapi-key-1",
    "insta-best-performance": "sandbox-rapidapi-key-1",
    "lama": "",
}

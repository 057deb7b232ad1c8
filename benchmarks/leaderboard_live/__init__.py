"""Stamped events through a running platform, every DAG on its own schedule, until the API's leaderboard shows them."""

"""Benchmarks: each compares ours with a peer in the same run, prints a table with ratios and writes JSON.

A benchmark is a module of this package with `run(say) -> list[Row]`; its docstring's first line is what it asks.
"""

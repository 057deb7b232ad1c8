"""Fixtures of the crawlers' tests."""

from tests.unit.crawlers.command_line_parse import parse_command

__all__ = ["parse_command"]

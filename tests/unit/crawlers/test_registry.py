"""Finding sources."""

from __future__ import annotations

import pytest

from upbeat.crawlers.registry import crawler_class, crawler_classes
from upbeat.errors import InputError
from upbeat.flows import FLOWS
from upbeat.ratelimit import parse_rate


def test_every_source_of_every_chain_exists_and_can_do_what_the_flow_asks() -> None:
    for flow in FLOWS.values():
        for source in flow.chain:
            cls = crawler_class(source)
            assert cls.platform == flow.platform
            overridden = getattr(cls, flow.method) is not getattr(cls.__mro__[1], flow.method)
            assert overridden, f"{source} has no {flow.method}"


def test_every_source_states_a_name_an_address_and_a_limit() -> None:
    for name, cls in crawler_classes().items():
        assert cls.source == name
        assert cls.base_url.startswith("https://")
        assert parse_rate(cls.default_limit).amount > 0


def test_an_unknown_source_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"source=grapapi: .*graphapi, lama, rapidapi-igdata"):
        crawler_class("grapapi")

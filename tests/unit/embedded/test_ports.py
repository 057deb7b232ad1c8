"""A port in use is told in one line before anything starts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from upbeat.embedded.part import Part
from upbeat.embedded.ports import free_ports, port_is_free, require_free_ports
from upbeat.errors import InputError


def part(name: str, port: int) -> Part:
    return Part(
        name=name,
        title=name.title(),
        port=port,
        port_setting=f"UPBEAT_{name.upper()}_PORT",
        check=lambda: None,
    )


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def taken_port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket() as server:
        server.bind((request.param, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_in_use_names_the_port_its_owner_and_the_setting(taken_port: int) -> None:
    with pytest.raises(InputError) as caught:
        require_free_ports([part("redis", taken_port)])
    message = str(caught.value)
    assert f"port {taken_port} (Redis) is in use" in message
    assert f"(pid {os.getpid()})" in message
    assert "UPBEAT_REDIS_PORT" in message
    assert "\n" not in message


def test_two_parts_on_one_port_are_refused() -> None:
    (port,) = free_ports(1)
    with pytest.raises(
        InputError, match=f"port {port} is set for both Redis and S3: give UPBEAT_S3_PORT another"
    ):
        require_free_ports([part("redis", port), part("s3", port)])


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(port_is_free(port) for port in ports)
    require_free_ports([part(f"part{port}", port) for port in ports])

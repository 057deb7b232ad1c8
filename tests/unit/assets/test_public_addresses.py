"""Which addresses a fetch may connect to."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.assets.public_addresses import is_public

FORBIDDEN = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "168.63.129.16", "192.0.0.192", "198.18.0.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe", "::127.0.0.1", "::8.8.8.8", "fec0::1", "fec0::ffff:1", "2002:808:808::", "5f00::1", "4000::1", "", "localhost",
    "127.1",
)  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_what_is_not_of_the_public_internet_is_not_connected_to(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "157.240.1.63",
        "2a03:2880:f12f:83:face:b00c:0:25de",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_in_whatever_stands_for_it(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    carried = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
    )
    assert {is_public(str(address)) for address in carried} == {is_public(str(plain))}
    assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))), "6to4"
    if plain.is_private or plain.is_loopback or plain.is_link_local or plain.is_multicast:
        assert not is_public(str(plain))

"""Which addresses a fetch may connect to: those of the public Internet, however they are written."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Services of a cloud's own hosts under addresses that are public by the registry: Azure's, and Alibaba's (in the shared space, too).
_METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200")))


def is_public(text: str) -> bool:
    """Whether an address is one of the public Internet's: not private, loopback, link-local, multicast, reserved or a cloud's metadata.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by that as well.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(one) for one in (address, *_carried(address)))


def _is_public(address: Address) -> bool:
    if address in _METADATA or address.is_multicast or address.is_reserved or address.is_unspecified:
        # 64:ff9b::/96 is reserved by its place and public by its use: what it carries decides.
        return isinstance(address, ipaddress.IPv6Address) and address in _NAT64
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return True  # what it carries decides
    return address.is_global


def _carried(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    if address.teredo is not None:
        found += address.teredo
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found

"""Which addresses a fetch may connect to: those of the public Internet, however they are written."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# IETF protocol assignments (a cloud's metadata lies there, too) and the relays of 6to4: not private by the registry, and nobody's pictures.
_NOBODYS = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
# Services of a cloud's own hosts under addresses that are public by the registry: Azure's.
_METADATA = ipaddress.IPv4Address("168.63.129.16")


def is_public(text: str) -> bool:
    """Whether an address is one of the public Internet's: not private, loopback, link-local, multicast, reserved or a cloud's metadata.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged by that, one that is carried over it (6to4, Teredo) by both.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return _is_public(address)
    if address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    carried = [address.sixtofour] if address.sixtofour else list(address.teredo or ())
    return _is_public(address) and all(map(_is_public, carried))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address) and (
        address == _METADATA or any(address in network for network in _NOBODYS)
    ):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)

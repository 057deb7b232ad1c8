"""Which addresses a fetch may connect to: those of the public Internet, however they are written."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# All that IANA gives out as global unicast. Outside lie forms that are not private by the registry and lead inside all the same: site-local
# addresses (fec0::/10), IPv4-compatible ones, a network's own NAT64 (64:ff9b:1::/48).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Teredo and 6to4 carry an IPv4 address through whatever relay is near; no picture lies there.
_TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
# IETF protocol assignments (a cloud's metadata lies there, too) and the relays of 6to4: not private by the registry, and nobody's pictures.
_NOBODYS = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
# Services of a cloud's own hosts under addresses that are public by the registry: Azure's.
_METADATA = ipaddress.IPv4Address("168.63.129.16")


def is_public(text: str) -> bool:
    """Whether an address is one of the public Internet's: not private, loopback, link-local, multicast, reserved or a cloud's metadata.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged by that; one that is carried through a tunnel (6to4, Teredo) is none.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return _is_public_v4(address)
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_v4(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in net for net in _TUNNELS)


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    if address == _METADATA or any(address in network for network in _NOBODYS):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)

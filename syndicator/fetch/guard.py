"""Which addresses may be connected to.

The address that a socket is about to be opened for is checked, on every hop, whatever name led there. A check of names,
or of a resolver's answers alone, would let literals and rebinding through.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from syndicator.models import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_V4_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
# Not public, though some versions of the standard library say so: site-local, documentation, segment routing.
_NOT_GLOBAL = tuple(map(ipaddress.IPv6Network, ("fec0::/10", "3fff::/20", "5f00::/16", "2001:db8::/32")))


class BlockedAddressError(OSError):
    """An address the operator did not allow."""


def is_allowed(address: str, allow_private: Sequence[Network] = ()) -> bool:
    """Return whether an IP address is public, or private but listed.

    ``ipaddress.is_global`` alone is not enough: it accepts multicast, and IPv6 addresses that carry a private IPv4
    address (mapped, compatible, 6to4, Teredo, NAT64). The inner address is checked with the outer.
    """
    outer = ipaddress.ip_address(address.partition("%")[0])
    inner = [outer, *_embedded(outer)]
    if any(one.version == network.version and one in network for network in allow_private for one in inner):
        return True
    return all(one.is_global and not one.is_multicast and not _is_reserved(one) for one in inner)


def _is_reserved(address: Address) -> bool:
    return any(address.version == network.version and address in network for network in _NOT_GLOBAL)


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in (*_NAT64, _V4_COMPATIBLE, _V4_TRANSLATED)):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def guard(allow_private: Sequence[Network]) -> Callable[[str], None]:
    """Return a check that raises BlockedAddressError for an address that is not allowed; it caches its answers."""
    allowed = lru_cache(maxsize=4096)(lambda address: is_allowed(address, allow_private))

    def check(address: str) -> None:
        if not allowed(address):
            raise BlockedAddressError(f"blocked address {address}: not public, and not listed in allow_private")

    return check


def check_literal(host: str, check: Callable[[str], None]) -> None:
    """Check a host that is written as a number before anything is opened, so that the reason is plain."""
    if not host[-1:].isalpha() and (address := _literal(host)):  # no top-level domain ends in anything else
        check(address)


@lru_cache(maxsize=4096)
def _literal(host: str) -> str:
    """Return the IP address that a host with or without a port is, empty if it is a name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ipaddress.ip_address(name)
    except ValueError:
        return ""
    return name


def guarded_sockets(check: Callable[[str], None]) -> Callable[[AddressInfo], socket.socket]:
    """Return a socket factory that checks each address before any packet is sent."""

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        check(str(address[0]))
        return socket.socket(family, kind, protocol)

    return make

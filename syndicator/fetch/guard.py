"""Which addresses may be connected to.

The check is made on the address a socket is about to be opened for, on every hop, whatever a name resolved to and
whether there was a name at all: checking names, or only what a resolver said, lets literals and rebinding through.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from functools import lru_cache

from syndicator.models import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_V4_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
# Not for the public, though the standard library of some versions says so: site-local, documentation, segment routing.
_NOT_GLOBAL = tuple(map(ipaddress.IPv6Network, ("fec0::/10", "3fff::/20", "5f00::/16", "2001:db8::/32")))


class BlockedAddressError(OSError):
    """An address the operator did not allow."""


def is_allowed(address: str, allow_private: Sequence[Network] = ()) -> bool:
    """Say whether an IP address is public, or private but listed.

    ``ipaddress.is_global`` alone is not enough: it takes multicast, and forms that carry a private IPv4 address inside
    an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64). The inner address is judged with the outer.
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
    """Give a check that raises BlockedAddressError for an address that is not allowed; it remembers its answers."""
    allowed = lru_cache(maxsize=4096)(lambda address: is_allowed(address, allow_private))

    def check(address: str) -> None:
        if not allowed(address):
            raise BlockedAddressError(f"blocked address {address}: not public, and not listed in allow_private")

    return check


def guarded_sockets(check: Callable[[str], None]) -> Callable[[AddressInfo], socket.socket]:
    """Give a socket factory that asks ``check`` about each address before any packet."""

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        check(str(address[0]))
        return socket.socket(family, kind, protocol)

    return make

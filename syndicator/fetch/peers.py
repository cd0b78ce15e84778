"""Who answered at a host: the certificate and the address of the latest connection to it.

Looked at once for each new connection. A request over a connection that is still open finds what was seen when it was
opened.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime
from functools import lru_cache

from syndicator.models import Certificate, Peer

_MOST_HOSTS = 20_000
_V4_PREFIX, _V6_PREFIX = 16, 32
_SEQUENCE, _EXPLICIT_VERSION, _LONG = 0x30, 0xA0, 0x80
# What stands before the public key in a certificate (RFC 5280, 4.1): serial number, algorithm, issuer, dates, subject.
_BEFORE_KEY = 5


class Peers:
    """The latest peers by host; the hosts met longest ago are forgotten."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_host: dict[tuple[str, bool], Peer] = {}

    def note(self, host: str, transport: asyncio.BaseTransport, *, has_own_address: bool) -> None:
        """Keep what a new connection to a host shows; where a proxy stands between, its address is not the host's."""
        address = transport.get_extra_info("peername") if has_own_address else None
        shown = transport.get_extra_info("ssl_object")
        prefix = prefix_of(str(address[0])) if address else ""
        certificate = certificate_of(shown) if shown is not None else None
        key = host, shown is not None
        self._by_host.pop(key, None)
        if prefix or certificate is not None:
            self._by_host[key] = Peer(host=host, prefix=prefix, certificate=certificate)
        if len(self._by_host) > _MOST_HOSTS:
            del self._by_host[next(iter(self._by_host))]

    def get(self, host: str, *, is_secure: bool) -> Peer | None:
        """Return who answered at a host at the latest connection, with or without TLS."""
        return self._by_host.get((host, is_secure))


def certificate_of(shown: ssl.SSLObject) -> Certificate | None:
    """Return the certificate of a connection; None where it was not verified or cannot be read."""
    encoded = shown.getpeercert(binary_form=True)
    fields = shown.getpeercert()
    if not encoded or not fields:
        return None
    try:
        return Certificate(
            issuer=_organisation(fields.get("issuer", ())),
            key=_digest_of_key(encoded),
            valid_from=_moment(str(fields["notBefore"])),
            valid_until=_moment(str(fields["notAfter"])),
        )
    except (KeyError, ValueError, IndexError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def prefix_of(address: str) -> str:
    """Return the network that an address lies in, /16 or /32 (IPv6); empty for one that is not public."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if not found.is_global or found.is_multicast:
        return ""
    length = _V4_PREFIX if found.version == 4 else _V6_PREFIX  # noqa: PLR2004 - the version of IP
    return str(ipaddress.ip_network(f"{found}/{length}", strict=False))


def _organisation(names: object) -> str:
    """Return an issuer's organisation, or the common name of one that has none: intermediates of one rotate."""
    found = {str(key): str(value) for each in names for key, value in each} if isinstance(names, tuple) else {}
    return found.get("organizationName") or found.get("commonName", "")


def _moment(written: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(written), UTC)


def _digest_of_key(encoded: bytes) -> str:
    """Return the SHA-256 of a certificate's SubjectPublicKeyInfo, as public key pinning took it (RFC 7469, 2.4)."""
    start, _ = _inside(encoded, 0)
    place, _ = _inside(encoded, start)
    if encoded[place] == _EXPLICIT_VERSION:
        place = _inside(encoded, place)[1]
    for _ in range(_BEFORE_KEY):
        place = _inside(encoded, place)[1]
    if encoded[place] != _SEQUENCE:
        raise ValueError("no public key where one should stand")
    return hashlib.sha256(encoded[place : _inside(encoded, place)[1]]).hexdigest()


def _inside(encoded: bytes, place: int) -> tuple[int, int]:
    """Return where the content of a DER element begins and ends (X.690, 8.1)."""
    length, start = encoded[place + 1], place + 2
    if length >= _LONG:
        size = length - _LONG
        length, start = int.from_bytes(encoded[start : start + size], "big"), start + size
    return start, start + length

"""Who answers at a host: certificates and addresses. Plain frozen values; datetimes are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A host's certificate: its issuer's organisation, the SHA-256 of its public key (hexadecimal), its lifetime."""

    issuer: str
    key: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who answered at a host: the prefix of its address, and its certificate.

    A ``prefix`` (IPv4 /16, IPv6 /32) is empty where the address says nothing: it is private, or that of a proxy.
    """

    host: str
    prefix: str = ""
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What is known of who answers at a host.

    ``certificate`` is the one seen last. ``issuers`` and ``prefixes`` were met before, each with the day it was met
    last, in days since 1970. ``issuer_since`` is when an issuer came that had not been met, ``previous_issuer`` the one
    before it. Since ``moved_at`` only ``newcomers`` among the prefixes answer, in ``strange`` polls in a row.
    """

    host: str
    seen_at: datetime
    certificate: Certificate | None = None
    issuers: Mapping[str, int] = field(default_factory=dict)
    previous_issuer: str = ""
    issuer_since: datetime | None = None
    prefixes: Mapping[str, int] = field(default_factory=dict)
    newcomers: Mapping[str, int] = field(default_factory=dict)
    strange: int = 0
    moved_at: datetime | None = None

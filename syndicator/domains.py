"""Find the registrable domain of a host by the public suffix list (publicsuffix.org). Pure."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from syndicator import urls

# Names of hosts that nobody outside finds.
_OWN_NETWORK = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intranet")
_ONION = re.compile(r"(?:[a-z0-9-]+\.)*[a-z2-7]{56}\.onion")


def registrable(url: str) -> str:
    """Return the domain that somebody registered, ``bbc.co.uk`` of ``https://feeds.bbc.co.uk/x``.

    On a platform that the list knows (``blogspot.com``) each of its names is somebody's own. An address that is a
    number, or a name without a suffix, stands for itself.
    """
    return _registrable(urlsplit(url).hostname or "")


def is_public(host: str) -> bool:
    """Return whether a host is a name below a public suffix, or an onion service."""
    if host.endswith(".onion"):
        return _ONION.fullmatch(host) is not None
    return bool(_strict_list().privatesuffix(host))


def politeness_key(url: str) -> str:
    """Return what is polled in turn: all hosts of a registrable domain, each port by itself."""
    return _turn_key(urls.host_key(url))


@lru_cache(maxsize=65536)
def _turn_key(host: str) -> str:
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdecimal():
        name, port = host, ""
    return f"{_registrable(name)}:{port}" if port else _registrable(name)


@lru_cache(maxsize=4096)
def _registrable(host: str) -> str:
    host = host.rstrip(".")
    if not host[-1:].isalpha():  # every top-level domain ends in a letter
        return host
    return _list().privatesuffix(host) or host


@lru_cache(maxsize=1)
def _strict_list() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=1)
def _list() -> PublicSuffixList:
    """Return the list, loaded at its first use: children never need it."""
    return PublicSuffixList()


@lru_cache(maxsize=16384)
def is_open(address: str) -> bool:
    """Return whether an address is one of the open network, not of the operator's own."""
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host[-1:].isalpha() and ":" not in host:  # every top-level domain ends in a letter
        return "." in host and not host.endswith(_OWN_NETWORK)
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host

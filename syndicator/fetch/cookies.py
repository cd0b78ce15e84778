"""Cookies of one exchange: some servers set one, redirect to the same address, and give the document to who brings it.

They live as long as the exchange, are never stored, and never leave the registrable domain of the host that set them.
The rules are those of RFC 6265, 5, in their strictest reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from syndicator import domains
from syndicator.fetch.headers import http_date

_MOST, _LONGEST, _LONGEST_HEADER = 20, 4096, 8192
# What browsers take (RFC 6265, 5.2), and what may be sent: no control characters, no bytes that are no UTF-8.
_NAME = re.compile(r"[^\x00-\x20;=\x7f\ud800-\udfff]+")
_VALUE = re.compile(r"[^\x00-\x1f;\x7f\ud800-\udfff]*")
_SECONDS = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cookie:
    value: str
    is_host_only: bool
    is_secure: bool


class _Key(NamedTuple):
    name: str
    domain: str
    path: str


class Cookies:
    """What the servers of one exchange have set so far."""

    def __init__(self) -> None:
        self._kept: dict[_Key, _Cookie] = {}

    def store(self, url: str, fields: Iterable[str], now: datetime) -> None:
        """Keep what the Set-Cookie ``fields`` of an answer from ``url`` say, twenty at most; skip what is not legal."""
        parts = urlsplit(url)
        for field in fields:
            if len(field) <= _LONGEST:
                self._store(parts, field, now)

    def header_for(self, url: str) -> str:
        """Return the Cookie field of a request for ``url``, empty for none (RFC 6265, 5.4)."""
        if not self._kept:
            return ""
        parts = urlsplit(url)
        found = [(key, cookie) for key, cookie in self._kept.items() if _is_meant_for(key, cookie, parts)]
        found.sort(key=lambda each: -len(each[0].path))
        header = "; ".join(f"{key.name}={cookie.value}" for key, cookie in found)
        return header if len(header) <= _LONGEST_HEADER else ""

    def _store(self, parts: SplitResult, field: str, now: datetime) -> None:
        pair, *rest = field.split(";")
        name, is_pair, value = (part.strip() for part in pair.partition("="))
        given = {key.strip().lower(): text.strip() for key, _, text in (each.partition("=") for each in rest)}
        host = parts.hostname or ""
        domain = given.get("domain", "").removeprefix(".").lower()
        is_secure = "secure" in given
        is_legal = bool(is_pair) and _NAME.fullmatch(name) and _VALUE.fullmatch(value)
        if not is_legal or not _may_set(host, domain) or (is_secure and parts.scheme != "https"):
            return
        path = given.get("path", "")
        key = _Key(name, domain or host, path if path.startswith("/") else _folder(parts.path))
        self._kept.pop(key, None)
        if not _is_over(given, now) and len(self._kept) < _MOST:
            is_host_only = not domain or _is_suffix(domain)
            self._kept[key] = _Cookie(value=value, is_host_only=is_host_only, is_secure=is_secure)


def _may_set(host: str, domain: str) -> bool:
    """Return whether a host may set cookies for a domain: its own, or one above it that is no public suffix."""
    return domain in ("", host) or (_is_within(host, domain) and not _is_suffix(domain))


def _is_suffix(domain: str) -> bool:
    """Return whether names below a domain belong to different people."""
    below = f"x.{domain}"
    return domains.registrable(f"//{below}") == below


def _is_within(host: str, domain: str) -> bool:
    return host == domain or (host.endswith(f".{domain}") and host[-1].isalpha())


def _is_meant_for(key: _Key, cookie: _Cookie, parts: SplitResult) -> bool:
    host, path = parts.hostname or "", parts.path or "/"
    if cookie.is_secure and parts.scheme != "https":
        return False
    if not (host == key.domain if cookie.is_host_only else _is_within(host, key.domain)):
        return False
    return path == key.path or path.startswith(key.path.removesuffix("/") + "/")


def _folder(path: str) -> str:
    """Return the path that a cookie without one is for (RFC 6265, 5.1.4)."""
    return path.rpartition("/")[0] or "/"


def _is_over(given: dict[str, str], now: datetime) -> bool:
    """Return whether a server takes a cookie back; Max-Age overrides Expires."""
    seconds = given.get("max-age", "")
    if _SECONDS.fullmatch(seconds):
        return int(seconds) <= 0
    expires = http_date(given.get("expires"))
    return expires is not None and expires <= now

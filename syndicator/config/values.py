"""The values that keys may have: each type checks what is written, and says in words what is wrong with it."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from syndicator import urls
from syndicator.extras import can_use_postgres, can_write_to_stores
from syndicator.markup import clean
from syndicator.models import Network
from syndicator.models.notify import is_mailbox
from syndicator.tag import check_language, country_labels

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MAIL = re.compile(r"[^\s@,;:<>\"]+@[^\s@,;:<>\"]+")
_MOST_DIGITS = 6
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_STORES = ("s3", "gs", "az")
_SERVERS = ("postgresql", "postgres", "postgresql+psycopg")
_PROXIES = ("http", "socks5", "socks5h")


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is not a duration like "15m", "4h" or "30d"')
    if len(match[1]) > _MOST_DIGITS:
        raise ValueError("is too long: at most six digits")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _mailbox(value: str) -> str:
    if not _MAIL.fullmatch(value) or not is_mailbox(value):
        raise ValueError('is not a mail address like "news@example.org"')
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if urls.absolute(value) is None or parts.query or parts.fragment or re.search(r"\s", value):
        raise ValueError('is not an address like "https://www.example.org", without query or fragment')
    return value.rstrip("/")


def _full_url(value: str) -> str:
    if urls.absolute(value) is None or re.search(r"\s", value):
        raise ValueError('is not an http(s) address like "https://www.example.org/feed.xml"')
    return value


def _store(value: str) -> str:
    """Check the address of the store. No message repeats it: it may have a password."""
    if value.startswith("sqlite:///"):
        return value
    parts = urlsplit(value)
    if parts.scheme not in _SERVERS or not parts.path.strip("/"):
        raise ValueError(
            'is not an address like "sqlite:////var/lib/news.db" or "postgresql://USER:PASSWORD@HOST/NAME"'
        )
    try:
        parts.port  # noqa: B018 - read to be checked
    except ValueError as error:
        raise ValueError(
            "has no port where one should be: signs such as @, / and : in a password are written %40, %2F and %3A"
        ) from error
    if not can_use_postgres():
        raise ValueError("needs a driver for PostgreSQL: pip install 'syndicator[postgres]'")
    return value


def _country(value: str) -> str:
    if value not in country_labels():
        raise ValueError(f'"{value}" is not an ISO 3166-1 country code like "SY" (two capital letters)')
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f'"{value}" is not a language tag like "en" or "pt-BR" (BCP 47)')
    return value


def _label_language(value: str) -> str:
    check_language(value)
    return value


def _network(value: object) -> object:
    try:
        return ipaddress.ip_network(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f'"{value}" is not a network like "10.0.0.0/8"') from error


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - ports
        raise ValueError('is not HOST:PORT like "127.0.0.1:8080"')
    return value


def _folder(value: str) -> str:
    if not Path(value).expanduser().is_absolute():
        raise ValueError('is not an absolute path like "/var/lib/syndicator"')
    return value


def _copy_target(value: str) -> str:
    if Path(value).is_absolute():
        return value.rstrip("/") or "/"
    parts = urlsplit(value)
    if parts.scheme not in _STORES or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            f'"{urls.redact(value)}" is neither an absolute path nor the address of a bucket like "s3://bucket/feeds"'
            " (credentials belong in the environment, or in publish.credentials_file)"
        )
    if not can_write_to_stores():
        raise ValueError("needs a library that is not installed: pip install 'syndicator[copies]'")
    return value.rstrip("/")


def _path(value: str) -> str:
    if not value.startswith("/") or re.search(r"\s", value):
        raise ValueError('does not begin with "/" (write a whole address as url = "…")')
    return value


def _proxy(value: str) -> str:
    if value in ("direct", "environment"):
        return value
    parts = urlsplit(value)
    if parts.scheme not in _PROXIES or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(
            f'"{urls.redact(value)}" is not a proxy like "socks5://127.0.0.1:9050", "http://proxy.example:3128"'
        )
    return value.rstrip("/")


def _displayable(value: str) -> str:
    if clean(value) != value or not value.strip():
        raise ValueError("is empty or contains characters that cannot be displayed")
    return value


def _user_agent(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("must be printable ASCII")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
FullUrl = Annotated[str, AfterValidator(_full_url)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
LabelLanguage = Annotated[str, AfterValidator(_label_language)]
CopyTarget = Annotated[str, AfterValidator(_copy_target)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_displayable)]
StoreUrl = Annotated[Text, AfterValidator(_store)]
Listen = Annotated[str, AfterValidator(_listen)]
Networks = list[Annotated[Network, BeforeValidator(_network)]]
Folder = Annotated[Text, AfterValidator(_folder)]
SourcePath = Annotated[str, AfterValidator(_path)]
UserAgent = Annotated[str, AfterValidator(_user_agent)]

"""The schema of each file: its keys and the values that they may have."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from syndicator import urls
from syndicator.extras import can_read_articles
from syndicator.markup import clean
from syndicator.models import Network
from syndicator.models.formats import FORMAT_NAMES
from syndicator.selectors import check_selector
from syndicator.tag import check_language, country_labels

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MOST_DIGITS = 6
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
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


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if urls.absolute(value) is None or parts.query or parts.fragment or re.search(r"\s", value):
        raise ValueError('is not an address like "https://www.example.org", without query or fragment')
    return value.rstrip("/")


def _full_url(value: str) -> str:
    if urls.absolute(value) is None or re.search(r"\s", value):
        raise ValueError('is not an http(s) address like "https://www.example.org/feed.xml"')
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
Proxy = Annotated[str, AfterValidator(_proxy)]
Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_displayable)]


class ConfigTable(BaseModel):
    """A table of a file: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PollFile(ConfigTable):
    """``[poll]``: see ``models.PollBounds``."""

    interval: Duration = timedelta(minutes=30)
    shortest: Duration = timedelta(minutes=5)
    longest: Duration = timedelta(days=1)
    probe: Duration = timedelta(minutes=10)


class PolitenessFile(ConfigTable):
    """``[politeness]``: see ``models.FetchSettings``. Sizes in bytes."""

    user_agent: Annotated[str, AfterValidator(_user_agent)] = ""
    contact: Annotated[str, AfterValidator(_user_agent)] = ""
    per_host: Annotated[int, Field(ge=1, le=16)] = 1
    spacing: Duration = timedelta(seconds=1)
    at_once: Annotated[int, Field(ge=1, le=1000)] = 32
    deadline: Duration = timedelta(seconds=20)
    proxy: Proxy = "direct"
    largest: Annotated[int, Field(ge=1024)] = 5 * 1024 * 1024
    largest_decoded: Annotated[int, Field(ge=1024)] = 15 * 1024 * 1024
    allow_private: list[Annotated[Network, BeforeValidator(_network)]] = Field(default_factory=list)


class MirrorsFile(ConfigTable):
    """``[mirrors]``: how long a mirror may lack a story, and how slow an endpoint may be before the next is tried."""

    patience: Duration = timedelta(hours=6)
    slow: Duration = timedelta(seconds=2)


class DeletionsFile(ConfigTable):
    """``[deletions]``: whether stories' pages are looked at again, and how many an hour at one outlet."""

    watch: bool = False
    per_hour: Annotated[int, Field(ge=1, le=240)] = 60


class WebFile(ConfigTable):
    """``[web]``: for how long the status page and ``/status.json`` are shown before they are made anew."""

    status_refresh: Duration = timedelta(seconds=3)


class TagFile(ConfigTable):
    """``[tag]``: authority and date of the ``tag:`` URIs that name stories for ever (RFC 4151)."""

    authority: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")] = "syndicator.invalid"
    date: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")] = "2026"


class MainFile(ConfigTable):
    """``syndicator.toml``."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8080"
    base_url: BaseUrl = "http://127.0.0.1:8080"
    title: Text = "syndicator"
    state: Annotated[Text, AfterValidator(_folder)] | None = None
    store: Text | None = None
    retention: Duration = timedelta(days=365)
    capture: bool = False
    capture_retention: Duration = timedelta(days=90)
    capture_size: Annotated[int, Field(ge=1024 * 1024)] = 10 * 1024**3
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    websub: Literal["auto", "on", "off"] = "auto"
    poll: PollFile = PollFile()
    politeness: PolitenessFile = PolitenessFile()
    mirrors: MirrorsFile = MirrorsFile()
    deletions: DeletionsFile = DeletionsFile()
    web: WebFile = WebFile()
    tag: TagFile = TagFile()


SECTIONS: Mapping[str, type[ConfigTable]] = {
    name: info.annotation
    for name, info in MainFile.model_fields.items()
    if isinstance(info.annotation, type) and issubclass(info.annotation, ConfigTable)
}


def _selector(value: str) -> str:
    check_selector(value)
    return value


def _full_text(value: str) -> str:
    if value == "page" and not can_read_articles():
        raise ValueError("needs a library that is not installed: pip install 'syndicator[fulltext]'")
    return value


Selector = Annotated[str, Field(max_length=500), AfterValidator(_selector)]


class SelectFile(ConfigTable):
    """``[source.select]``: where on a page its stories are."""

    item: Selector
    link: Selector | None = None
    title: Selector | None = None
    text: Selector | None = None
    date: Selector | None = None


class SourceFile(ConfigTable):
    """``[[source]]``: has either a path or a url."""

    kind: Literal["feed", "sitemap", "page"] = "feed"
    select: SelectFile | None = None
    text: Annotated[Literal["feed", "page"], AfterValidator(_full_text)] = "feed"

    path: Annotated[str, AfterValidator(_path)] | None = None
    url: FullUrl | None = None
    mirrors: list[FullUrl] = Field(default_factory=list)
    language: Language | None = None
    interval: Duration | None = None
    proxy: Proxy | None = None
    robots: bool = True


class OutletFile(ConfigTable):
    """``outlets/*.toml``."""

    name: Text
    country: Country
    language: Language
    home: BaseUrl
    mirrors: list[BaseUrl] = Field(default_factory=list)
    links: Literal["home", "working"] = "working"
    mode: Literal["failover", "race", "compare"] = "failover"
    trusted: list[BaseUrl] = Field(default_factory=list)
    preferred: bool = False
    deletions: bool | None = None
    proxy: Proxy | None = None
    proxies: dict[BaseUrl, Proxy] = Field(default_factory=dict)
    capture: bool | None = None
    source: list[SourceFile] = Field(min_length=1)


# A region as filters name it: SY, SY-ID, SY-ID/saraqib, levant.
Term = Annotated[str, Field(pattern=r"^[^\s/]{1,64}(/[^\s/]{1,64})?$")]


def _format(value: str) -> str:
    if value not in FORMAT_NAMES:
        raise ValueError(f"there is no format {value!r}: choose from {', '.join(FORMAT_NAMES)}")
    return value


class FeedFile(ConfigTable):
    """``feeds/*.toml``."""

    title: Text
    where: str
    description: Annotated[str, Field(max_length=2000), AfterValidator(clean)] = ""
    formats: list[Annotated[str, AfterValidator(_format)]] = Field(
        default_factory=lambda: list(FORMAT_NAMES), min_length=1
    )
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    labels: LabelLanguage | None = None
    story_links: bool = True


class PlaceFile(ConfigTable):
    """A new place, or more names for a known one."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    of: Term | None = None
    label: Text | None = None
    within: Term | None = None
    kind: Literal["town", "site", "area", "water"] = "site"
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    members: list[Term] = Field(default_factory=list)
    names: list[Text] = Field(default_factory=list)


class RegionsFile(ConfigTable):
    """``regions/*.toml``: the operator's own places, names and groups."""

    place: list[PlaceFile] = Field(min_length=1)


class ConceptFile(ConfigTable):
    """``concepts/*.toml``: terms by language, or under ``all`` for every language."""

    label: Text
    terms: dict[Language, list[Text]]
    against: dict[Language, list[Text]] = Field(default_factory=dict)
    veto: dict[Language, list[Text]] = Field(default_factory=dict)
    weights: dict[str, Annotated[float, Field(gt=0, le=100, strict=False)]] = Field(default_factory=dict)
    threshold: Annotated[float, Field(gt=0, le=1000, strict=False)] = 1.0

"""The schema of each file: its keys and the values that they may have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syndicator.config.ids import is_id
from syndicator.config.values import (
    BaseUrl,
    CopyTarget,
    Country,
    Duration,
    Folder,
    FullUrl,
    LabelLanguage,
    Language,
    Listen,
    Mailbox,
    Networks,
    Proxy,
    SourcePath,
    StoreUrl,
    Text,
    UserAgent,
)
from syndicator.extras import can_read_articles
from syndicator.markup import clean
from syndicator.models.alerts import AlertPattern
from syndicator.models.formats import DEFAULT_FORMATS, FORMAT_NAMES
from syndicator.selectors import check_selector
from syndicator.titles import check_template


class ConfigTable(BaseModel):
    """A table of a file: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PollFile(ConfigTable):
    """``[poll]``: see ``models.PollBounds``."""

    interval: Duration = timedelta(minutes=30)
    shortest: Duration = timedelta(minutes=5)
    longest: Duration = timedelta(days=1)
    probe: Duration = timedelta(minutes=10)
    adaptive: bool = True
    polls_a_day: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None


class PolitenessFile(ConfigTable):
    """``[politeness]``: see ``models.FetchSettings``. Sizes in bytes."""

    user_agent: UserAgent = ""
    contact: UserAgent = ""
    per_host: Annotated[int, Field(ge=1, le=16)] = 1
    spacing: Duration = timedelta(seconds=1)
    at_once: Annotated[int, Field(ge=1, le=1000)] = 32
    deadline: Duration = timedelta(seconds=20)
    proxy: Proxy = "direct"
    largest: Annotated[int, Field(ge=1024)] = 5 * 1024 * 1024
    largest_decoded: Annotated[int, Field(ge=1024)] = 15 * 1024 * 1024
    allow_private: Networks = Field(default_factory=list)


class MirrorsFile(ConfigTable):
    """``[mirrors]``: how long a mirror may lack a story, and how slow an endpoint may be before the next is tried."""

    patience: Duration = timedelta(hours=6)
    slow: Duration = timedelta(seconds=2)


class DeletionsFile(ConfigTable):
    """``[deletions]``: whether stories' pages are looked at again, and how many an hour at one outlet."""

    watch: bool = False
    per_hour: Annotated[int, Field(ge=1, le=240)] = 60


class WebFile(ConfigTable):
    """``[web]``: for how long a status is shown before it is made anew; where operators' pages are; whose word counts.

    ``operators`` is the address of operators' pages. ``trusted_proxies`` are believed when they say who a reader is.
    """

    status_refresh: Duration = timedelta(seconds=3)
    operators: Listen | None = None
    trusted_proxies: Networks = Field(default_factory=list)


class PublishFile(ConfigTable):
    """``[publish]``: pictures of feeds that have none of their own; copies, where they are read, and credentials."""

    icon: FullUrl | None = None
    logo: FullUrl | None = None
    also_to: list[CopyTarget] = Field(default_factory=list, max_length=20)
    also_at: list[BaseUrl] = Field(default_factory=list, max_length=20)
    credentials_file: Folder | None = None


class HubFile(ConfigTable):
    """``[hub]``: see ``models.hub.HubSettings``."""

    enabled: bool = False
    subscriptions: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    per_domain: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    allow_private: Networks = Field(default_factory=list)
    ping: list[FullUrl] = Field(default_factory=list, max_length=10)


class OnDemandFile(ConfigTable):
    """``[on_demand]``: see ``models.on_demand.OnDemandSettings``."""

    enabled: bool = True
    most: Annotated[int, Field(ge=1, le=100_000)] = 500
    kept_for: Duration = timedelta(days=30)


def _pattern(value: str) -> str:
    AlertPattern.parse(value)
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


class WatchFile(ConfigTable):
    """``[watch]``: see ``models.settings.WatchSettings``."""

    silent: Annotated[float, Field(ge=1, le=100, strict=False)] = 1.5
    spikes_a_day: Annotated[float, Field(ge=0, le=1000, strict=False)] = 0.3
    heartbeat_file: Folder | None = None
    source_metrics: bool = False
    muted: list[Pattern] = Field(default_factory=list, max_length=1000)
    acknowledged: list[Pattern] = Field(default_factory=list, max_length=1000)
    confirmed: list[Pattern] = Field(default_factory=list, max_length=1000)


class MailFile(ConfigTable):
    """``[mail]``: by which server mail is sent; see ``models.notify.MailSettings``."""

    server: Text | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Text | None = None
    password_file: Folder | None = None
    sender: Mailbox | None = None


# What processes are told apart by, and what outlets may ask for.
ProcessName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
ProcessLabel = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class WorkerFile(ConfigTable):
    """``[worker]``: see ``models.workers.Worker``."""

    name: ProcessName | None = None
    labels: list[ProcessLabel] = Field(default_factory=list, max_length=20)


class TagFile(ConfigTable):
    """``[tag]``: authority and date of the ``tag:`` URIs that name stories for ever (RFC 4151)."""

    authority: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")] = "syndicator.invalid"
    date: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")] = "2026"


class MainFile(ConfigTable):
    """``syndicator.toml``."""

    listen: Listen = "127.0.0.1:8080"
    base_url: BaseUrl = "http://127.0.0.1:8080"
    title: Text = "syndicator"
    state: Folder | None = None
    store: StoreUrl | None = None
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
    publish: PublishFile = PublishFile()
    hub: HubFile = HubFile()
    on_demand: OnDemandFile = OnDemandFile()
    watch: WatchFile = WatchFile()
    mail: MailFile = MailFile()
    worker: WorkerFile = WorkerFile()
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

    path: SourcePath | None = None
    url: FullUrl | None = None
    mirrors: list[FullUrl] = Field(default_factory=list)
    language: Language | None = None
    interval: Duration | None = None
    expect: Duration | None = None
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
    ask_from: list[ProcessLabel] = Field(default_factory=list, max_length=20)
    capture: bool | None = None
    republish: Literal["link", "excerpt", "full"] | None = None
    expect: Duration | None = None
    source: list[SourceFile] = Field(min_length=1)


# A region as filters name it: SY, SY-ID, SY-ID/saraqib, levant.
Term = Annotated[str, Field(pattern=r"^[^\s/]{1,64}(/[^\s/]{1,64})?$")]


def _format(value: str) -> str:
    if value not in FORMAT_NAMES:
        raise ValueError(f"there is no format {value!r}: choose from {', '.join(FORMAT_NAMES)}")
    return value


def _feed_id(value: str) -> str:
    if not is_id(value):
        raise ValueError(f'"{value}" is not the name of a feed: a to z, 0 to 9, - and _ only')
    return value


FeedId = Annotated[str, AfterValidator(_feed_id)]


class FeedFile(ConfigTable):
    """``feeds/*.toml``."""

    title: Text
    where: str
    description: Annotated[str, Field(max_length=2000), AfterValidator(clean)] = ""
    formats: list[Annotated[str, AfterValidator(_format)]] = Field(
        default_factory=lambda: list(DEFAULT_FORMATS), min_length=1
    )
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    labels: LabelLanguage | None = None
    story_links: bool = True
    archives: bool = True
    language: Language | None = None
    entry_title: Annotated[Text, AfterValidator(check_template)] | None = None
    icon: FullUrl | None = None
    logo: FullUrl | None = None
    renamed_from: list[FeedId] = Field(default_factory=list, max_length=100)
    token_file: Annotated[str, Field(min_length=1, max_length=4096)] | None = None


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

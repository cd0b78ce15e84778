"""From validated files to the values that the rest of the program works with. Pure."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from syndicator import __version__, urls
from syndicator.config.schema import (
    ConceptFile,
    FeedFile,
    MailFile,
    MainFile,
    OutletFile,
    PollFile,
    SourceFile,
    WatchFile,
    WorkerFile,
)
from syndicator.config.settings import Config
from syndicator.models import (
    DIRECT,
    Concept,
    ConceptEntry,
    Feed,
    FeedToken,
    FetchOptions,
    FetchSettings,
    LinksTo,
    Outlet,
    OutletMode,
    PollBounds,
    Republish,
    Select,
    Source,
    SourceKind,
    TextFrom,
)
from syndicator.models.alerts import AlertPattern
from syndicator.models.hub import HubSettings
from syndicator.models.notify import MailSecurity, MailSettings, Recipient
from syndicator.models.on_demand import OnDemandSettings
from syndicator.models.settings import WatchSettings
from syndicator.models.workers import Worker
from syndicator.query import Where

_DAY = timedelta(days=1)


def source_key(source: SourceFile) -> str:
    """Return a source's name within its outlet: its path, or its address without the scheme. Secrets are redacted."""
    return urls.redact(source.path or urls.without_user(source.url or "").partition("://")[2]).strip("/")


def outlet_of(
    key: str, file: OutletFile, *, proxy: str = "direct", finds_deletions: bool = False, is_captured: bool = False
) -> Outlet:
    """Build the outlet that a file describes, with an endpoint for each source at each base.

    Endpoints are requested through ``proxy``, documents are captured and deletions found or not, unless the file says
    otherwise.
    """
    captured = is_captured if file.capture is None else file.capture
    sources = tuple(replace(_source_of(key, file, each, proxy), is_captured=captured) for each in file.source)
    return Outlet(
        id=key,
        name=file.name,
        country=file.country,
        language=file.language,
        # User names and passwords are only for requests; what readers see is made from these addresses.
        home=urls.without_user(file.home),
        mirrors=tuple(map(urls.without_user, file.mirrors)),
        links=LinksTo(file.links),
        mode=OutletMode(file.mode),
        trusted=tuple(map(urls.without_user, file.trusted)),
        is_preferred=file.preferred,
        finds_deletions=finds_deletions if file.deletions is None else file.deletions,
        # Feeds are for subscribers, as they always were; pages are open to everybody, and cite unless told otherwise.
        republish=Republish(file.republish or "full"),
        on_pages=Republish(file.republish or "excerpt"),
        expect=file.expect,
        sources=sources,
    )


def _source_of(key: str, file: OutletFile, source: SourceFile, proxy: str) -> Source:
    bases = (file.home, *file.mirrors)
    endpoints = tuple(base + source.path for base in bases) if source.path else (source.url or "", *source.mirrors)
    fetch_options = {}
    for endpoint in endpoints:
        of_base = (address for base, address in file.proxies.items() if f"{endpoint}/".startswith(f"{base}/"))
        chosen = next(of_base, source.proxy or file.proxy or proxy)
        options = replace(_through(chosen), respect_robots=source.robots)
        if options != DIRECT:
            fetch_options[endpoint] = options
    return Source(
        id=f"{key}/{source_key(source)}",
        outlet=key,
        endpoints=endpoints,
        language=source.language or file.language,
        interval=source.interval,
        expect=source.expect,
        ask_from=frozenset(file.ask_from),
        kind=SourceKind(source.kind),
        text=TextFrom(source.text),
        select=Select(**source.select.model_dump(exclude_none=True)) if source.select else None,
        fetch_options=fetch_options,
    )


def _through(proxy: str) -> FetchOptions:
    return FetchOptions(proxy="" if proxy == "direct" else proxy)


def concept_of(key: str, file: ConceptFile) -> Concept:
    """Build the concept that a file describes."""
    terms = dict.fromkeys(term for terms in file.terms.values() for term in terms)
    entries = (
        ConceptEntry(text=text, language=language, weight=sign * file.weights.get(text, 1.0), is_veto=sign == 0)
        for sign, lists in ((1, file.terms), (-1, file.against), (0, file.veto))
        for language, texts in lists.items()
        for text in texts
    )
    return Concept(
        id=key, label=file.label, terms=tuple(terms), entries=tuple(dict.fromkeys(entries)), threshold=file.threshold
    )


def feed_of(key: str, file: FeedFile, tokens: tuple[FeedToken, ...] | None = None, *, has_window: bool = False) -> Feed:
    """Build the output feed that a file describes, private to those who have one of ``tokens``.

    Where it ``has_window``, stories leave it as they grow old, and are not archived.
    """
    return Feed(
        name=key,
        title=file.title,
        where=file.where,
        description=file.description or f"Stories that match: {file.where.strip() or '*'}",
        formats=tuple(file.formats),
        limit=file.limit,
        labels=file.labels or "",
        has_story_links=file.story_links,
        has_archives=file.archives and not has_window,
        language=file.language or "",
        entry_title=file.entry_title or "",
        icon=file.icon or "",
        logo=file.logo or "",
        renamed_from=tuple(file.renamed_from),
        tokens=tokens,
    )


def listen_of(main: MainFile) -> tuple[str, int]:
    """Return the host and the port to listen on."""
    return _address(main.listen)


def operators_of(main: MainFile) -> tuple[str, int] | None:
    """Return where operators' pages are: at their own address, or with readers' ones on loopback; None for nowhere."""
    if main.web.operators is not None:
        return _address(main.web.operators)
    host, port = listen_of(main)
    return (host, port) if is_loopback(host) else None


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host that is listened on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _interval_of(poll: PollFile, outlets: Mapping[str, Outlet]) -> timedelta:
    """Return how often sources that have no interval of their own are polled on average."""
    sources = [source for outlet in outlets.values() for source in outlet.sources]
    others = [each.interval for each in sources if each.interval is not None]
    if poll.polls_a_day is None or len(others) == len(sources):
        return poll.interval
    left = max(poll.polls_a_day - sum(_DAY / each for each in others), 1.0)
    return max(_DAY * (len(sources) - len(others)) / left, timedelta(seconds=1))


def _watch_of(file: WatchFile) -> WatchSettings:
    return WatchSettings(
        silent=file.silent,
        spikes_a_day=file.spikes_a_day,
        heartbeat_file=Path(file.heartbeat_file) if file.heartbeat_file else None,
        has_source_metrics=file.source_metrics,
        muted=tuple(map(AlertPattern.parse, file.muted)),
        acknowledged=tuple(map(AlertPattern.parse, file.acknowledged)),
        confirmed=tuple(map(AlertPattern.parse, file.confirmed)),
    )


_PORTS = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}


def _mail_of(file: MailFile) -> MailSettings | None:
    """Return by which server mail is sent, None if there is none."""
    if file.server is None:
        return None
    security = MailSecurity(file.security)
    return MailSettings(
        server=file.server,
        port=file.port or _PORTS[security],
        security=security,
        sender=file.sender or file.user or f"syndicator@{file.server}",
        user=file.user or "",
        password_file=Path(file.password_file) if file.password_file else None,
    )


def build(
    folder: Path,
    state: Path,
    main: MainFile,
    *,
    outlets: Mapping[str, Outlet],
    feeds: Mapping[str, Feed],
    filters: Mapping[str, Where],
    concepts: Mapping[str, Concept],
    recipients: Mapping[str, Recipient],
    recipient_filters: Mapping[str, Where],
    gazetteer: Path,
    texts: Mapping[str, str],
    overrides: Mapping[str, str],
) -> Config:
    """Build the whole configuration."""
    politeness = main.politeness
    contact = politeness.contact or main.base_url
    return Config(
        folder=folder,
        state=state,
        listen=listen_of(main),
        base_url=main.base_url,
        title=main.title,
        store=main.store or f"sqlite:///{state / 'syndicator.db'}",
        retention=main.retention,
        capture_retention=main.capture_retention,
        capture_size=main.capture_size,
        workers=main.workers,
        bounds=PollBounds(
            interval=_interval_of(main.poll, outlets),
            shortest=main.poll.shortest,
            longest=main.poll.longest,
            probe=main.poll.probe,
            is_adaptive=main.poll.adaptive,
        ),
        politeness=FetchSettings(
            user_agent=politeness.user_agent or f"syndicator/{__version__} (+{contact})",
            per_host=politeness.per_host,
            spacing=politeness.spacing,
            deadline=politeness.deadline,
            largest=politeness.largest,
            largest_decoded=politeness.largest_decoded,
            allow_private=tuple(politeness.allow_private),
        ),
        at_once=politeness.at_once,
        mirror_patience=main.mirrors.patience,
        mirror_slow=main.mirrors.slow,
        status_refresh=main.web.status_refresh,
        feed_icon=main.publish.icon or "",
        feed_logo=main.publish.logo or "",
        copies_to=tuple(dict.fromkeys(main.publish.also_to)),
        copies_at=tuple(dict.fromkeys(main.publish.also_at)),
        copy_credentials=Path(main.publish.credentials_file) if main.publish.credentials_file else None,
        operators=operators_of(main),
        trusted_proxies=tuple(main.web.trusted_proxies),
        hub=HubSettings(
            is_enabled=main.hub.enabled,
            subscriptions=main.hub.subscriptions,
            per_domain=main.hub.per_domain,
            allow_private=tuple(main.hub.allow_private),
            ping=tuple(main.hub.ping),
        ),
        on_demand=OnDemandSettings(
            is_enabled=main.on_demand.enabled, most=main.on_demand.most, kept_for=main.on_demand.kept_for
        ),
        watch=_watch_of(main.watch),
        mail=_mail_of(main.mail),
        pages_per_hour=main.deletions.per_hour,
        fetch_options=_through(politeness.proxy),
        # Hubs must be able to reach us, and nobody else may read what they send.
        takes_pushes=main.websub == "on" or (main.websub == "auto" and main.base_url.startswith("https://")),
        authority=f"{main.tag.authority},{main.tag.date}",
        outlets=outlets,
        feeds=feeds,
        filters=filters,
        concepts=concepts,
        recipients=recipients,
        recipient_filters=recipient_filters,
        gazetteer=gazetteer,
        worker=_worker_of(main.worker, state),
        overrides=overrides,
        texts=texts,
    )


def _worker_of(file: WorkerFile, state: Path) -> Worker:
    """Return what this process is called: without a name, after its machine and its state folder."""
    usual = re.sub(r"[^A-Za-z0-9._-]", "-", f"{socket.gethostname()}-{state.name}").strip("._-")[-63:]
    return Worker(name=file.name or usual.lstrip("._-"), labels=tuple(file.labels), version=__version__)

"""The page of an outlet: where it can be read, what it told last, how it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from syndicator import urls
from syndicator.domains import is_open
from syndicator.models import Outlet, OutletMode, SourceState
from syndicator.models.alerts import AlertKind, AlertState, Subject, SubjectKind
from syndicator.models.days import MEAN_DAYS, STRIP_DAYS, DayCount, Span, by_day, date_of, day_of, letters
from syndicator.models.reader_pages import (
    Address,
    HoldingFeed,
    KnownBy,
    Name,
    OutletPage,
    OutletWanted,
    SeenDay,
)
from syndicator.runtime.reader_pages import samples
from syndicator.runtime.reader_pages.addresses import addresses_of
from syndicator.runtime.reader_pages.outlet_month import month_of
from syndicator.runtime.reader_pages.outlets import mean, sums_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows
from syndicator.watch import WINDOW, Comparison, compare

STORIES = 15
_MOST_FEEDS, _MOST_SITES, _POLL_DAYS = 5, 4, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whose:
    """An outlet of the configuration, or what is left of one."""

    name: Name
    home: str
    sources: tuple[str, ...]
    outlet: Outlet | None = None


def outlet_page(reading: Reading, wanted: OutletWanted) -> OutletPage | None:
    """Return the page of an outlet, also of one that has left the configuration; None for one that never was there."""
    outlet = reading.rules.outlets.get(wanted.id)
    whose = _present(reading, outlet) if outlet else _past(reading, wanted.id)
    return None if whose is None else _page(reading, wanted, whose)


def _present(reading: Reading, outlet: Outlet) -> _Whose:
    sources = tuple(each.id for each in outlet.sources)
    return _Whose(name=reading.outlet(outlet.id), home=urls.without_user(outlet.home), sources=sources, outlet=outlet)


def _past(reading: Reading, id_: str) -> _Whose | None:
    """Return what is left of an outlet; None if no story is, of its own or as a copy of another's."""
    origins, stories = reading.tx.origins.of_outlet(id_), reading.tx.outlet_stories
    known = stories.latest(id_, samples.SAMPLED) or stories.carried_by(id_, samples.SAMPLED)
    if not reading.visible(known):
        return None
    name, home = (origins[0].name, origins[0].home) if origins else (id_, "")
    return _Whose(name=Name(id=id_, name=name), home=urls.without_user(home), sources=())


def _page(reading: Reading, wanted: OutletWanted, whose: _Whose) -> OutletPage:
    tx, id_, outlet = reading.tx, wanted.id, whose.outlet

    def fetch(below: int, most: int) -> list[int]:
        return tx.outlet_stories.latest(id_, most, below=below)

    shown = samples.latest(reading, fetch, before=wanted.before, limit=STORIES)
    sample = reading.visible(tx.outlet_stories.latest(id_, samples.SAMPLED))
    about = samples.tagged(reading, sample)
    today = day_of(reading.now)
    by_source = tx.days.of(whose.sources, today - STRIP_DAYS + 1)
    counts = by_day(each for days in by_source.values() for each in days)
    month = month_of(reading, id_, whose.sources)
    return OutletPage(
        outlet=whose.name,
        country=outlet.country if outlet else "",
        home=whose.home,
        is_read=outlet is not None,
        before=wanted.before,
        addresses=_addresses(reading, outlet) if outlet else (),
        stories=tuple(rows(reading, reading.stories(shown.numbers), has_tags=True)),
        next_before=shown.next_before,
        strip=letters(counts, today, _silences(reading, whose)) if outlet else "",
        days=tuple(_days(counts, today)) if outlet else (),
        per_day=mean(list(sums_of(reading, whose.sources).values())),
        polls=_polls(by_source, today),
        sources=len(whose.sources),
        month=month,
        is_checked=outlet is not None and outlet.finds_deletions,
        known_by=tuple(_known_by(reading, outlet)) if outlet else (),
        sampled=len(sample),
        places=samples.places(reading, about),
        topics=samples.topics(reading, about),
        feeds=_feeds(reading, sample),
        feed=f"outlet/{id_}" if outlet and reading.rules.config.on_demand.is_enabled else "",
    )


def _addresses(reading: Reading, outlet: Outlet) -> tuple[Address, ...]:
    states = reading.tx.sources.overview(outlet.sources)
    return addresses_of(outlet, states, reading.now, _compared(reading, outlet, states))


def _compared(reading: Reading, outlet: Outlet, states: Mapping[str, SourceState]) -> dict[str, Comparison]:
    """Return by endpoint how those of an outlet compare: only where all of them are read, one can lack something."""
    if outlet.mode is not OutletMode.COMPARE:
        return {}
    shown = reading.tx.mirrors.shown(list(states), reading.now - WINDOW)
    patience = reading.rules.config.mirror_patience
    found: dict[str, Comparison] = {}
    for id_, state in states.items():
        good_at = {each.endpoint: each.good_at for each in state.endpoints}
        compared = compare(shown[id_], state.endpoints[0].endpoint, good_at, patience=patience)
        found.update((each.endpoint, each) for each in compared)
    return found


def _silences(reading: Reading, whose: _Whose) -> list[Span]:
    """Return when an outlet was silent, as far as the last alert on it tells."""
    subjects = [
        Subject(SubjectKind.OUTLET, whose.name.id),
        *(Subject(SubjectKind.SOURCE, id_) for id_ in whose.sources),
    ]
    alerts = (reading.tx.alerts.find(AlertKind.SILENT, each) for each in subjects)
    return [
        Span(each.since or each.found_at, each.cleared_at)
        for each in alerts
        if each is not None and each.state is not AlertState.PENDING
    ]


def _days(counts: Mapping[int, DayCount], today: int) -> Iterator[SeenDay]:
    for day in range(today - MEAN_DAYS + 1, today + 1):
        seen = counts.get(day)
        yield SeenDay(day=date_of(day), stories=seen.new if seen and (seen.polls or seen.new) else None)


def _polls(by_source: Mapping[str, Sequence[DayCount]], today: int) -> float | None:
    """Return how often on a whole day of the last week a source was asked, in the mean."""
    polls = [each.polls for days in by_source.values() for each in days if today - _POLL_DAYS <= each.day < today]
    return round(sum(polls) / len(polls), 1) if polls else None


def _known_by(reading: Reading, outlet: Outlet) -> Iterator[KnownBy]:
    for source in outlet.sources:
        profile = reading.tx.mirrors.profile(source)
        if profile is not None:
            sites = (each.removeprefix("www.") for each in profile.hosts if is_open(f"https://{each}"))
            yield KnownBy(title=profile.title, sites=tuple(dict.fromkeys(sites))[:_MOST_SITES])


def _feeds(reading: Reading, numbers: Sequence[int]) -> tuple[HoldingFeed, ...]:
    """Return the public feeds that hold most of some stories."""
    found = reading.tx.feeds.counts_held(numbers, reading.feeds, _MOST_FEEDS)
    return tuple(
        HoldingFeed(name=name, title=feed.title, language=feed.language, stories=count)
        for name, count in found.items()
        for feed in (reading.feeds[name],)
    )

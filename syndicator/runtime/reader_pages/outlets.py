"""The list of outlets, by country, by name or by their latest news."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from syndicator.models import Outlet, SourceState
from syndicator.models.days import MEAN_DAYS, DayCount, by_day, day_of, per_day
from syndicator.models.reader_pages import Choice, OutletLine, OutletOrder, OutletsPage, OutletsWanted
from syndicator.runtime.reader_pages.addresses import addresses_of, best_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.tag import country_labels
from syndicator.text import fold

# Names stay the same from one page to the next.
_folded = lru_cache(maxsize=16384)(fold)
# So much of a name is in the key that outlets are sorted by.
_NAME_IN_KEY = 40
# More than the microseconds of any moment, so that later moments come first.
_BEYOND = 10**18
_Key = tuple[str, str, str]


def outlets_page(reading: Reading, wanted: OutletsWanted) -> OutletsPage:
    """Return a page of outlets in the order that is wanted."""
    outlets = reading.rules.outlets
    key_of = _key_of(reading, wanted.order)
    keys = sorted(key_of(each) for each in _matching(outlets.values(), wanted))
    first = bisect.bisect_right(keys, _from_text(wanted.after)) if wanted.after else 0
    shown = keys[first : first + wanted.rows]
    return OutletsPage(
        wanted=wanted,
        count=len(outlets),
        matching=len(keys),
        first=first + 1,
        outlets=_lines(reading, [outlets[id_] for _, _, id_ in shown]),
        next_after=_as_text(shown[-1]) if shown and first + wanted.rows < len(keys) else "",
        countries=_choices(each.country for each in outlets.values()),
        languages=_choices(each.language for each in outlets.values()),
    )


def _matching(outlets: Iterable[Outlet], wanted: OutletsWanted) -> Iterable[Outlet]:
    words = fold(wanted.words).casefold().split()
    return (
        each
        for each in outlets
        if (not wanted.country or each.country == wanted.country)
        and (not wanted.language or each.language == wanted.language)
        and (not words or _has(each, words))
    )


def _has(outlet: Outlet, words: Iterable[str]) -> bool:
    everything = f"{_folded(outlet.name)} {outlet.id} {' '.join(outlet.bases)}".casefold()
    return all(each in everything for each in words)


def _key_of(reading: Reading, order: OutletOrder) -> Callable[[Outlet], _Key]:
    """Return what outlets are sorted by."""

    def key(value: str, outlet: Outlet) -> _Key:
        return value, _folded(outlet.name)[:_NAME_IN_KEY], outlet.id

    match order:
        case OutletOrder.COUNTRY:
            labels = country_labels()
            return lambda each: key(labels.get(each.country, each.country), each)
        case OutletOrder.NAME:
            return lambda each: key("", each)
        case OutletOrder.NEWS:
            latest = reading.tx.sources.latest_news()
            return lambda each: key(f"{_BEYOND - latest.get(each.id, 0):019}", each)


def _as_text(key: _Key) -> str:
    """Return a key for an address. It holds the name: the outlet may be gone, or called otherwise, by then."""
    value, name, id_ = key
    return f"{value}~{id_}~{name}"


def _from_text(text: str) -> _Key:
    value, _, rest = text.partition("~")
    id_, _, name = rest.partition("~")
    return value, name, id_


def _choices(values: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, count=count) for value, count in sorted(Counter(values).items()))


def _lines(reading: Reading, outlets: list[Outlet]) -> tuple[OutletLine, ...]:
    sources = [source for outlet in outlets for source in outlet.sources]
    states = reading.tx.sources.overview(sources)
    days = reading.tx.days.of([each.id for each in sources], day_of(reading.now) - MEAN_DAYS)
    return tuple(_line(reading, each, states, days) for each in outlets)


def _line(
    reading: Reading, outlet: Outlet, states: Mapping[str, SourceState], days: Mapping[str, list[DayCount]]
) -> OutletLine:
    addresses = addresses_of(outlet, states, reading.now)
    best = best_of(addresses)
    counts = by_day(count for source in outlet.sources for count in days.get(source.id, ()))
    news = (states[source.id].news_at for source in outlet.sources if source.id in states)
    return OutletLine(
        outlet=reading.outlet(outlet.id),
        country=outlet.country,
        per_day=per_day(counts, day_of(reading.now)),
        news_at=max((each for each in news if each is not None), default=None),
        mirrors=len(addresses) - 1,
        state=best.state,
        is_carried=not best.is_home,
        good_at=best.good_at,
        looked_at=best.looked_at,
    )

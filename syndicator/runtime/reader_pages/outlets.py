"""The list of outlets, by country, by name or by their latest news."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from syndicator.models import Outlet, SourceState
from syndicator.models.days import MEAN_DAYS, day_of
from syndicator.models.reader_pages import Choice, OutletLine, OutletOrder, OutletsPage, OutletsWanted
from syndicator.runtime.open_addresses import open_bases
from syndicator.runtime.reader_pages.addresses import addresses_of, best_of
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.store import DaySum, Sources
from syndicator.tag import country_labels
from syndicator.text import fold

# So much of a name is in the key that outlets are sorted by.
_NAME_IN_KEY = 40
# More than the microseconds of any moment, so that later moments come first.
_BEYOND = 10**18
# So many days tell what is usual; no less do.
_LEAST_DAYS = 7
_Key = tuple[str, str, str]


class _Ordered(NamedTuple):
    """Ids of outlets in an order, and by what key each has its place there."""

    ids: Sequence[str]
    key: Callable[[str], _Key]


class _Listing:
    """The outlets of one configuration in their orders, and what their words are: made once, for all pages."""

    def __init__(self, outlets: Mapping[str, Outlet]) -> None:
        labels = country_labels()
        self.outlets, self.countries, self.languages = (
            outlets,
            _choices("country", outlets),
            _choices("language", outlets),
        )
        names = {each.id: fold(each.name) for each in outlets.values()}
        self._names = {id_: name[:_NAME_IN_KEY] for id_, name in names.items()}
        self._labels = {each.id: labels.get(each.country, each.country) for each in outlets.values()}
        self._by_name = sorted(outlets, key=self._of_name)
        self._by_country = sorted(self._by_name, key=self._labels.__getitem__)
        self._words = {
            each.id: f"{names[each.id]} {each.id} {' '.join(open_bases(each))}".casefold() for each in outlets.values()
        }

    def ordered(self, order: OutletOrder, sources: Sources) -> _Ordered:
        """Return all outlets in an order."""
        match order:
            case OutletOrder.COUNTRY:
                return _Ordered(self._by_country, lambda id_: (self._labels[id_], self._names[id_], id_))
            case OutletOrder.NAME:
                return _Ordered(self._by_name, self._of_name)
            case OutletOrder.NEWS:
                latest = {id_: at for id_, at in sources.latest_news() if id_ in self.outlets}
                others = sorted(self.outlets.keys() - latest.keys())
                return _Ordered([*latest, *others], lambda id_: (f"{_BEYOND - latest.get(id_, 0):019}", "", id_))

    def _of_name(self, id_: str) -> _Key:
        return "", self._names[id_], id_

    def is_wanted(self, id_: str, wanted: OutletsWanted, words: Sequence[str]) -> bool:
        """Return whether an outlet is of the country and the language that are wanted, and has all words."""
        outlet = self.outlets[id_]
        return (
            (not wanted.country or outlet.country == wanted.country)
            and (not wanted.language or outlet.language == wanted.language)
            and all(each in self._words[id_] for each in words)
        )


class _Same:
    """Stands for an object itself, whatever it is equal to."""

    def __init__(self, of: Mapping[str, Outlet]) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.of is self.of

    def __hash__(self) -> int:
        return id(self.of)


@lru_cache(maxsize=1)
def _listing(outlets: _Same) -> _Listing:
    return _Listing(outlets.of)


def outlets_page(reading: Reading, wanted: OutletsWanted) -> OutletsPage:
    """Return a page of outlets in the order that is wanted."""
    listing = _listing(_Same(reading.rules.outlets))
    ids, key = listing.ordered(wanted.order, reading.tx.sources)
    if wanted.country or wanted.language or wanted.words:
        words = fold(wanted.words).casefold().split()
        ids = [id_ for id_ in ids if listing.is_wanted(id_, wanted, words)]
    after = _from_text(wanted.after)
    first = bisect.bisect_right(ids, after, key=key) if after else 0
    shown = ids[first : first + wanted.rows]
    return OutletsPage(
        wanted=wanted,
        count=len(listing.outlets),
        matching=len(ids),
        first=first + 1,
        outlets=_lines(reading, [listing.outlets[id_] for id_ in shown]),
        next_after=_as_text(key(shown[-1])) if shown and first + wanted.rows < len(ids) else "",
        countries=listing.countries,
        languages=listing.languages,
    )


def _as_text(key: _Key) -> str:
    """Return a key for an address. It holds the name: the outlet may be gone, or called otherwise, by then."""
    value, name, id_ = key
    return f"{value}~{id_}~{name}"


def _from_text(text: str) -> _Key | None:
    """Read a key from an address; None for what is none."""
    parts = text.split("~", 2)
    return (parts[0], parts[2], parts[1]) if len(parts) == 3 else None  # noqa: PLR2004 - as they are written


def _choices(field: str, outlets: Mapping[str, Outlet]) -> tuple[Choice, ...]:
    counts = Counter(getattr(each, field) for each in outlets.values())
    return tuple(Choice(value=value, count=count) for value, count in sorted(counts.items()))


def _lines(reading: Reading, outlets: Sequence[Outlet]) -> tuple[OutletLine, ...]:
    sources = [source for outlet in outlets for source in outlet.sources]
    states = reading.tx.sources.overview(sources)
    sums = sums_of(reading, [each.id for each in sources])
    return tuple(_line(reading, each, states, sums) for each in outlets)


def _line(
    reading: Reading, outlet: Outlet, states: Mapping[str, SourceState], sums: Mapping[str, DaySum]
) -> OutletLine:
    addresses = addresses_of(outlet, states, reading.now)
    best = best_of(addresses)
    news = (states[source.id].news_at for source in outlet.sources if source.id in states)
    return OutletLine(
        outlet=reading.outlet(outlet.id),
        country=outlet.country,
        per_day=mean([sums[source.id] for source in outlet.sources if source.id in sums]),
        news_at=max((each for each in news if each is not None), default=None),
        mirrors=len(addresses) - 1,
        state=best.state,
        is_carried=not best.is_home,
        good_at=best.good_at,
        looked_at=best.looked_at,
    )


def sums_of(reading: Reading, sources: Sequence[str]) -> dict[str, DaySum]:
    """Return by source how many stories it brought on the whole days of the last month on which it could be read."""
    today = day_of(reading.now)
    return reading.tx.days.sums(sources, today - MEAN_DAYS, today)


def mean(sums: Sequence[DaySum]) -> float | None:
    """Return how many stories a day the sources of an outlet bring together; None where too few days tell."""
    days = max((each.days for each in sums), default=0)
    return round(sum(each.new for each in sums) / days, 1) if days >= _LEAST_DAYS else None

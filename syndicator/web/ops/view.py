"""The outlets of one status in their orders, with what is alerted to: made once for all who ask within some seconds."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from syndicator.models.alerts import Alert, AlertKind, Severity, SubjectKind
from syndicator.models.days import Span
from syndicator.models.ops import NOT_WELL, Order, OutletState, Wanted
from syndicator.models.status import OutletStatus, Status
from syndicator.text import fold
from syndicator.web.ops.records import AlertRecords, ConfigurationRecords

_Key = tuple[float, str, str]
# Names stay the same from one view to the next.
_folded = lru_cache(maxsize=16384)(fold)
# So much of a name is in the key that it is sorted by.
_NAME_IN_KEY = 40
_SILENT_IF = frozenset({OutletState.WORKING, OutletState.QUIET, OutletState.SHAKY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An outlet with its state, alerts included."""

    status: OutletStatus
    state: OutletState
    folded: str

    @property
    def last_news_at(self) -> datetime | None:
        """When any of its sources brought a story last."""
        return max((each.last_new_at for each in self.status.sources if each.last_new_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A page of outlets: those asked for are ``matching`` many, the first here is number ``first`` of them."""

    outlets: Sequence[Listed]
    matching: int
    first: int
    next_after: str


class OpsView:
    """A status with its alerts. Orders and counts are made when they are first asked for."""

    def __init__(self, status: Status, alerts: AlertRecords, config: ConfigurationRecords) -> None:
        """Work out nothing before it is asked for."""
        self.status, self.alerts, self.config = status, alerts, config
        self._orders: dict[Order, tuple[list[_Key], list[Listed]]] = {}

    @cached_property
    def open(self) -> list[Alert]:
        """Alerts that no wider one covers, the most urgent first, of those the newest."""
        return sorted((each for each in self.alerts.raised if not each.is_covered), key=alert_key)

    @cached_property
    def alerts_of(self) -> Mapping[str, Sequence[Alert]]:
        """Open alerts by outlet, the most urgent first."""
        found: dict[str, list[Alert]] = defaultdict(list)
        for each in sorted(self.alerts.raised, key=alert_key):
            if each.outlet:
                found[each.outlet].append(each)
        return found

    @cached_property
    def silences_of(self) -> Mapping[str, Sequence[Span]]:
        """When outlets were silent, as far as their last alert tells."""
        found: dict[str, list[Span]] = defaultdict(list)
        for each in (*self.alerts.raised, *self.alerts.ended):
            if each.outlet and each.kind is AlertKind.SILENT:
                found[each.outlet].append(Span(each.since or each.found_at, each.cleared_at))
        return found

    @cached_property
    def outlets(self) -> dict[str, Listed]:
        """All outlets by id."""
        quiet = frozenset(self.alerts.quiet)
        return {
            each.id: Listed(
                status=each,
                state=_state(each, self.alerts_of.get(each.id, ()), is_quiet=each.id in quiet),
                folded=_folded(each.name),
            )
            for each in self.status.outlets
        }

    @cached_property
    def states(self) -> Mapping[OutletState, int]:
        """How many outlets are in each state."""
        return Counter(each.state for each in self.outlets.values())

    @cached_property
    def countries(self) -> Mapping[str, int]:
        """How many outlets each country has."""
        return Counter(each.country for each in self.status.outlets)

    @cached_property
    def languages(self) -> Mapping[str, int]:
        """How many outlets each language has."""
        return Counter(each.language for each in self.status.outlets)

    @cached_property
    def unwell_by_country(self) -> Mapping[str, Counter[OutletState]]:
        """How many outlets of each country are in each state that is not well."""
        found: dict[str, Counter[OutletState]] = defaultdict(Counter)
        for each in self.outlets.values():
            if not each.state.is_well:
                found[each.status.country][each.state] += 1
        return found

    @property
    def not_well(self) -> int:
        """How many outlets are not well."""
        return sum(count for state, count in self.states.items() if not state.is_well)

    def choose(self, wanted: Wanted) -> Chosen:
        """Return the page of outlets that is asked for."""
        keys, ordered = self._ordered(wanted.order)
        matching = [place for place, each in enumerate(ordered) if self._is_wanted(each, wanted)]
        start = bisect.bisect_right(keys, _from_text(wanted.after)) if wanted.after else 0
        first = bisect.bisect_left(matching, start)
        places = matching[first : first + wanted.rows]
        is_last = first + wanted.rows >= len(matching)
        return Chosen(
            outlets=[ordered[place] for place in places],
            matching=len(matching),
            first=first + 1,
            next_after="" if is_last or not places else _as_text(keys[places[-1]]),
        )

    def _ordered(self, order: Order) -> tuple[list[_Key], list[Listed]]:
        if order not in self._orders:
            pairs = sorted((_key(each, order), place, each) for place, each in enumerate(self.outlets.values()))
            self._orders[order] = [key for key, _, _ in pairs], [each for _, _, each in pairs]
        return self._orders[order]

    def _is_wanted(self, outlet: Listed, wanted: Wanted) -> bool:
        status = outlet.status
        if wanted.country and status.country != wanted.country:
            return False
        if wanted.language and status.language != wanted.language:
            return False
        if wanted.state == NOT_WELL:
            if outlet.state.is_well:
                return False
        elif wanted.state and outlet.state != wanted.state:
            return False
        return not wanted.words or _has(outlet, wanted.words)


def alert_key(alert: Alert) -> tuple[int, int]:
    """Return what alerts are sorted by: the most urgent first, of those the newest."""
    return (-int(alert.severity), -alert.id)


def _has(outlet: Listed, words: str) -> bool:
    """Return whether an outlet has all words in its name, its id or one of its addresses."""
    addresses = (each.url for source in outlet.status.sources for each in source.endpoints)
    everything = f"{outlet.folded} {outlet.status.id} {' '.join(addresses)}".casefold()
    return all(each in everything for each in fold(words).casefold().split())


def _key(outlet: Listed, order: Order) -> _Key:
    match order:
        case Order.WORST:
            value = float(outlet.state.rank)
        case Order.NAME:
            value = 0.0
        case Order.NEWS:
            at = outlet.last_news_at
            value = -float(int(at.timestamp())) if at else 0.0
    return (value, outlet.folded[:_NAME_IN_KEY], outlet.status.id)


def _as_text(key: _Key) -> str:
    """Return a key for an address. It holds the name: the outlet may be gone, or called otherwise, by then."""
    value, name, id_ = key
    return f"{value:.0f}~{id_}~{name}"


def _from_text(text: str) -> _Key:
    value, _, rest = text.partition("~")
    id_, _, name = rest.partition("~")
    try:
        return (float(value), name, id_)
    except ValueError:
        return (0.0, "", "")


def _state(outlet: OutletStatus, alerts: Iterable[Alert], *, is_quiet: bool) -> OutletState:
    state = OutletState(outlet.health.value)
    if state not in _SILENT_IF:  # who does not answer is never called silent
        return state
    found = list(alerts)
    if not found:
        return OutletState.QUIET if is_quiet and state is OutletState.WORKING else state
    if any(_is_undecided(each) for each in found):  # though a mirror carries it: somebody must decide
        return OutletState.QUARANTINED
    if any(_is_silence(each, outlet) for each in found):
        return OutletState.SILENT
    if any(each.severity >= Severity.WARNING for each in found):
        return OutletState.SHAKY
    return OutletState.QUIET if is_quiet and state is OutletState.WORKING else state


def _is_undecided(alert: Alert) -> bool:
    """Return whether foreign content waits for a decision; a host that may only have moved is no such case."""
    return alert.kind is AlertKind.QUARANTINED or (alert.kind is AlertKind.HIJACK and alert.severity is Severity.URGENT)


def _is_silence(alert: Alert, outlet: OutletStatus) -> bool:
    is_whole = alert.subject.kind is SubjectKind.OUTLET or len(outlet.sources) == 1
    return alert.kind is AlertKind.SILENT and is_whole

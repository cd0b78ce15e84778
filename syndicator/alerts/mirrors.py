"""Mirrors that lag, leave items out or tell something else, at outlets whose endpoints are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.alerts.detector import Look
from syndicator.alerts.phrases import on_outlet, redact, span
from syndicator.models import Outlet, OutletMode, Source
from syndicator.models.alerts import AlertKind, Finding, Severity, Subject, SubjectKind
from syndicator.plural import counted
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.watch import WINDOW, Comparison, compare

# A comparison reads some thousand rows: the sources polled since are compared a few at each look.
_COMPARED_AT_ONCE = 2
_LAG, _HOLDING_LAG = timedelta(hours=1), timedelta(minutes=30)
_MISSING, _HOLDING_MISSING = 3, 1
# The home may have rewritten what a mirror was last asked for before that.
_DIFFERS_FOR = timedelta(hours=2)
_MOST_EVIDENCE = 5


@dataclass(frozen=True, slots=True)
class _Compared:
    polled_at: datetime | None
    found: tuple[Comparison, ...]


class MirrorComparisons:
    """Finds what differs between an outlet's endpoints. It keeps each comparison until the source is polled again."""

    kinds = frozenset({AlertKind.MIRROR_LAGGING, AlertKind.MIRROR_DROPPING, AlertKind.MIRROR_DIFFERING})
    needs_network = True

    def __init__(self) -> None:
        """Know of no source before the first look."""
        self._rules: Rules | None = None
        self._sources: tuple[Source, ...] = ()
        self._compared: dict[str, _Compared] = {}

    def find(self, tx: Transaction, look: Look) -> Iterator[Finding]:
        """Yield what differs, as far as it was compared by now."""
        if look.rules is not self._rules:
            self._rules, self._sources = look.rules, _compared_sources(look.rules)
        self._compare_some(tx, look)
        for source in self._sources:
            outlet = look.rules.outlets[source.outlet]
            compared = self._compared.get(source.id)
            for each in compared.found if compared else ():
                if each.endpoint != source.home:
                    yield from _differences(outlet, each)
        yield from self._held(tx, look)

    def _held(self, tx: Transaction, look: Look) -> Iterator[Finding]:
        """Yield what was open before a start, at sources that were not compared since: nobody knows of an end."""
        unknown = [each for each in self._sources if each.id not in self._compared]
        if not unknown:
            return
        for kind in sorted(self.kinds):
            is_open = {each.id for each in tx.alerts.open_subjects(kind)}
            for source in unknown if is_open else ():
                for endpoint in (each for each in source.endpoints if redact(each) in is_open):
                    words = f"{redact(endpoint)} was not compared yet."
                    subject = Subject(SubjectKind.ENDPOINT, redact(endpoint))
                    held = Finding(kind=kind, subject=subject, words=words, is_holding=True)
                    yield on_outlet(look.rules.outlets[source.outlet], held)

    def _compare_some(self, tx: Transaction, look: Look) -> None:
        if not self._sources:
            return
        polled = tx.sources.polled_at([each.id for each in self._sources])
        self._compared = {id_: each for id_, each in self._compared.items() if id_ in polled}
        stale = [each for each in self._sources if each.id in polled and self._is_stale(each, polled[each.id])]
        # Those that wait longest first: what was never compared, then what was compared longest ago.
        places = {id_: place for place, id_ in enumerate(self._compared)}
        for source in sorted(stale, key=lambda each: places.get(each.id, -1))[:_COMPARED_AT_ONCE]:
            self._compared.pop(source.id, None)
            found = _compare(tx, source, look)
            self._compared[source.id] = _Compared(polled[source.id], found)

    def _is_stale(self, source: Source, polled_at: datetime | None) -> bool:
        known = self._compared.get(source.id)
        return known is None or known.polled_at != polled_at


def _compared_sources(rules: Rules) -> tuple[Source, ...]:
    return tuple(
        source
        for source in rules.sources.values()
        if len(source.endpoints) > 1 and rules.outlets[source.outlet].mode is OutletMode.COMPARE
    )


def _compare(tx: Transaction, source: Source, look: Look) -> tuple[Comparison, ...]:
    state = tx.sources.overview([source])[source.id]
    shown = tx.mirrors.shown([source.id], look.now - WINDOW)[source.id]
    good_at = {each.endpoint: each.good_at for each in state.endpoints}
    return tuple(compare(shown, source.home, good_at, patience=look.rules.config.mirror_patience))


def _differences(outlet: Outlet, found: Comparison) -> Iterator[Finding]:
    mirror = f"The mirror {redact(found.endpoint)} of {outlet.name}"
    if found.lag >= _HOLDING_LAG:
        words = f"{mirror} lags by at least {span(found.lag)}, judged by {counted(found.seen, 'item')}."
        yield _finding(AlertKind.MIRROR_LAGGING, outlet, found, words, is_holding=found.lag < _LAG)
    if len(found.missing) >= _HOLDING_MISSING:
        items = counted(len(found.missing), "item")
        words = f'{mirror} does not show {items} that others have, among them "{found.missing[0][:100]}".'
        is_holding = len(found.missing) < _MISSING
        yield _finding(AlertKind.MIRROR_DROPPING, outlet, found, words, evidence=found.missing, is_holding=is_holding)
    if found.differences:
        yield _differs(outlet, found, mirror)


def _differs(outlet: Outlet, found: Comparison, mirror: str) -> Finding:
    first = found.differences[0]
    what = f"another {' and '.join(first.fields)}"
    more = f", and {len(found.differences) - 1} more" if len(found.differences) > 1 else ""
    evidence = [f'"{each.title}" for "{each.home_title}" ({", ".join(each.fields)})' for each in found.differences]
    words = f'{mirror} shows {what} of "{first.home_title[:100]}" than the home{more}.'
    return _finding(AlertKind.MIRROR_DIFFERING, outlet, found, words, evidence=evidence, wait=_DIFFERS_FOR)


def _finding(
    kind: AlertKind,
    outlet: Outlet,
    found: Comparison,
    words: str,
    *,
    evidence: Iterable[str] = (),
    is_holding: bool = False,
    wait: timedelta = timedelta(0),
) -> Finding:
    finding = Finding(
        kind=kind,
        subject=Subject(SubjectKind.ENDPOINT, redact(found.endpoint)),
        words=words,
        severity=Severity.WARNING if kind is AlertKind.MIRROR_DIFFERING else Severity.NOTE,
        evidence=tuple(evidence)[:_MOST_EVIDENCE],
        is_holding=is_holding,
        wait=wait,
    )
    return on_outlet(outlet, finding)

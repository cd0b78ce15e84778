"""Endpoints that fail or have moved, by what polls left in the store.

A source fails if none of its endpoints answers well; then its outlet does, if all its sources fail, and a country, if
most of its outlets do. An endpoint that fails beside one that works is noted by its base address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator import urls
from syndicator.alerts.detector import Look
from syndicator.alerts.phrases import listed, moment, on_outlet, reason, redact, since_and_for
from syndicator.models import Complaint, EndpointState, Outcome, Outlet
from syndicator.models.alerts import AlertKind, Finding, Severity, Subject, SubjectKind
from syndicator.plural import counted
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.tag import country_labels

FAILURES, LASTING = 3, timedelta(minutes=30)
# A mirror that was not asked for so long may have recovered: nobody knows.
_KNOWN_FOR = timedelta(days=2)
_LEAST_OUTLETS, _MOST, _HOLDING = 3, 0.75, 0.5
_MOST_EVIDENCE = 8


@dataclass(frozen=True, slots=True)
class _Failing:
    """The endpoints that fail, by their sources."""

    by_source: Mapping[str, Sequence[Complaint]]
    sources: frozenset[str]

    def of(self, outlet: Outlet) -> list[str]:
        """Return the ids of an outlet's sources that fail."""
        return [each.id for each in outlet.sources if each.id in self.sources]


class FailingEndpoints:
    """Finds outlets and sources that cannot be read, mirrors that do not answer, and addresses that have moved."""

    kinds = frozenset({AlertKind.FAILING, AlertKind.MIRROR_DOWN, AlertKind.MOVED})
    needs_network = True

    def find(self, tx: Transaction, look: Look) -> Iterator[Finding]:
        """Yield what is wrong now. Only the few endpoints that are not well are read."""
        complaints = [each for each in tx.sources.complaints() if each.source in look.rules.sources]
        failing = _failing(complaints, look)
        found = list(_failures(failing, look))
        yield from found
        yield from _held(tx, look, {each.subject for each in found})
        yield from _mirrors_down(failing, look)
        yield from _moves(complaints, look)


def _failing(complaints: Iterable[Complaint], look: Look) -> _Failing:
    by_source: dict[str, list[Complaint]] = defaultdict(list)
    quarantined: dict[str, int] = defaultdict(int)
    for each in complaints:
        quarantined[each.source] += each.quarantine.is_quarantined
        if _is_failing(each, look):
            by_source[each.source].append(each)
    sources = look.rules.sources
    whole = (id_ for id_, some in by_source.items() if len(some) + quarantined[id_] >= len(sources[id_].endpoints))
    return _Failing(by_source, frozenset(whole))


def _is_failing(each: Complaint, look: Look) -> bool:
    if each.quarantine.is_quarantined or each.endpoint in look.unreached or _is_good(each.outcome):
        return False
    lasts = each.good_at is None or look.now - each.good_at >= LASTING
    return lasts and (each.failures >= FAILURES or each.outcome is Outcome.GONE)


def _is_good(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.is_good


def _failures(failing: _Failing, look: Look) -> Iterator[Finding]:
    """Yield what fails: countries, outlets, and single sources of outlets that have others."""
    outlets = {look.rules.sources[id_].outlet: None for id_ in failing.sources}
    lost: list[Outlet] = []
    for outlet in map(look.rules.outlets.__getitem__, outlets):
        ids = failing.of(outlet)
        if len(ids) == len(outlet.sources):
            lost.append(outlet)
            yield _outlet_fails(outlet, [each for id_ in ids for each in failing.by_source[id_]], look)
        else:
            yield from (_source_fails(outlet, id_, failing.by_source[id_], look) for id_ in ids)
    yield from _countries(lost, failing, look)


def _outlet_fails(outlet: Outlet, complaints: Sequence[Complaint], look: Look) -> Finding:
    since = _since(complaints)
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.FAILING,
            subject=Subject(SubjectKind.OUTLET, outlet.id),
            words=f"Nothing of {outlet.name} can be read {since_and_for(since, look.now)}: {_reason(complaints)}.",
            since=since,
            evidence=_evidence(complaints),
            wait=_wait(complaints),
            covered_by=_wider(SubjectKind.OUTLET, outlet),
        ),
    )


def _source_fails(outlet: Outlet, source: str, complaints: Sequence[Complaint], look: Look) -> Finding:
    since = _since(complaints)
    what = f"{source} of {outlet.name} cannot be read {since_and_for(since, look.now)}"
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.FAILING,
            subject=Subject(SubjectKind.SOURCE, source),
            words=f"{what}: {_reason(complaints)}. Its other sources do not fail.",
            since=since,
            evidence=_evidence(complaints),
            wait=_wait(complaints),
            covered_by=_wider(SubjectKind.SOURCE, outlet),
        ),
    )


def _wider(kind: SubjectKind, outlet: Outlet) -> tuple[Subject, ...]:
    """Return what covers an alert on an outlet or on one of its sources."""
    country = Subject(SubjectKind.COUNTRY, outlet.country)
    return (country,) if kind is SubjectKind.OUTLET else (Subject(SubjectKind.OUTLET, outlet.id), country)


def _countries(lost: Sequence[Outlet], failing: _Failing, look: Look) -> Iterator[Finding]:
    """Yield the countries most of whose outlets fail at once: that is one event, not many."""
    every: dict[str, int] = defaultdict(int)
    by_country: dict[str, list[Outlet]] = defaultdict(list)
    for outlet in lost:
        by_country[outlet.country].append(outlet)
    if not by_country:
        return
    for outlet in look.rules.outlets.values():
        every[outlet.country] += 1
    for country, some in by_country.items():
        share = len(some) / every[country]
        if not country or every[country] < _LEAST_OUTLETS or share < _HOLDING:
            continue
        complaints = [each for outlet in some for id_ in failing.of(outlet) for each in failing.by_source[id_]]
        since = _since(complaints)
        names = listed([each.name for each in some])
        of = f"{counted(every[country], 'outlet')} of {country_labels().get(country, country)}"
        yield Finding(
            kind=AlertKind.FAILING,
            subject=Subject(SubjectKind.COUNTRY, country),
            words=f"{len(some)} of {of} cannot be read {since_and_for(since, look.now)}: {names}.",
            since=since,
            evidence=_evidence(complaints),
            country=country,
            path="/ops/",
            is_holding=share < _MOST,
        )


def _held(tx: Transaction, look: Look, found: set[Subject]) -> Iterator[Finding]:
    """Yield what fails no longer, and has answered well only once since: it may fail again."""
    for subject in tx.alerts.open_subjects(AlertKind.FAILING):
        outlet = _outlet_of(subject, look.rules)
        if subject in found or outlet is None:
            continue
        chosen = [each for each in outlet.sources if subject.kind is SubjectKind.OUTLET or each.id == subject.id]
        states = tx.sources.overview(chosen)
        if not any(_is_steady(each) for state in states.values() for each in state.endpoints):
            words = f"{outlet.name} answers again, so far only once."
            covered_by = _wider(subject.kind, outlet)
            held = Finding(kind=AlertKind.FAILING, subject=subject, words=words, is_holding=True, covered_by=covered_by)
            yield on_outlet(outlet, held)


def _outlet_of(subject: Subject, rules: Rules) -> Outlet | None:
    if subject.kind is SubjectKind.SOURCE and subject.id in rules.sources:
        return rules.outlets[rules.sources[subject.id].outlet]
    return rules.outlets.get(subject.id) if subject.kind is SubjectKind.OUTLET else None


def _is_steady(state: EndpointState) -> bool:
    """Return whether an endpoint's last two answers were good."""
    return _is_good(state.outcome) and state.good_since is not None and state.good_since != state.good_at


def _mirrors_down(failing: _Failing, look: Look) -> Iterator[Finding]:
    """Yield base addresses that fail while others of the same sources work.

    Where nothing of a source works any more, its mirror is still down: that is no end of it.
    """
    by_base: dict[tuple[str, str], list[Complaint]] = defaultdict(list)
    lost: dict[tuple[str, str], list[Complaint]] = defaultdict(list)
    for id_, some in failing.by_source.items():
        if len(look.rules.sources[id_].endpoints) == 1:
            continue
        outlet = look.rules.outlets[look.rules.sources[id_].outlet]
        for each in some:
            if each.tried_at is not None and look.now - each.tried_at <= _KNOWN_FOR:
                found = lost if id_ in failing.sources else by_base
                found[outlet.id, base_of(each.endpoint, outlet)].append(each)
    for (name, base), some in by_base.items():
        yield _mirror_down(look.rules.outlets[name], base, some, look)
    for (name, base), some in lost.items():
        if (name, base) not in by_base:
            yield replace(_mirror_down(look.rules.outlets[name], base, some, look), is_holding=True)


def _mirror_down(outlet: Outlet, base: str, complaints: Sequence[Complaint], look: Look) -> Finding:
    since, is_home = _since(complaints), base == outlet.home
    which = "The home" if is_home else "The mirror"
    of_them = "" if len(outlet.sources) == 1 else f" for {len(complaints)} of {counted(len(outlet.sources), 'source')}"
    carried = "It is read at a mirror." if is_home else "It is read elsewhere."
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.MIRROR_DOWN,
            subject=Subject(SubjectKind.ENDPOINT, redact(base)),
            words=f"{which} {redact(base)} of {outlet.name} does not answer well{of_them} "
            f"{since_and_for(since, look.now)}: {_reason(complaints)}. {carried}",
            severity=Severity.WARNING if is_home else Severity.NOTE,
            since=since,
            evidence=_evidence(complaints),
            wait=_wait(complaints),
        ),
    )


def _moves(complaints: Iterable[Complaint], look: Look) -> Iterator[Finding]:
    """Yield endpoints that have moved for good and are asked at their new address."""
    for each in complaints:
        if each.redirect is None or not each.redirect.is_adopted:
            continue
        outlet = look.rules.outlets[look.rules.sources[each.source].outlet]
        old, new = redact(each.endpoint), redact(each.redirect.to)
        yield on_outlet(
            outlet,
            Finding(
                kind=AlertKind.MOVED,
                subject=Subject(SubjectKind.ENDPOINT, old),
                words=f"{old} of {outlet.name} has moved for good to {new}: it says so since "
                f"{moment(each.redirect.since)}. Write the new address into outlets/{outlet.id}.toml.",
                severity=Severity.NOTE,
                since=each.redirect.since,
            ),
        )


def base_of(endpoint: str, outlet: Outlet) -> str:
    """Return which of an outlet's base addresses an endpoint lies below; the endpoint itself if none."""
    address = urls.without_user(endpoint)
    return next((base for base in outlet.bases if address.startswith(base + "/")), address)


def _since(complaints: Iterable[Complaint]) -> datetime | None:
    """Return the last good answer of any of them."""
    return max((each.good_at for each in complaints if each.good_at is not None), default=None)


def _wait(complaints: Iterable[Complaint]) -> timedelta:
    """Return how long it must be found: what has never answered well tells no time itself."""
    return LASTING if any(each.good_at is None for each in complaints) else timedelta(0)


def _reason(complaints: Sequence[Complaint]) -> str:
    """Return what most of them last answered, in words."""
    reasons = [reason(each.outcome, each.note) for each in complaints]
    return max(reasons, key=reasons.count)


def _evidence(complaints: Sequence[Complaint]) -> tuple[str, ...]:
    return tuple(
        f"{redact(each.endpoint)}: {str(each.outcome).replace('_', ' ')}"
        + (f", {each.note[:200]}" if each.note else "")
        for each in complaints[:_MOST_EVIDENCE]
    )

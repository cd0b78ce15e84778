"""Hosts at which another may answer: certificates, issuers, networks, and content that is not the outlet's.

No sign proves anything alone: outlets move, and renew late. Two of them together are an alert of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator import urls
from syndicator.alerts.detector import Look
from syndicator.alerts.endpoints import base_of
from syndicator.alerts.phrases import moment, on_outlet, redact, span
from syndicator.models import Certificate, Complaint, Door, Outlet
from syndicator.models.alerts import AlertKind, Finding, Severity, Subject, SubjectKind
from syndicator.plural import counted
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.watch.doors import NEWS_FOR, has_moved, has_new_issuer, renewal_due

_LATEST_RENEWAL = timedelta(days=21)
_MOST_EVIDENCE = 8


class Doors:
    """Finds certificates that end, issuers and networks that are new, endpoints in quarantine, and what all that means.

    It keeps whose hosts are whose, as long as the rules stay.
    """

    kinds = frozenset(
        {
            AlertKind.CERTIFICATE,
            AlertKind.ISSUER,
            AlertKind.ADDRESSES,
            AlertKind.HIJACK,
            AlertKind.QUARANTINED,
        }
    )
    needs_network = False

    def __init__(self) -> None:
        """Know no hosts before the first look."""
        self._rules: Rules | None = None
        self._owners: Mapping[str, Outlet] = {}

    def find(self, tx: Transaction, look: Look) -> Iterator[Finding]:
        """Yield what is so now. Only the few hosts that something is to be said of are read."""
        if look.rules is not self._rules:
            self._rules, self._owners = look.rules, _owners(look.rules)
        yield from self._certificates(tx, look)
        signs = self._signs(tx, look)
        hijacked = {each.id for each in tx.alerts.open_subjects(AlertKind.HIJACK)} if signs else set()
        for host, found in signs.items():
            yield from _of_host(found, is_hijack_open=host in hijacked)

    def _certificates(self, tx: Transaction, look: Look) -> Iterator[Finding]:
        for door in tx.doors.ending_before(look.now + _LATEST_RENEWAL):
            outlet = self._owners.get(door.host)
            if outlet is not None and door.certificate is not None and _is_late(door, door.certificate, look):
                yield _ends(outlet, door, door.certificate, look)

    def _signs(self, tx: Transaction, look: Look) -> dict[str, _Signs]:
        """Return by host what speaks against it."""
        since = look.now - NEWS_FOR
        changed = {each.host: each for each in (*tx.doors.with_new_issuer(since), *tx.doors.moved(since))}
        suspects: dict[str, list[Complaint]] = defaultdict(list)
        for each in tx.sources.complaints(only_suspect=True):
            if each.source in look.rules.sources:
                suspects[urls.host_key(each.endpoint)].append(each)
        hosts = [host for host in {**changed, **suspects} if host in self._owners]
        return {host: _signs_of(host, self._owners[host], changed.get(host), suspects[host], look) for host in hosts}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    """What speaks against a host: what is new of its door, by when, and its endpoints in quarantine.

    ``owner`` is an outlet that is read there; ``suspects`` are by outlet, because several may share a host.
    """

    host: str
    owner: Outlet
    door: Door | None
    issuer_since: datetime | None
    strayed_since: datetime | None
    has_moved: bool
    suspects: Sequence[tuple[Outlet, Sequence[Complaint]]]

    @property
    def is_hijack(self) -> bool:
        """Whether two signs of three came together."""
        is_other = self.issuer_since is not None or self.strayed_since is not None
        return (bool(self.suspects) and is_other) or (self.issuer_since is not None and self.has_moved)

    @property
    def outlet(self) -> Outlet:
        """The outlet that is spoken of: one whose content is in doubt, if there is one."""
        return self.suspects[0][0] if self.suspects else self.owner


def _signs_of(host: str, owner: Outlet, door: Door | None, complaints: Iterable[Complaint], look: Look) -> _Signs:
    """Return a host's signs. What is older than news is none."""
    by_outlet: dict[str, list[Complaint]] = defaultdict(list)
    for each in complaints:
        by_outlet[look.rules.sources[each.source].outlet].append(each)
    is_new = door is not None and has_new_issuer(door, look.now)
    has_strayed = door is not None and door.moved_at is not None and look.now - door.moved_at < NEWS_FOR
    return _Signs(
        host=host,
        owner=owner,
        door=door,
        issuer_since=door.issuer_since if door and is_new else None,
        strayed_since=door.moved_at if door and has_strayed else None,
        has_moved=door is not None and has_moved(door, look.now),
        suspects=[(look.rules.outlets[id_], some) for id_, some in by_outlet.items()],
    )


def _owners(rules: Rules) -> dict[str, Outlet]:
    """Return by host the outlet that is read there, the first one of several."""
    found: dict[str, Outlet] = {}
    for source in rules.sources.values():
        for endpoint in source.endpoints:
            found.setdefault(urls.host_key(endpoint), rules.outlets[source.outlet])
    return found


def _is_late(door: Door, certificate: Certificate, look: Look) -> bool:
    """Return whether a certificate is to be renewed, and the host was seen lately with it: else nobody knows."""
    due = renewal_due(certificate)
    return due <= look.now and door.seen_at >= due and look.now - door.seen_at < NEWS_FOR


def _ends(outlet: Outlet, door: Door, certificate: Certificate, look: Look) -> Finding:
    left = certificate.valid_until - look.now
    due = renewal_due(certificate)
    when = f"ends on {moment(certificate.valid_until)}, in {span(left)}"
    if left <= timedelta(0):
        when = f"ended on {moment(certificate.valid_until)}, {span(-left)} ago"
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.CERTIFICATE,
            subject=Subject(SubjectKind.HOST, door.host),
            words=f"The certificate of {door.host} ({outlet.name}) {when}; it was to be renewed by {moment(due)}.",
            since=due,
            evidence=(
                f"issued by {certificate.issuer}, valid from {moment(certificate.valid_from)}",
                f"public key (SHA-256) {certificate.key}",
                f"seen last on {moment(door.seen_at)}",
            ),
        ),
    )


def _of_host(signs: _Signs, *, is_hijack_open: bool) -> Iterator[Finding]:
    """Yield what a host's signs say together, or each of them. What is told already by the other is only held."""
    door = signs.door
    # A hijack that was told goes on while its content is in quarantine, though the rest is known by then.
    is_told = is_hijack_open and bool(signs.suspects)
    if signs.is_hijack or is_told:
        yield replace(_hijack(signs), is_holding=not signs.is_hijack)
    is_held = signs.is_hijack or is_told
    if door is not None and signs.issuer_since is not None:
        yield replace(_issuer(signs.outlet, door), is_holding=is_held)
    if door is not None and signs.has_moved:
        yield replace(_addresses(signs.outlet, door), is_holding=is_held)
    for outlet, suspects in signs.suspects:
        for each in _quarantined(outlet, suspects):
            yield replace(each, is_holding=is_held)


def _hijack(signs: _Signs) -> Finding:
    changes, outlet = [], signs.outlet
    suspects = [each for _, some in signs.suspects for each in some]
    if signs.door is not None and signs.issuer_since is not None:
        changes.append(_issuer_words(signs.door))
    if signs.door is not None and signs.strayed_since is not None:
        changes.append(_network_words(signs.door))
    if suspects:
        end = "What it shows looks like another outlet's and is quarantined."
    else:
        end = "What it shows is still the outlet's own: it may only have moved."
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.HIJACK,
            subject=Subject(SubjectKind.HOST, signs.host),
            words=f"{signs.host} of {outlet.name} may have changed hands: {' and '.join(changes)}. {end}",
            severity=Severity.URGENT if suspects else Severity.WARNING,
            since=min(filter(None, (signs.issuer_since, signs.strayed_since)), default=None),
            evidence=_reasons(suspects),
        ),
    )


def _issuer(outlet: Outlet, door: Door) -> Finding:
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.ISSUER,
            subject=Subject(SubjectKind.HOST, door.host),
            words=f"{door.host} of {outlet.name}: {_issuer_words(door)}. Nothing else is unusual.",
            severity=Severity.NOTE,
            since=door.issuer_since,
        ),
    )


def _addresses(outlet: Outlet, door: Door) -> Finding:
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.ADDRESSES,
            subject=Subject(SubjectKind.HOST, door.host),
            words=f"{door.host} of {outlet.name}: {_network_words(door)}. Nothing else is unusual.",
            severity=Severity.NOTE,
            since=door.moved_at,
            evidence=(f"known of the last 30 days: {', '.join(door.prefixes)}",),
        ),
    )


def _quarantined(outlet: Outlet, suspects: Sequence[Complaint]) -> Iterator[Finding]:
    """Yield one finding for each base address."""
    by_base: dict[str, list[Complaint]] = defaultdict(list)
    for each in suspects:
        by_base[base_of(each.endpoint, outlet)].append(each)
    for base, some in by_base.items():
        sources = counted(len(some), "source")
        yield on_outlet(
            outlet,
            Finding(
                kind=AlertKind.QUARANTINED,
                subject=Subject(SubjectKind.ENDPOINT, redact(base)),
                words=f"What {redact(base)} shows as {outlet.name} looks like another outlet's, for {sources}: "
                "it is quarantined.",
                since=max((each.good_at for each in some if each.good_at), default=None),
                evidence=_reasons(some),
            ),
        )


def _issuer_words(door: Door) -> str:
    issuer = door.certificate.issuer if door.certificate else ""
    since = f" since {moment(door.issuer_since)}" if door.issuer_since else ""
    return f"its certificate is issued by {issuer}{since}, and was by {door.previous_issuer}"


def _network_words(door: Door) -> str:
    since = f" since {moment(door.moved_at)}" if door.moved_at else ""
    return f"it answers from other networks{since} ({', '.join(door.newcomers)})"


def _reasons(suspects: Sequence[Complaint]) -> tuple[str, ...]:
    return tuple(f"{redact(each.endpoint)}: {each.note[:300]}" for each in suspects[:_MOST_EVIDENCE])

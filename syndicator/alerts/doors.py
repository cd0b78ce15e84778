"""Hosts at which another may answer: certificates, issuers, networks, and content that is not the outlet's.

No sign proves anything alone: outlets move, and renew late. Two of them together are an alert of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

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
        for host, found in signs.items():
            yield from _of_host(self._owners[host], found, look)

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
        return {host: _Signs(changed.get(host), suspects.get(host, ())) for host in hosts}


@dataclass(frozen=True, slots=True)
class _Signs:
    """What speaks against a host: its door, if anything of it is new, and its endpoints in quarantine."""

    door: Door | None
    suspects: Sequence[Complaint]


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


def _of_host(outlet: Outlet, signs: _Signs, look: Look) -> Iterator[Finding]:
    """Yield what a host's signs say together, or each of them."""
    door = signs.door
    is_new = door is not None and has_new_issuer(door, look.now)
    has_strayed = door is not None and door.moved_at is not None and look.now - door.moved_at < NEWS_FOR
    moved = door is not None and has_moved(door, look.now)
    if door is not None and ((signs.suspects and (is_new or has_strayed)) or (is_new and moved)):
        yield _hijack(outlet, door, signs.suspects, look)
        return
    if door is not None and is_new:
        yield _issuer(outlet, door)
    if door is not None and moved:
        yield _addresses(outlet, door)
    if signs.suspects:
        yield from _quarantined(outlet, signs.suspects)


def _hijack(outlet: Outlet, door: Door, suspects: Sequence[Complaint], look: Look) -> Finding:
    changes = []
    if has_new_issuer(door, look.now):
        changes.append(_issuer_words(door))
    if door.moved_at is not None:
        changes.append(_network_words(door))
    if suspects:
        end = f"What it shows looks like another outlet's and is quarantined. {_decide(suspects, outlet)}"
    else:
        end = "What it shows is still the outlet's own: it may only have moved."
    since = min(filter(None, (door.issuer_since, door.moved_at)))
    return on_outlet(
        outlet,
        Finding(
            kind=AlertKind.HIJACK,
            subject=Subject(SubjectKind.HOST, door.host),
            words=f"{door.host} of {outlet.name} may have changed hands: {' and '.join(changes)}. {end}",
            severity=Severity.URGENT if suspects else Severity.WARNING,
            since=since,
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
                f"it is quarantined. {_decide(some, outlet)}",
                since=max((each.good_at for each in some if each.good_at), default=None),
                evidence=_reasons(some),
            ),
        )


def _decide(suspects: Sequence[Complaint], outlet: Outlet) -> str:
    base = redact(base_of(suspects[0].endpoint, outlet))
    return f'If it is the outlet\'s own: "syndicator release {base}"; if it is lost: "syndicator confirm {base}".'


def _issuer_words(door: Door) -> str:
    issuer = door.certificate.issuer if door.certificate else ""
    since = f" since {moment(door.issuer_since)}" if door.issuer_since else ""
    return f"its certificate is issued by {issuer}{since}, and was by {door.previous_issuer}"


def _network_words(door: Door) -> str:
    since = f" since {moment(door.moved_at)}" if door.moved_at else ""
    return f"it answers from other networks{since} ({', '.join(door.newcomers)})"


def _reasons(suspects: Sequence[Complaint]) -> tuple[str, ...]:
    return tuple(f"{redact(each.endpoint)}: {each.note[:300]}" for each in suspects[:_MOST_EVIDENCE])

"""Who answers at a host: learn its certificates and networks, and tell what is new from what rotates. Pure.

Certificates are renewed all the time, by intermediates that rotate: the issuer's organisation is what stays. Content
networks answer from many addresses: what counts is that no prefix of the last weeks answers any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syndicator.models import Certificate, Door, Peer

# Prefixes met so long ago are not known any more; issuers are chosen anew at most once a year or so.
_PREFIXES_FOR, _ISSUERS_FOR = 30, 400
# In so many polls in a row, over so long, all prefixes must be new.
STRANGE, _LASTING = 3, timedelta(minutes=30)
# So long a change is news. Then it is what is known.
NEWS_FOR = timedelta(days=7)
_RENEWED_BEFORE, _SHARE_OF_LIFE = timedelta(days=21), 0.2
_MOST = 64
_WRITTEN_EVERY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def after(door: Door | None, peer: Peer, now: datetime) -> Door | None:
    """Return what is known of a host after it answered; None if that is worth no writing."""
    if door is None:
        return _first(peer, now)
    if _is_as_it_was(door, peer, now):
        return None
    learned = _with_prefix(_with_certificate(door, peer.certificate, now), peer.prefix, now)
    if learned == door and not _is_to_write(door, now):
        return None
    return replace(learned, seen_at=now)


def what_is_new(door: Door | None, peer: Peer, now: datetime) -> tuple[str, ...]:
    """Return in words what is new of who answers at a host: the issuer, the network, both, or nothing."""
    learned = after(door, peer, now) or door
    if door is None or learned is None:
        return ()
    new = []
    if has_new_issuer(learned, now) and learned.certificate is not None:
        new.append(f"its certificate is issued by {learned.certificate.issuer} and was by {learned.previous_issuer}")
    if learned.moved_at is not None:
        new.append("it answers from other networks than before")
    return tuple(new)


def has_new_issuer(door: Door, now: datetime) -> bool:
    """Return whether an issuer came lately that was not met before."""
    return door.issuer_since is not None and now - door.issuer_since < NEWS_FOR


def has_moved(door: Door, now: datetime) -> bool:
    """Return whether none of the known networks answers, in enough polls in a row and for some time."""
    lasts = door.moved_at is not None and _LASTING <= now - door.moved_at < NEWS_FOR
    return lasts and door.strange >= STRANGE


def renewal_due(certificate: Certificate) -> datetime:
    """Return from when a certificate that was not renewed is late: a fifth of its lifetime, at most 21 days."""
    lifetime = certificate.valid_until - certificate.valid_from
    return certificate.valid_until - min(_RENEWED_BEFORE, lifetime * _SHARE_OF_LIFE)


def _is_as_it_was(door: Door, peer: Peer, now: datetime) -> bool:
    """Return whether the same answered today already: most polls end here."""
    certificate, today = peer.certificate, _day(now)
    is_same = certificate is None or (certificate == door.certificate and door.issuers.get(certificate.issuer) == today)
    is_near = door.moved_at is None and (not peer.prefix or door.prefixes.get(peer.prefix) == today)
    return is_same and is_near and not _is_to_write(door, now)


def _is_to_write(door: Door, now: datetime) -> bool:
    """Return whether it is to be written that a host was seen: once a day, and with a certificate that is late."""
    became_late = door.certificate is not None and door.seen_at < renewal_due(door.certificate) <= now
    return became_late or now - door.seen_at >= _WRITTEN_EVERY


def _first(peer: Peer, now: datetime) -> Door:
    today, certificate = _day(now), peer.certificate
    return Door(
        host=peer.host,
        seen_at=now,
        certificate=certificate,
        issuers={certificate.issuer: today} if certificate else {},
        prefixes={peer.prefix: today} if peer.prefix else {},
    )


def _with_certificate(door: Door, certificate: Certificate | None, now: datetime) -> Door:
    """Learn a certificate; without one the last stays. When an issuer that was met returns, the other is no news."""
    if certificate is None:
        return door
    known = _recent(door.issuers, now, _ISSUERS_FOR)
    issuers = _with(known, certificate.issuer, now)
    if not known or door.certificate is None or certificate.issuer == door.certificate.issuer:
        return replace(door, certificate=certificate, issuers=issuers)
    if certificate.issuer in known:
        return replace(door, certificate=certificate, issuers=issuers, previous_issuer="", issuer_since=None)
    before = door.certificate.issuer
    return replace(door, certificate=certificate, issuers=issuers, previous_issuer=before, issuer_since=now)


def _with_prefix(door: Door, prefix: str, now: datetime) -> Door:
    """Learn from which network a host answered."""
    if not prefix:
        return door
    if door.moved_at is not None and now - door.moved_at >= NEWS_FOR:
        learned = {**door.prefixes, **door.newcomers}
        door = replace(door, prefixes=learned, newcomers={}, strange=0, moved_at=None)
    known = _recent(door.prefixes, now, _PREFIXES_FOR)
    if prefix in known or not known:
        learned = _with({**known, **door.newcomers}, prefix, now)
        return replace(door, prefixes=learned, newcomers={}, strange=0, moved_at=None)
    return replace(
        door,
        prefixes=known,
        newcomers=_with(door.newcomers, prefix, now),
        strange=min(door.strange + 1, STRANGE),
        moved_at=door.moved_at or now,
    )


def _recent(met: Mapping[str, int], now: datetime, days: int) -> dict[str, int]:
    """Return what was met within the last days; the latest, if nothing was: a host may be asked once a month."""
    found = {each: day for each, day in met.items() if day > _day(now) - days}
    return found or dict(met)


def _with(met: Mapping[str, int], one: str, now: datetime) -> dict[str, int]:
    latest = sorted({**met, one: _day(now)}.items(), key=lambda each: each[1])[-_MOST:]
    return dict(sorted(latest))


def _day(now: datetime) -> int:
    return (now - _EPOCH) // _WRITTEN_EVERY

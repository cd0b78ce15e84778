"""A rhythm as a row of the store: a few moments by which rows are found, and 175 bytes for all the rest. Pure."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from syndicator.models.pulses import PulseRow
from syndicator.watch.pulse import EMPTY, SILENT, Pulse, moments
from syndicator.watch.thinning import DailyCounts, Shortfall

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FORM = struct.Struct("<B7f24f7f4H7H")
_VERSION = 1
_LAST_DAY = 65_535
# A moment that no calendar has is never reached.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_LAST_SECOND = (_LATEST - _EPOCH) / _SECOND


def seconds(moment: datetime) -> float:
    """Return a moment in seconds since 1970."""
    return (moment - _EPOCH) / _SECOND


def moment_of(at: float) -> datetime:
    """Return the moment so many seconds after 1970."""
    return _EPOCH + timedelta(seconds=at) if at < _LAST_SECOND else _LATEST


def unpacked(row: PulseRow) -> Pulse:
    """Return the rhythm of a row; of another form, it begins anew."""
    if len(row.state) != _FORM.size or row.state[0] != _VERSION:
        return EMPTY._replace(begun_at=seconds(row.begun_at), newest_at=seconds(row.newest_at))
    found = _FORM.unpack(row.state)
    items, span, seen, longest = found[1:5]
    lulls, at_newest, day, begun = found[39:43]
    return Pulse(
        items=items,
        span=span,
        hours=found[8:32],
        days=found[32:39],
        seen=seen,
        longest=longest,
        newest_at=seconds(row.newest_at),
        begun_at=seconds(row.begun_at),
        lulls=lulls,
        at_newest=at_newest,
        counts=DailyCounts(day, begun, found[43:]),
        shortfall=Shortfall(*found[5:8]),
    )


def packed(pulse: Pulse) -> bytes:
    """Return all of a rhythm but its moments."""
    counts = pulse.counts
    return _FORM.pack(
        _VERSION,
        pulse.items,
        pulse.span,
        pulse.seen,
        pulse.longest,
        *pulse.shortfall,
        *pulse.hours,
        *pulse.days,
        pulse.lulls,
        pulse.at_newest,
        min(max(counts.day, 0), _LAST_DAY),
        min(max(counts.begun, 0), _LAST_DAY),
        *counts.week,
    )


def row_of(
    subject: str,
    pulse: Pulse,
    *,
    factor: float = SILENT,
    expect: timedelta | None = None,
    members: tuple[str, ...] = (),
) -> PulseRow:
    """Return the row of a rhythm. With ``expect``, it is silent if nothing comes for that long, whatever is known."""
    newest_at = moment_of(pulse.newest_at)
    if expect is not None:
        quiet_at: datetime | None = newest_at + expect
        silent_at = quiet_at
    else:
        found = moments(pulse, factor)
        quiet_at, silent_at = (moment_of(found[0]), moment_of(found[1])) if found else (None, None)
    return PulseRow(
        subject=subject,
        state=packed(pulse),
        begun_at=moment_of(pulse.begun_at),
        newest_at=newest_at,
        quiet_at=quiet_at,
        silent_at=silent_at,
        thinned_at=newest_at if pulse.is_thinned else None,
        members=members,
    )

"""When a source is worth asking: a clock that runs faster when items are likely. Pure; moments are seconds since 1970.

A source's clock turns at ``speed * rate ** 0.25 * (likely / rate) ** 0.4`` a day. ``likely`` is the rate that is to be
expected at a moment: by hour and day, by the minute of the hour, and by what came within the last hours. When it has
turned once a poll is due, moved to the moment near by that spares the most waiting. By the root of the rate, waiting
would cost the least at a given number of polls (Sia, Cho and Cho, TKDE 2007). Here quiet hours and quiet sources get
more than that: they have readers of their own.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import exp, sqrt
from typing import NamedTuple

from syndicator.watch.profile import DAY, HOUR, Profile
from syndicator.watch.pulse import Pulse, profile_at

SHORTEST, LONGEST = 300.0, 4 * HOUR
_SLOT, _SLOTS = 300.0, 12
# What came within some hours says more than the time of day, but less than everything before it.
_RECENT_FOR, _RECENT_SHARE = 3 * HOUR, 0.3
_LEAST_FACTOR = 0.2
_SLOT_PRIOR = 10.0
_MINUTES_FOR = 28 * DAY
_FAIRNESS, _EAGERNESS = 0.25, 0.4
# A poll follows the full minute at which items appear.
_AFTER_SLOT = 15.0
# A document is asked for again when it is likely to have turned over by a third.
_TURNOVER = 3.0
_FARTHEST = 12 * HOUR
_WINDOW_ADAPTS = 0.2
_FORMAT = struct.Struct("<Bddffff12f")
_VERSION = 1
# What a first document lists is one sample, taken all at once: it counts less and less.
_SEED_FOR, _SHORTEST_SEED, _LONGEST_SEED = 7 * DAY, HOUR, 14 * DAY


class Timing(NamedTuple):
    """What is known of a source besides its rhythm.

    ``recent`` is a rate, in items a day, of what came within the last hours before ``at``, as if all hours were alike.
    ``minutes`` are items by five minutes of the hour, decayed. ``window`` is how many items a document has, 0 while
    that is not known. Its first document, at ``seeded_at``, listed ``seed_items`` of ``seed_days``.
    """

    at: float = 0.0
    recent: float = 0.0
    window: float = 0.0
    minutes: tuple[float, ...] = (0.0,) * _SLOTS
    seeded_at: float = 0.0
    seed_items: float = 0.0
    seed_days: float = 0.0

    def packed(self) -> bytes:
        """Return it as 81 bytes."""
        numbers = (self.at, self.seeded_at, self.recent, self.window, self.seed_items, self.seed_days)
        return _FORMAT.pack(_VERSION, *numbers, *self.minutes)


class Plan(NamedTuple):
    """When to poll, how many items are expected by then, and whether a rest of the server's or a bound decided."""

    at: float
    expected: float
    is_bounded: bool


UNKNOWN = Timing()


def unpacked(data: bytes | None) -> Timing:
    """Return what ``packed`` gave; of another form, nothing is known."""
    if data is None or len(data) != _FORMAT.size or data[0] != _VERSION:
        return UNKNOWN
    _, at, seeded_at, recent, window, seed_items, seed_days, *minutes = _FORMAT.unpack(data)
    return Timing(at, recent, window, tuple(minutes), seeded_at, seed_items, seed_days)


def seeded(times: Sequence[float], now: float) -> Timing:
    """Begin with what a first document lists, by when its items appeared."""
    oldest = min((each for each in times if each <= now), default=now)
    span = min(max(now - oldest, _SHORTEST_SEED), _LONGEST_SEED)
    items = sum(now - span <= each <= now for each in times)
    return Timing(at=now, window=float(len(times)), seeded_at=now, seed_items=float(items), seed_days=span / DAY)


def profile_of(pulse: Pulse, timing: Timing, now: float) -> Profile:
    """Return the rate that is to be expected of a source at a moment, and how it varies."""
    # By a clock that was ahead, it would count for ever.
    left = 2 ** (-(now - timing.seeded_at) / _SEED_FOR) if timing.seeded_at <= now else 0.0
    return profile_at(pulse, now, items=timing.seed_items * left, days=timing.seed_days * left)


def after_items(timing: Timing, profile: Profile, times: Sequence[float], now: float, listed: int) -> Timing:
    """Learn from the new items of a document, by when they appeared, and from how many items it lists in all."""
    passed = max(0.0, now - timing.at) if timing.at else 0.0
    recent = timing.recent * exp(-passed / _RECENT_FOR)
    left = 2 ** (-passed / _MINUTES_FOR)
    minutes = [each * left for each in timing.minutes]
    for at in times:
        factor = max(profile.rate_at(at) / profile.rate, _LEAST_FACTOR)
        recent += exp(-max(0.0, now - at) / _RECENT_FOR) / (_RECENT_FOR / DAY * factor)
        minutes[int(at % HOUR // _SLOT)] += 1
    window = timing.window + _WINDOW_ADAPTS * (listed - timing.window) if timing.window else float(listed)
    return timing._replace(at=now, recent=recent, window=window if listed else timing.window, minutes=tuple(minutes))


def weight(profile: Profile, timing: Timing) -> float:
    """Return how often a day a source's clock turns at a speed of 1, on average."""
    hours = sum(map(sqrt, profile.hours)) / len(profile.hours)
    days = sum(map(sqrt, profile.days)) / len(profile.days)
    minutes = sum(map(sqrt, _minute_factors(timing))) / _SLOTS
    return float(profile.rate**_FAIRNESS * hours * days * minutes)


def next_poll(
    profile: Profile,
    timing: Timing,
    now: float,
    *,
    speed: float,
    shortest: float = SHORTEST,
    longest: float = LONGEST,
    is_overflowing: bool = False,
) -> Plan:
    """Return when to poll after a poll that ends now; ``speed`` is that of the clock, in turns a day.

    Never before ``shortest`` seconds, nor after ``longest``. If the last document ``is_overflowing``, of which nothing
    was known, the next is asked for twice as soon.
    """
    walk = _walk(profile, timing, now, speed)
    seconds, expected = _placed(walk), 0.0
    if timing.window:
        seconds = min(seconds, _when_expected(walk, timing.window / _TURNOVER))
    if is_overflowing:
        seconds /= 2
    bounded = min(max(seconds, shortest), max(longest, shortest))
    expected = _expected_by(walk, bounded)
    return Plan(now + bounded, expected, is_bounded=bounded != seconds)


class _Walk(NamedTuple):
    """The next hours in steps of five minutes: where each ends, turns and items until then; where two turns end."""

    ends: list[float]
    turns: list[float]
    items: list[float]
    first: float
    second: float


def _minute_factors(timing: Timing) -> list[float]:
    usual = sum(timing.minutes) / _SLOTS + _SLOT_PRIOR
    return [(each + _SLOT_PRIOR) / usual for each in timing.minutes]


def _walk(profile: Profile, timing: Timing, now: float, speed: float) -> _Walk:
    rate, minutes = profile.rate, _minute_factors(timing)
    recent = timing.recent / rate * exp(-max(0.0, now - timing.at) / _RECENT_FOR) * _RECENT_SHARE
    fading = exp(-_SLOT / _RECENT_FOR)
    turning = speed * rate**_FAIRNESS / DAY
    per_second = rate / DAY
    ends, turns, items = [], [], []
    at, turned, expected, first = now, 0.0, 0.0, 0.0
    factor, hour_ends = 0.0, now
    while at - now < _FARTHEST:
        end = (at // _SLOT + 1) * _SLOT
        if at >= hour_ends:
            factor = profile.rate_at(at) / rate
            hour_ends = (at // HOUR + 1) * HOUR
        likely = (1 - _RECENT_SHARE + recent) * factor * minutes[int(at % HOUR // _SLOT)]
        pace, length = turning * likely**_EAGERNESS, end - at
        if not first and turned + pace * length >= 1:
            first = at + (1 - turned) / pace - now
        if turned + pace * length >= 2:  # noqa: PLR2004 - the second turn
            second = at + (2 - turned) / pace - now
            break
        turned += pace * length
        expected += likely * per_second * length
        recent *= fading
        at = end
        ends.append(at - now)
        turns.append(turned)
        items.append(expected)
    else:  # neither turn may be within sight: as it goes on the average
        average = turned / (at - now)
        first, second = first or 1 / average, 2 / average
    return _Walk(ends, turns, items, first, second)


def _placed(walk: _Walk) -> float:
    """Return the moment near the end of the first turn at which a poll spares the most waiting."""
    best, placed = -1.0, walk.first
    for end, items in zip(walk.ends, walk.items, strict=True):
        if end > 1.5 * walk.first:
            break
        if end >= 0.5 * walk.first and (spared := items * (walk.second - end)) > best:
            best, placed = spared, end + _AFTER_SLOT
    return placed


def _when_expected(walk: _Walk, wanted: float) -> float:
    before, ended = 0.0, 0.0
    for end, items in zip(walk.ends, walk.items, strict=True):
        if items >= wanted:
            return ended + (end - ended) * (wanted - before) / (items - before)
        before, ended = items, end
    return _FARTHEST * 2


def _expected_by(walk: _Walk, seconds: float) -> float:
    """Return the items until a moment; beyond what was walked, as it goes on the average."""
    before, ended = 0.0, 0.0
    for end, items in zip(walk.ends, walk.items, strict=True):
        if end >= seconds:
            return before + (items - before) * (seconds - ended) / (end - ended)
        before, ended = items, end
    return before * seconds / ended if ended else 0.0

"""When a source is to be polled by its rhythm: what the store knows of it, joined with what a poll has just brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from syndicator.models import PollBounds, Source, SourceState
from syndicator.models.pulses import arrival_times
from syndicator.plural import counted
from syndicator.poll import timing as clock
from syndicator.poll.timing import Timing
from syndicator.watch.profile import DAY, Profile
from syndicator.watch.pulse import EMPTY, Pulse, after_arrivals
from syndicator.watch.pulse_row import seconds, unpacked

# Turns a day at rate 1 that give one poll a day on average, by the real feeds of docs/benchmarks.md: where a controller
# has not yet found the number for the sources that there are.
_TURNS_PER_POLL = 0.5
_MOSTLY = 2.0
_SLOT_MINUTES = 5
_ONCE_A_DAY = 0.93


class NextPoll(NamedTuple):
    """When to poll next, and what is to be stored: ``timing`` where it changed, and how often the clock turns."""

    wait: timedelta
    timing: bytes | None
    turns: float | None


def next_by_rhythm(
    state: SourceState,
    arrived: Sequence[datetime | None],
    *,
    listed: int,
    is_overflowing: bool,
    bounds: PollBounds,
    now: datetime,
) -> NextPoll | None:
    """Return when a source is to be polled after a document that listed so many items, of which some ``arrived``.

    Of those it knows when they were published, if at all. Return None while nothing is known of the source's rhythm.
    """
    at = seconds(now)
    pulse, before = _pulse(state), clock.unpacked(state.timing)
    times = _times(state, arrived, now)
    after = _learned(pulse, before, times if state.good_at else _dates(arrived), listed=listed, now=at)
    if times and state.good_at is not None:
        pulse = after_arrivals(pulse, times)
    if not after.at:
        return None
    profile = clock.profile_of(pulse, after, at)
    plan = clock.next_poll(
        profile,
        after,
        at,
        speed=state.speed or usual_speed(bounds),
        shortest=bounds.shortest.total_seconds(),
        longest=bounds.longest_wait.total_seconds(),
        is_overflowing=is_overflowing,
    )
    is_new = after is not before
    return NextPoll(
        wait=timedelta(seconds=plan.at - at),
        timing=after.packed() if is_new else None,
        turns=clock.weight(profile, after) if is_new else None,
    )


def follows_rhythm(source: Source, bounds: PollBounds) -> bool:
    """Return whether a source is polled by its rhythm, once that is known: the operator says no interval."""
    return bounds.is_adaptive and source.interval is None


def usual_speed(bounds: PollBounds) -> float:
    """Return the speed that gives the usual number of polls, for sources as they usually are."""
    return _TURNS_PER_POLL * DAY / max(bounds.interval.total_seconds(), 1.0)


def rhythm_in_words(state: SourceState, now: datetime) -> str:
    """Return a sentence that says why a source is polled when it is, nothing while its rhythm is not known."""
    timing = clock.unpacked(state.timing)
    if not timing.at:
        return ""
    profile = clock.profile_of(_pulse(state), timing, seconds(now))
    since = max(state.good_at or now, now - timedelta(days=1))
    expected = profile.expected(seconds(since), max(seconds(state.due_at), seconds(since)))
    when = " and ".join(filter(None, (_hours_in_words(profile), _minutes_in_words(timing)))) or "at all hours"
    usual = f"{_rate_in_words(profile.rate)} {when}"
    return f"{usual}; {expected:.{0 if expected >= 1 else 1}f} expected by {state.due_at:%H:%M} UTC"


def _pulse(state: SourceState) -> Pulse:
    return unpacked(state.pulse) if state.pulse is not None else EMPTY


def _times(state: SourceState, arrived: Sequence[datetime | None], now: datetime) -> list[float]:
    """Return when items appeared, within the time since the last good answer, in order."""
    return sorted(map(seconds, arrival_times(arrived, since=state.good_at or now, now=now)))


def _dates(arrived: Sequence[datetime | None]) -> list[float]:
    return [seconds(each) for each in arrived if each is not None]


def _learned(pulse: Pulse, before: Timing, times: Sequence[float], *, listed: int, now: float) -> Timing:
    """Return what is known after a document that listed so many items, of which some are new."""
    if not times:
        # A rhythm may be known by what polls noted before they were timed.
        return before if before.at or not pulse.lulls else before._replace(at=now)
    if not before.at:
        return clock.seeded(times, now)._replace(window=float(listed))
    return clock.after_items(before, clock.profile_of(pulse, before, now), times, now, listed)


def _rate_in_words(rate: float) -> str:
    if rate > _ONCE_A_DAY:
        return f"{counted(round(rate), 'item')} a day,"
    return f"{counted(round(7 * rate), 'item')} a week," if rate > 1 / 7 else f"an item every {1 / rate:.0f} days,"


def _hours_in_words(profile: Profile) -> str:
    """Return the hours that have most, where they have much more than others."""
    best = max(range(24), key=lambda hour: sum(profile.hours[(hour + each) % 24] for each in range(4)))
    if sum(profile.hours[(best + each) % 24] for each in range(4)) / 4 < _MOSTLY:
        return ""
    return f"mostly from {best:02d} to {(best + 4) % 24:02d} UTC"


def _minutes_in_words(timing: Timing) -> str:
    total, best = sum(timing.minutes), max(range(len(timing.minutes)), key=timing.minutes.__getitem__)
    if total < len(timing.minutes) or timing.minutes[best] * len(timing.minutes) < _MOSTLY * total:
        return ""
    return "at full hours" if best == 0 else f"at {best * _SLOT_MINUTES} past the hour"


__all__ = ["NextPoll", "follows_rhythm", "next_by_rhythm", "rhythm_in_words", "usual_speed"]

"""Rules for when to poll, each with one number that sets how often. A rule is told of each poll what was new.

All begin alike: a first poll at the start of the trace, then every hour until something is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from syndicator.poll import timing
from syndicator.watch import pulse

HOUR, DAY = 3600.0, 86400.0


class Rule(Protocol):
    """Decides when one feed is polled next. Moments are seconds since 1970, UTC."""

    def poll(self, now: float, new: Sequence[float], window: int, *, is_overflowing: bool) -> float:
        """Return when to poll next, after a poll that brought ``new`` items, by when they appeared."""

    def jump(self, by: float) -> None:
        """Go on after time that was cut out of the trace."""


class _Plain:
    """What simple rules share: bounds, and a rate that decays in seven days."""

    shortest, longest = 300.0, DAY

    def __init__(self, scale: float) -> None:
        self.scale, self.items, self.span, self.last = scale, 0.0, 0.0, 0.0

    def jump(self, by: float) -> None:
        self.last += by

    def poll(self, now: float, new: Sequence[float], window: int, *, is_overflowing: bool) -> float:
        if self.last:
            passed = (now - self.last) / DAY
            left = 2 ** (-passed / 7)
            self.items, self.span = self.items * left + len(new), self.span * left + passed
        self.last = now
        wait = self.wait((self.items + 0.5) / (self.span + 0.25), len(new), window, is_overflowing=is_overflowing)
        return now + min(max(wait, self.shortest), self.longest)

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        raise NotImplementedError


class Fixed(_Plain):
    """Every so often."""

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        return DAY / self.scale


class EntryFrequency(_Plain):
    """As miniflux: the time in which so many items are expected."""

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        return DAY * self.scale / rate


class Aimd(_Plain):
    """Twice as soon after news, a little later after none."""

    def __init__(self, scale: float) -> None:
        super().__init__(scale)
        self.current = HOUR

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        self.current = self.current / 2 if new else self.current + 600 * self.scale
        self.current = min(max(self.current, self.shortest), self.longest)
        return self.current


class Tiers(_Plain):
    """By classes of rate, as NewsBlur: busy, usual, slow, rare."""

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        tier = next((factor for least, factor in ((30, 1), (10, 1.5), (3, 2.5), (0, 5)) if rate >= least), 5)
        return self.scale * tier * 60


class Harmonic(_Plain):
    """As Kolobov and others: more often for busy ones, and less and less so."""

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        # The root of T (1 + rate T) = scale: between 1/rate and a constant.
        per_hour = rate / 24
        return HOUR * (-1 + (1 + 4 * per_hour * self.scale) ** 0.5) / (2 * per_hour)


class SquareRoot(_Plain):
    """By the root of the rate."""

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        return self.scale * HOUR / rate**0.5


class DelayIndex(_Plain):
    """Polls when the waiting of all that is expected since the last poll comes to a price; by the hour of the day."""

    longest = 4 * HOUR

    def __init__(self, scale: float) -> None:
        super().__init__(scale)
        self.hours = [0.0] * 24

    def poll(self, now: float, new: Sequence[float], window: int, *, is_overflowing: bool) -> float:
        left = 2 ** (-(now - self.last) / DAY / 14) if self.last else 1.0
        self.hours = [each * left for each in self.hours]
        for at in new:
            self.hours[int(at // HOUR) % 24] += 1
        return super().poll(now, new, window, is_overflowing=is_overflowing)

    def wait(self, rate: float, new: int, window: int, *, is_overflowing: bool) -> float:
        usual = sum(self.hours) / 24 + 2
        at, waiting, expected = 0.0, 0.0, 0.0
        while at < self.longest and waiting < self.scale * HOUR and expected < window / 3:
            likely = rate / DAY * (self.hours[int((self.last + at) // HOUR) % 24] + 2) / usual
            waiting += 60 * likely * at
            expected += 60 * likely
            at += 60
        return at / 2 if is_overflowing else at


class Ours:
    """The daemon's own functions: see ``syndicator.poll.timing``."""

    def __init__(self, scale: float) -> None:
        self.speed, self.pulse, self.timing = scale, pulse.EMPTY, timing.UNKNOWN

    def jump(self, by: float) -> None:
        self.pulse = pulse.shifted(self.pulse, by)
        if self.timing.at:
            self.timing = self.timing._replace(at=self.timing.at + by, seeded_at=self.timing.seeded_at + by)

    def poll(self, now: float, new: Sequence[float], window: int, *, is_overflowing: bool) -> float:
        if not self.pulse.begun_at:
            self.timing = timing.seeded(new, now)
            self.pulse = pulse.seeded(self.pulse, max(new, default=now), now)
        elif new:
            profile = timing.profile_of(self.pulse, self.timing, now)
            self.timing = timing.after_items(self.timing, profile, new, now, window)
            self.pulse = pulse.after_arrivals(self.pulse, new)
        profile = timing.profile_of(self.pulse, self.timing, now)
        return timing.next_poll(profile, self.timing, now, speed=self.speed, is_overflowing=is_overflowing).at


RULES: dict[str, tuple[type, float, float]] = {  # with bounds of their number; a larger one polls more, or less
    "fixed": (Fixed, 1.0, 300.0),
    "entry_frequency": (EntryFrequency, 0.01, 30.0),
    "aimd": (Aimd, 0.001, 100.0),
    "tiers": (Tiers, 1.0, 400.0),
    "harmonic": (Harmonic, 0.01, 1000.0),
    "square_root": (SquareRoot, 0.1, 100.0),
    "delay_index": (DelayIndex, 0.01, 100.0),
    "ours": (Ours, 0.1, 200.0),
}

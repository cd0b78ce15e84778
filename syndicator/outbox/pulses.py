"""Learn rhythms from new items as they arrive: of their sources, and of the groups that these are part of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from syndicator.models.alerts import AlertKind
from syndicator.models.pulses import Arrival, PulseRow, source_subject
from syndicator.outbox.pulse_groups import PulseGroups, groups_of
from syndicator.rules import Rules
from syndicator.store import Store, Transaction
from syndicator.watch.pulse import EMPTY, Pulse, after_arrivals, excused, looked_away, missed, resumed, seeded
from syndicator.watch.pulse_row import row_of, seconds, unpacked

# So many at a time: polls wait no longer for a backlog.
_ARRIVALS_PER_STEP = 300
_ROWS_PER_STEP = 500
_PLAN = "pulse plan"
# A group of which more is gone has to be learned anew.
_MOST_GONE = 0.2
# A source that comes back within this time has its rhythm still.
_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What rhythms are judged by: the groups, and how much longer than its longest lull a source may be quiet."""

    rules: Rules
    groups: PulseGroups
    factor: float

    def row(self, subject: str, pulse: Pulse) -> PulseRow:
        """Return the row of a rhythm."""
        return row_of(
            subject,
            pulse,
            factor=self.factor,
            expect=self.groups.expect.get(subject),
            members=self.groups.members.get(subject, ()),
        )

    @property
    def fingerprint(self) -> str:
        """What changes whenever moments are to be computed anew."""
        expected = (f"{subject}={each.total_seconds():g}" for subject, each in sorted(self.groups.expect.items()))
        return " ".join((f"{self.factor:g}", *expected))


class Pulses:
    """Follows new items in order of commit, and deletes them: nothing else reads them."""

    name = "pulses"

    def __init__(self, store: Store, *, rules: Callable[[], Rules]) -> None:
        """Learn nothing before the first step."""
        self._store, self._rules = store, rules
        self._plan: _Plan | None = None
        self._renewed_to: str | None = None

    async def step(self) -> bool:
        """Learn from some more items; after a change of the configuration, look at the rhythms first."""
        rules = self._rules()
        if self._plan is None or self._plan.rules is not rules:
            plan = _Plan(rules=rules, groups=groups_of(rules.outlets), factor=rules.config.watch.silent)
            is_new = await self._store.write(partial(_regroup, plan=plan))
            self._plan, self._renewed_to = plan, "" if is_new else None
        plan = self._plan
        if self._renewed_to is not None:
            self._renewed_to = await self._store.write(partial(_renew, plan=plan, after=self._renewed_to))
            return True
        arrivals = await self._store.read(lambda tx: tx.pulses.arrivals(_ARRIVALS_PER_STEP))
        if not arrivals:
            return False
        await self._store.write(partial(_learn, plan=plan, arrivals=arrivals), may_wait=True)
        return len(arrivals) == _ARRIVALS_PER_STEP


def _learn(tx: Transaction, *, plan: _Plan, arrivals: Sequence[Arrival]) -> None:
    """Take the rhythms further by some items."""
    by_subject: defaultdict[str, list[Arrival]] = defaultdict(list)
    for each in arrivals:
        for subject in plan.groups.subjects.get(each.source, ()):
            by_subject[subject].append(each)
    before = tx.pulses.rows(list(by_subject))
    unseen = _unseen(arrivals, before)
    after = [
        plan.row(subject, _after(tx, plan, some, before.get(subject), unseen)) for subject, some in by_subject.items()
    ]
    tx.pulses.save(after)
    tx.pulses.forget_arrivals(arrivals[-1].id)


def _unseen(arrivals: Sequence[Arrival], rows: Mapping[str, PulseRow]) -> dict[str, float]:
    """Return the sources that are back, with what was to be expected of each: it was silent, or nobody had looked."""
    found: dict[str, float] = {}
    for each in arrivals:
        row = rows.get(source_subject(each.source))
        if row is None or each.source in found:
            continue
        if each.is_late or (row.silent_at is not None and each.seen_at >= row.silent_at):
            found[each.source] = missed(unpacked(row), seconds(each.seen_at))
    return found


def _after(
    tx: Transaction, plan: _Plan, arrivals: Sequence[Arrival], row: PulseRow | None, unseen: Mapping[str, float]
) -> Pulse:
    """Return a rhythm after some of its items. What was ``unseen`` of members is not held against a group."""
    pulse = EMPTY if row is None else unpacked(row)
    now = seconds(max(each.seen_at for each in arrivals))
    # By a clock that was set back since, the newest item may be of the future.
    pulse = pulse._replace(newest_at=min(pulse.newest_at, now))
    for each in arrivals:
        if each.is_first:
            pulse = seeded(pulse, seconds(each.at), seconds(each.seen_at))
    times = sorted(seconds(each.at) for each in arrivals if not each.is_first)
    if times and row is not None and _is_confirmed(tx, plan, row, until=times[0]):
        pulse = resumed(pulse, times[0])
    if row is not None and not row.members and any(each.is_late for each in arrivals):
        pulse = looked_away(pulse, now)
    pulse = after_arrivals(pulse, times)
    if row is not None and row.members:
        of_back = sum(unseen.get(each, 0.0) for each in {each.source for each in arrivals})
        pulse = excused(pulse, of_back, now) if of_back else pulse
    return pulse


def _is_confirmed(tx: Transaction, plan: _Plan, row: PulseRow, *, until: float) -> bool:
    """Return whether the operator has confirmed that a silence was none of the rhythm: it teaches nothing."""
    if row.silent_at is None or until <= seconds(row.silent_at):
        return False
    alerts = (tx.alerts.find(AlertKind.SILENT, each) for each in plan.groups.alerts[row.subject])
    return any(each and each.confirmed_at is not None and each.confirmed_at > row.newest_at for each in alerts)


def _regroup(tx: Transaction, *, plan: _Plan) -> bool:
    """Make rhythms of groups agree with the configuration, and forget those of sources that have left it for good.

    Return whether moments are to be computed anew.
    """
    tx.pulses.forget([each for each in tx.pulses.without_source(_KEPT_FOR) if each not in plan.groups.alerts])
    groups = tx.pulses.groups()
    members = plan.groups.members
    tx.pulses.forget([each.subject for each in groups if each.subject not in members])
    changed = [each for each in groups if each.subject in members and members[each.subject] != each.members]
    left = {each.subject: _share_left(tx, each, members[each.subject]) for each in changed}
    tx.pulses.forget([subject for subject, share in left.items() if share < 1 - _MOST_GONE])
    tx.pulses.save([plan.row(each.subject, unpacked(each)) for each in changed if left[each.subject] >= 1 - _MOST_GONE])
    return tx.get_meta(_PLAN) != plan.fingerprint


def _share_left(tx: Transaction, group: PulseRow, members: Sequence[str]) -> float:
    """Return how much is left of what is to be expected of a group, now that it has other members."""
    rows = tx.pulses.rows([source_subject(each) for each in group.members])
    rates = {subject: unpacked(row).rate for subject, row in rows.items()}
    kept = {source_subject(each) for each in members}
    whole = sum(rates.values())
    return sum(rate for subject, rate in rates.items() if subject in kept) / whole if whole else 0.0


def _renew(tx: Transaction, *, plan: _Plan, after: str) -> str | None:
    """Compute the moments of some more rhythms anew. Return how far that is, None at the end."""
    rows = tx.pulses.after(after, _ROWS_PER_STEP)
    tx.pulses.save([plan.row(each.subject, unpacked(each)) for each in rows])
    if len(rows) == _ROWS_PER_STEP:
        return rows[-1].subject
    tx.set_meta(_PLAN, plan.fingerprint)
    return None

"""Find who has fallen silent, and who brings less than usual: outlets, their sources, countries and languages.

Only a good answer can say that there is nothing new: who does not answer is failing, not silent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syndicator import urls
from syndicator.alerts.detector import Look
from syndicator.alerts.silence_words import Named, named, rhythm, silence, thinning
from syndicator.models import Outlet
from syndicator.models.alerts import Alert, AlertKind, Finding, Severity, SubjectKind
from syndicator.models.pulses import PulseRow, source_subject
from syndicator.outbox import PulseGroups, groups_of
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.watch.pulse import Pulse
from syndicator.watch.pulse_row import unpacked

# Two looks, and time for a wider alert to be found in the meantime.
_WAIT = timedelta(minutes=1)
# A backlog of more new items than that is learned from before anybody is called silent.
_BACKLOG = 2000
# Of a group, those who answer must bring so much of what is to be expected.
_ENOUGH = 0.5
# That a group brings less than usual can be shown by those only who bring so much of it: half of it is no alarm yet.
_SHOWING = 0.6
# Whoever answered so lately is heard, however many items came since.
_LATELY = timedelta(hours=3)
# The words of an alert are as they were for so long: what is told in them grows by the hour.
_WORDED = timedelta(hours=1)
# Of a large group, to see who is there takes long.
_ASKED_AGAIN = timedelta(minutes=5)
# Evidence that takes queries is for so many findings.
_MOST_TOLD = 50
_MOST_NAMES = 12
_WIDE = (SubjectKind.COUNTRY, SubjectKind.LANGUAGE)
_Key = tuple[AlertKind, str]


@dataclass(slots=True)
class _Memory:
    """What need not be found out anew at each look: when words were made, and which groups were not thinned then."""

    worded: dict[_Key, datetime] = field(default_factory=dict)
    unshown: dict[str, datetime] = field(default_factory=dict)


class SilenceDetector:
    """Finds silence and thinning in the rhythms that ``outbox.pulses`` keeps."""

    kinds = frozenset({AlertKind.SILENT, AlertKind.THINNED})
    needs_network = True

    def __init__(self) -> None:
        """Keep the groups of the rules in force: they are the same at every look. Nothing is lost with the memory."""
        self._groups: tuple[Rules, PulseGroups] | None = None
        self._memory = _Memory()

    def find(self, tx: Transaction, look: Look) -> Iterable[Finding]:
        """Yield who is silent or thinned; and who is quiet still, or has new items, where an alert is open on that."""
        if self._groups is None or self._groups[0] is not look.rules:
            self._groups = look.rules, groups_of(look.rules.outlets)
        groups = self._groups[1]
        quiet = {subject: at for subject, at in tx.pulses.quiet(look.now).items() if subject in groups.alerts}
        thinned = [subject for subject in tx.pulses.thinned() if subject in groups.alerts]
        if not quiet and not thinned:
            return
        case = _Case(tx, look, groups, self._memory)
        silent = case.heard({subject: at for subject, at in quiet.items() if at is not None and at <= look.now})
        yield from case.silences(case.unworded(AlertKind.SILENT, silent))
        fewer = case.settled([each for each in thinned if each not in quiet])
        yield from case.thinnings(case.unworded(AlertKind.THINNED, fewer))
        yield from case.repeated()
        yield from case.holding({AlertKind.SILENT: quiet, AlertKind.THINNED: thinned})


class _Case:
    """What findings of one look are made from."""

    def __init__(self, tx: Transaction, look: Look, groups: PulseGroups, memory: _Memory) -> None:
        self._tx, self._look, self._groups, self._memory = tx, look, groups, memory
        self._known = {(each.kind, each.subject): each for each in tx.alerts.current()}
        self._repeated: list[tuple[Alert, str]] = []
        waiting = tx.pulses.waiting(_BACKLOG)
        self._is_behind, self._waiting = len(waiting) == _BACKLOG, frozenset(waiting)
        self._found: set[_Key] = set()
        self._told = 0

    def settled(self, subjects: Iterable[str]) -> list[str]:
        """Return the rhythms of which everything new has been learned."""
        return [each for each in subjects if not self._is_unsettled(each)]

    def heard(self, silent: Mapping[str, datetime]) -> list[str]:
        """Return the rhythms that are silent, and of which somebody has said so since.

        Those who bring most of what is to be expected must have answered well, and nothing new may be waiting.
        """
        settled = self.settled(silent)
        answered = self._tx.pulses.answered_at(id_ for each in settled for id_ in self._sources(each))
        heard = {
            subject: {id_ for id_ in self._sources(subject) if id_ in answered and answered[id_] >= at}
            for subject, at in ((each, silent[each]) for each in settled)
        }
        return [each for each, some in heard.items() if some and self._is_most(each, some)]

    def unworded(self, kind: AlertKind, subjects: Sequence[str]) -> list[str]:
        """Return the rhythms that words are to be made for; of the others the alerts have some, and are repeated."""
        found = []
        for each in subjects:
            alert, since = self._known.get((kind, self._groups.alerts[each][0])), self._memory.worded.get((kind, each))
            if alert is None or not self._is_within(_WORDED, since):
                found.append(each)
            else:
                self._repeated.append((alert, each))
        return found

    def repeated(self) -> Iterator[Finding]:
        """Yield findings that are as they were."""
        for alert, of in self._repeated:
            yield self._finding(alert.kind, of, words=alert.words, evidence=alert.evidence, since=alert.since)

    def silences(self, subjects: Sequence[str]) -> Iterator[Finding]:
        """Yield findings on who is silent."""
        for row in self._tx.pulses.rows(subjects).values():
            pulse, expect = unpacked(row), self._groups.expect.get(row.subject)
            words = silence(self._who(row.subject), row, pulse, self._look.now, expect)
            evidence = tuple(self._evidence(row, pulse))
            self._memory.worded[AlertKind.SILENT, row.subject] = self._look.now
            yield self._finding(AlertKind.SILENT, row.subject, words=words, evidence=evidence, since=row.newest_at)

    def thinnings(self, subjects: Sequence[str]) -> Iterator[Finding]:
        """Yield findings on who brings less than usual."""
        asked = [each for each in subjects if not self._is_within(_ASKED_AGAIN, self._memory.unshown.get(each))]
        for row in self._tx.pulses.rows(asked).values():
            pulse = unpacked(row)
            if row.members and not self._is_shown(row, pulse):
                self._memory.unshown[row.subject] = self._look.now
                continue
            evidence = (rhythm(pulse, self._look.now), *self._answers(row))
            self._memory.worded[AlertKind.THINNED, row.subject] = self._look.now
            words = thinning(self._who(row.subject), pulse)
            yield self._finding(AlertKind.THINNED, row.subject, words=words, evidence=evidence)

    def holding(self, subjects: Mapping[AlertKind, Collection[str]]) -> Iterator[Finding]:
        """Yield findings that keep alerts open which nothing else keeps: of all others nobody need know."""
        open_ = {key for key, each in self._known.items() if each.is_open}
        if not open_:
            return
        for kind, some in subjects.items():
            for subject in some:
                is_open = (kind, self._groups.alerts[subject][0]) in open_
                if is_open and (kind, subject) not in self._found:
                    yield self._finding(kind, subject, is_holding=True)

    def _finding(
        self,
        kind: AlertKind,
        of: str,
        *,
        words: str = "",
        evidence: tuple[str, ...] = (),
        since: datetime | None = None,
        is_holding: bool = False,
    ) -> Finding:
        self._found.add((kind, of))
        subject, *wider = self._groups.alerts[of]
        outlets, is_wide = self._outlets(of), subject.kind in _WIDE
        outlet = "" if is_wide else outlets[0].id
        return Finding(
            kind=kind,
            subject=subject,
            words=words,
            severity=Severity.URGENT if is_wide and kind is AlertKind.SILENT else Severity.WARNING,
            since=since,
            evidence=evidence,
            outlet=outlet,
            country=_only({each.country for each in outlets}),
            language=_only({each.language for each in outlets}),
            path=f"/ops/outlets/{outlet}" if outlet else "/ops/",
            wait=_WAIT,
            is_holding=is_holding,
            covered_by=tuple(wider),
        )

    def _sources(self, of: str) -> tuple[str, ...]:
        """Return the sources that a rhythm is made of."""
        return self._groups.members.get(of) or (of.partition(":")[2],)

    def _outlets(self, of: str) -> list[Outlet]:
        rules = self._look.rules
        ids = dict.fromkeys(rules.sources[each].outlet for each in self._sources(of))
        return [rules.outlets[each] for each in ids]

    def _outlet(self, of: str) -> Outlet | None:
        """Return whose rhythm it is, None for that of several outlets."""
        return None if self._groups.alerts[of][0].kind in _WIDE else self._outlets(of)[0]

    def _who(self, of: str) -> Named:
        return named(self._groups.alerts[of][0], self._outlet(of), len(self._outlets(of)))

    def _is_unsettled(self, of: str) -> bool:
        """Return whether there are new items, of which nothing was learned yet."""
        return self._is_behind or not self._waiting.isdisjoint(self._sources(of))

    def _is_most(self, of: str, heard: Collection[str]) -> bool:
        """Return whether sources bring most of what is to be expected of a rhythm.

        Members of a group that were silent already when its newest item came bring nothing of that.
        """
        sources = self._sources(of)
        if len(heard) == len(sources):
            return True
        newest_at = self._tx.pulses.rows([of])[of].newest_at
        rows = self._tx.pulses.rows([source_subject(each) for each in sources])
        alive = [row for row in rows.values() if row.silent_at is None or row.silent_at >= newest_at]
        rates = {row.subject: unpacked(row).rate for row in alive}
        bring = sum(rates.get(source_subject(each), 0.0) for each in heard)
        return bring > 0 and bring >= _ENOUGH * sum(rates.values())

    def _is_within(self, time: timedelta, since: datetime | None) -> bool:
        return since is not None and since <= self._look.now < since + time

    def _is_shown(self, group: PulseRow, pulse: Pulse) -> bool:
        """Return whether those show that a group is thinned who are neither quiet themselves nor unheard."""
        since = min(group.newest_at, self._look.now - _LATELY)
        answered = self._tx.pulses.answered_at(group.members)
        rows = self._tx.pulses.rows(
            [source_subject(each) for each in group.members if _is_since(answered.get(each), since)]
        )
        there = (row for row in rows.values() if row.quiet_at is None or row.quiet_at > self._look.now)
        return sum(unpacked(row).usual for row in there) >= _SHOWING * pulse.usual

    def _evidence(self, row: PulseRow, pulse: Pulse) -> Iterator[str]:
        """Yield the usual rhythm, the newest item, and who answers well."""
        if self._told < _MOST_TOLD and row.subject not in self._groups.expect:
            yield rhythm(pulse, self._look.now)
        newest, title = f"Newest: {row.newest_at:%Y-%m-%d %H:%M} UTC", self._title(row)
        yield f"{newest}, “{title}”." if title else f"{newest}."
        yield from self._answers(row)

    def _title(self, row: PulseRow) -> str | None:
        outlet, sources = self._outlet(row.subject), self._sources(row.subject)
        if outlet is None or self._told >= _MOST_TOLD:
            return None
        return self._tx.pulses.last_title(outlet.id, sources[0] if len(sources) < len(outlet.sources) else None)

    def _answers(self, row: PulseRow) -> Iterator[str]:
        """Yield who has answered well since the silence, or the newest item: outlets of a group, else addresses."""
        self._told += 1
        if self._told > _MOST_TOLD:
            return
        outlet, sources, since = self._outlet(row.subject), self._sources(row.subject), row.newest_at
        if row.silent_at is not None and row.silent_at <= self._look.now:
            since = row.silent_at
        if outlet is None:
            answered = self._tx.pulses.answered_at(sources)
            heard = {id_ for id_, at in answered.items() if at >= since}
            outlets = self._outlets(row.subject)
            names = [each.name for each in outlets if any(source.id in heard for source in each.sources)]
            shown = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
            yield f"{len(names)} of {len(outlets)} outlets answer well: {shown}."
            return
        for source in sources:
            for address, at in self._tx.pulses.endpoints_answered_at(source, since):
                yield f"Answers well: {urls.redact(urls.without_user(address))} ({at:%Y-%m-%d %H:%M} UTC)."


def _is_since(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment >= since


def _only(found: set[str]) -> str:
    return found.pop() if len(found) == 1 else ""

"""Find who has fallen silent, and who brings less than usual: outlets, their sources, countries and languages.

Only a good answer can say that there is nothing new: who does not answer is failing, not silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from syndicator import urls
from syndicator.alerts.detector import Look
from syndicator.alerts.silence_words import Named, named, rhythm, silence, thinning
from syndicator.models import Outlet
from syndicator.models.alerts import AlertKind, Finding, Severity, SubjectKind
from syndicator.models.pulses import PulseRow, source_subject
from syndicator.outbox import PulseGroups, groups_of
from syndicator.plural import counted
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
# Evidence that takes a query each is for so many findings.
_MOST_TITLES = 50
_MOST_NAMES = 12
_WIDE = (SubjectKind.COUNTRY, SubjectKind.LANGUAGE)


class SilenceDetector:
    """Finds silence and thinning in the rhythms that ``outbox.pulses`` keeps."""

    kinds = frozenset({AlertKind.SILENT, AlertKind.THINNED})
    needs_network = True

    def __init__(self) -> None:
        """Keep the groups of the rules in force: they are the same at every look."""
        self._groups: tuple[Rules, PulseGroups] | None = None

    def find(self, tx: Transaction, look: Look) -> Iterable[Finding]:
        """Yield who is silent, or holds an alert up by being quiet still, and who is thinned."""
        if self._groups is None or self._groups[0] is not look.rules:
            self._groups = look.rules, groups_of(look.rules.outlets)
        groups = self._groups[1]
        quiet = {row.subject: row for row in tx.pulses.quiet(look.now) if row.subject in groups.alerts}
        thin = [row for row in tx.pulses.thinned() if row.subject in groups.alerts]
        if not quiet and not thin:
            return
        case = _Case(tx, look, groups, [*quiet.values(), *thin])
        for row in quiet.values():
            yield case.silent(row)
        for row in thin:
            yield case.thinned(row, is_quiet=row.subject in quiet)


class _Case:
    """What findings of one look are made from."""

    def __init__(self, tx: Transaction, look: Look, groups: PulseGroups, rows: Sequence[PulseRow]) -> None:
        self._tx, self._look, self._groups = tx, look, groups
        waiting = tx.pulses.waiting(_BACKLOG)
        self._is_behind, self._waiting = len(waiting) == _BACKLOG, frozenset(waiting)
        self._answers = tx.pulses.answers(id_ for row in rows for id_ in self._sources(row))
        members = [source_subject(id_) for row in rows for id_ in groups.members.get(row.subject, ())]
        self._members = tx.pulses.rows(sorted(set(members)))
        self._titles = 0

    def silent(self, row: PulseRow) -> Finding:
        """Return a finding on who is quiet: it raises an alert if that is a silence, and somebody said so."""
        is_over = row.silent_at is not None and row.silent_at <= self._look.now
        if not is_over or self._is_unsettled(row) or not self._is_heard(row):
            return self._finding(AlertKind.SILENT, row, is_holding=True)
        pulse, expect = unpacked(row), self._groups.expect.get(row.subject)
        return self._finding(
            AlertKind.SILENT,
            row,
            words=silence(self._who(row), row, pulse, self._look.now, expect),
            evidence=tuple(self._evidence(row, pulse)),
            since=row.newest_at,
        )

    def thinned(self, row: PulseRow, *, is_quiet: bool) -> Finding:
        """Return a finding on who brings less than usual, unless it is quiet besides."""
        if is_quiet or self._is_unsettled(row):
            return self._finding(AlertKind.THINNED, row, is_holding=True)
        pulse = unpacked(row)
        evidence = (rhythm(pulse), *self._heard(row))
        return self._finding(AlertKind.THINNED, row, words=thinning(self._who(row), pulse), evidence=evidence)

    def _finding(
        self,
        kind: AlertKind,
        row: PulseRow,
        *,
        words: str = "",
        evidence: tuple[str, ...] = (),
        since: datetime | None = None,
        is_holding: bool = False,
    ) -> Finding:
        subject, *wider = self._groups.alerts[row.subject]
        outlet, is_wide = self._outlet(row), subject.kind in _WIDE
        return Finding(
            kind=kind,
            subject=subject,
            words=words,
            severity=Severity.URGENT if is_wide else Severity.WARNING,
            since=since,
            evidence=evidence,
            outlet="" if outlet is None else outlet.id,
            country=self._only(row, "country"),
            language=self._only(row, "language"),
            path=f"/ops/outlets/{outlet.id}" if outlet is not None else "/ops/",
            wait=_WAIT,
            is_holding=is_holding,
            covered_by=tuple(wider),
        )

    def _sources(self, row: PulseRow) -> tuple[str, ...]:
        """Return the sources that a rhythm is made of."""
        return self._groups.members.get(row.subject) or (row.subject.partition(":")[2],)

    def _outlets(self, row: PulseRow) -> list[Outlet]:
        rules = self._look.rules
        ids = dict.fromkeys(rules.sources[each].outlet for each in self._sources(row))
        return [rules.outlets[each] for each in ids]

    def _outlet(self, row: PulseRow) -> Outlet | None:
        """Return whose rhythm it is, None for that of several outlets."""
        is_wide = self._groups.alerts[row.subject][0].kind in _WIDE
        return None if is_wide else self._outlets(row)[0]

    def _only(self, row: PulseRow, what: Literal["country", "language"]) -> str:
        """Return the country or the language of all outlets, if they have one in common."""
        found = {each.country if what == "country" else each.language for each in self._outlets(row)}
        return found.pop() if len(found) == 1 else ""

    def _who(self, row: PulseRow) -> Named:
        outlets = self._outlets(row)
        return named(self._groups.alerts[row.subject][0], self._outlet(row), len(outlets))

    def _is_unsettled(self, row: PulseRow) -> bool:
        """Return whether there are new items, of which nothing was learned yet."""
        return self._is_behind or not self._waiting.isdisjoint(self._sources(row))

    def _is_heard(self, row: PulseRow) -> bool:
        """Return whether those who bring most of what is to be expected have answered well since it was silent.

        Of a group, members that were silent already when its newest item came bring nothing of that.
        """
        assert row.silent_at is not None
        sources = self._sources(row)
        if len(sources) == 1:
            return self._has_answered(sources[0], row.silent_at)
        rates = {each: self._rate(each, row.newest_at) for each in sources}
        heard = sum(rate for each, rate in rates.items() if self._has_answered(each, row.silent_at))
        return heard > 0 and heard >= _ENOUGH * sum(rates.values())

    def _rate(self, source: str, newest_at: datetime) -> float:
        row = self._members.get(source_subject(source))
        if row is None or (row.silent_at is not None and row.silent_at < newest_at):
            return 0.0
        return unpacked(row).rate

    def _has_answered(self, source: str, since: datetime) -> bool:
        answer = self._answers.get(source)
        return answer is not None and answer.good_at is not None and answer.good_at >= since

    def _evidence(self, row: PulseRow, pulse: Pulse) -> Iterator[str]:
        """Yield the usual rhythm, the newest item, and who answers well."""
        if row.subject not in self._groups.expect:
            yield rhythm(pulse)
        outlet = self._outlet(row)
        title = self._title(row, outlet) if outlet is not None else None
        newest = f"Newest: {row.newest_at:%Y-%m-%d %H:%M} UTC"
        yield f"{newest}, “{title}”." if title else f"{newest}."
        yield from self._heard(row)

    def _title(self, row: PulseRow, outlet: Outlet) -> str | None:
        self._titles += 1
        if self._titles > _MOST_TITLES:
            return None
        sources = self._sources(row)
        return self._tx.pulses.last_title(outlet.id, sources[0] if len(sources) < len(outlet.sources) else None)

    def _heard(self, row: PulseRow) -> Iterator[str]:
        """Yield who answers well, and since the newest item: outlets of a group, else addresses."""
        outlets = self._outlets(row)
        if self._outlet(row) is None:
            names = [each.name for each in outlets if self._answers_well(each, row.newest_at)]
            shown = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
            yield (
                f"{len(names)} of {counted(len(outlets), 'outlet')} answer well: {shown}." if names else "None answers."
            )
            return
        for source in self._sources(row):
            answer = self._answers.get(source)
            for address, good_at in answer.endpoints if answer else ():
                if good_at is not None and good_at >= row.newest_at:
                    yield f"Answers well: {urls.redact(urls.without_user(address))} ({good_at:%Y-%m-%d %H:%M} UTC)."

    def _answers_well(self, outlet: Outlet, since: datetime) -> bool:
        return any(self._has_answered(each.id, since) for each in outlet.sources)

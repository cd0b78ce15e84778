"""Who has not told an event, of those who usually tell what its tellers tell, and whether we can say so.

An outlet is called silent only where nothing of it can have passed us by: it answered at every read since the event
began, or its document still lists all that it has brought since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.models import EndpointState, Outlet, SourceState
from syndicator.models.days import DayCount, Span, date_of, day_of
from syndicator.models.reader_pages import Absent, Silence
from syndicator.outbox.event_index import WINDOW
from syndicator.parse.item_index import ItemIndex
from syndicator.runtime.address_state import UNASKED
from syndicator.runtime.reader_pages.event_cards import base_language
from syndicator.runtime.reader_pages.event_tellings import Told
from syndicator.runtime.reader_pages.reading import Reading

# What is usual is read off the latest stories of the first tellers: off their latest events, but for those that all
# outlets have, such as daily bulletins.
_MOST_TELLERS, _MOST_STORIES, _MOST_EVENTS, _LARGEST = 12, 40, 60, 60
# Outlets that told this many of them are compared; so many are shown.
_USUAL, _MOST_SHOWN = 3, 10
_MOST_TOLD = 100
# What is not known of so long is not called silence.
_STALE = timedelta(hours=12)
# A document that is filled anew by this much between two reads may have lost items unseen.
_FULL = 0.5
# Where several sources of an outlet say different things, the first that one of them says counts.
_DOUBTS = (Silence.NEVER, Silence.UNREACHED, Silence.UNREAD, Silence.GAPS, Silence.SHORT_LIST, Silence.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvidence:
    """What is known of one source since the day on which an event began."""

    silence: Silence
    reads: int
    failed: int
    last_read: datetime | None
    listed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Who has not told an event: the first ``outlets`` and how many ``more``, held against ``compared`` events."""

    outlets: tuple[Absent, ...] = ()
    more: int = 0
    compared: int = 0


def absent_outlets(reading: Reading, told: Told, elsewhere: Collection[str]) -> Absence:
    """Return the outlets that have not told an event, of those that usually tell what its tellers do.

    Those who told it ``elsewhere``, in an event that may be the same, are none of them. Where the event has more
    stories than are counted, nobody is: one of those may be theirs.
    """
    if told.is_cut:
        return Absence()
    shared, compared = _shared_events(reading, told)
    spoken = {base_language(each.language) for each in told.stories}
    outlets = reading.rules.outlets
    usual = [
        (outlets[id_], count)
        for id_, count in sorted(shared.items(), key=lambda item: (-item[1], item[0]))
        if count >= _USUAL
        and id_ in outlets
        and id_ not in told.outlets
        and id_ not in elsewhere
        and base_language(outlets[id_].language) in spoken
    ]
    shown = usual[:_MOST_SHOWN]
    return Absence(outlets=tuple(_evidence(reading, told, shown)), more=len(usual) - len(shown), compared=compared)


def _shared_events(reading: Reading, told: Told) -> tuple[Counter[str], int]:
    """Return how many of the latest events of an event's tellers each outlet told, and how many those are."""
    tx = reading.tx
    first = list(dict.fromkeys(each.outlet for each in told.stories))[:_MOST_TELLERS]
    latest = [number for outlet in first for number in tx.stories.latest_of(outlet, _MOST_STORIES)]
    events = set(tx.events.events_of(latest).values()) - {told.event.id}
    sizes = tx.events.sizes(events)
    chosen = sorted((each for each, size in sizes.items() if 1 < size <= _LARGEST), reverse=True)[:_MOST_EVENTS]
    members = tx.events.members_of(chosen)
    visible = set(reading.visible([number for some in members.values() for number in some]))
    outlets = tx.stories.outlets_of(sorted(visible))
    found: Counter[str] = Counter()
    for some in members.values():
        found.update({outlets[number] for number in some if number in outlets})
    return found, len(chosen)


def _evidence(reading: Reading, told: Told, usual: Sequence[tuple[Outlet, int]]) -> list[Absent]:
    sources = [source for outlet, _ in usual for source in outlet.sources]
    states = reading.tx.sources.states(sources)
    days = reading.tx.days.of([each.id for each in sources], day_of(told.first_at))
    span = Span(told.first_at, min(reading.now, told.event.last_at + WINDOW))
    found: list[Absent] = []
    for outlet, shared in usual:
        known = [each.id for each in outlet.sources if each.id in states]
        evidence = [judged(states[each], days.get(each, ()), span) for each in known]
        found.append(_absent(reading, told, (outlet, shared), evidence, span))
    return found


def _absent(
    reading: Reading, told: Told, usual: tuple[Outlet, int], found: Sequence[SourceEvidence], span: Span
) -> Absent:
    outlet, shared = usual
    times = [each.last_read for each in found if each.last_read]
    count = reading.tx.stories.count_after
    until = span.until or reading.now
    return Absent(
        outlet=reading.outlet(outlet.id),
        country=outlet.country,
        shared=shared,
        silence=min((each.silence for each in found), key=_DOUBTS.index, default=Silence.UNREAD),
        since=date_of(day_of(span.since)),
        reads=sum(each.reads for each in found),
        failed=sum(each.failed for each in found),
        # Of the source that answered longest ago: since then not all of it has been read.
        last_read=min(times) if times and len(times) == len(found) else None,
        told=count(outlet.id, told.stories[0].id, until, _MOST_TOLD) if reading.shows_all else None,
        listed=min((each.listed for each in found if each.listed), default=None),
    )


def judged(state: SourceState, days: Sequence[DayCount], span: Span) -> SourceEvidence:
    """Return what can be said of a source that has nothing of an event; ``days`` are those since it began.

    The event takes stories within the span, whose end is known.
    """
    within = [each for each in days if each.day in span.days(each.day)]
    failed = sum(each.failed for each in within)
    reads = sum(each.polls for each in within) - failed
    listed = _listed(state)
    last = max((each.good_at for each in state.endpoints if each.good_at), default=None)
    if last is None or last < span.since:
        silence = _unread(state, last)
    elif span.until is not None and span.until - last > _STALE:
        silence = Silence.GAPS
    elif _lists_all(state, days, listed):
        silence = Silence.SILENT
    elif not _has_answered(state, within, span):
        silence = Silence.GAPS
    else:
        is_short = listed > 0 and sum(each.new for each in within) > listed * reads * _FULL > 0
        silence = Silence.SHORT_LIST if is_short else Silence.SILENT
    return SourceEvidence(silence=silence, reads=reads, failed=failed, last_read=last, listed=listed)


def _unread(state: SourceState, last: datetime | None) -> Silence:
    """Say why there is no answer since an event began: what we did not ask, or could not, is nobody's silence."""
    asked = [each for each in state.endpoints if each.tried_at and each.outcome not in UNASKED]
    if last is None:
        return Silence.NEVER if asked else Silence.UNREAD
    return Silence.UNREACHED if any(each.tried_at and each.tried_at > last for each in asked) else Silence.UNREAD


def _lists_all(state: SourceState, days: Sequence[DayCount], listed: int) -> bool:
    """Return whether a document that was read just now has room for all that came since an event began."""
    return _answers(state) and sum(each.polls for each in days) > 0 and sum(each.new for each in days) < listed


def _has_answered(state: SourceState, days: Sequence[DayCount], span: Span) -> bool:
    """Return whether a source answered at every read, and was read on every day."""
    if not _answers(state):
        return False
    is_steady = any(each.good_since and each.good_since <= span.since for each in state.endpoints if _is_good(each))
    asked = {each.day for each in days if each.polls}
    whole = span.days(day_of(span.since))
    return (is_steady or all(not each.failed for each in days)) and asked.issuperset(whole[1:-1])


def _answers(state: SourceState) -> bool:
    return any(map(_is_good, state.endpoints))


def _is_good(state: EndpointState) -> bool:
    return state.outcome is not None and state.outcome.is_good


def _listed(state: SourceState) -> int:
    """Return how many items the document of the endpoint that answered last has; 0 where that is not known."""
    return max((len(ItemIndex(each.seen_items)) for each in state.endpoints if _is_good(each)), default=0)

"""Delete what is past retention: a little at a time, and not by a clock that has jumped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from syndicator.capture import Recorder
from syndicator.config import Config
from syndicator.errors import LocalFaultError
from syndicator.models import ChangeKind
from syndicator.models.days import STRIP_DAYS, day_of
from syndicator.outbox import Outbox
from syndicator.parse.item_index import ItemIndex, mark
from syndicator.store import ListedBy, OldStory, Store, Transaction
from syndicator.watch import WINDOW

_log = structlog.get_logger()
_STEP = 500
# How long after retention entries without a story are kept whole before they become tombstones.
_BURY_AFTER = timedelta(days=365)
# Hosts whose issuers were met so long ago are new when they come back.
_DOORS_FOR = timedelta(days=400)
# What strips show, and a little more: a machine may be a day behind.
_DAYS_KEPT = STRIP_DAYS + 5
# Retention's own time runs at most so much faster than the clock on the wall: a day in an hour.
_FASTEST = 24
# What is left of a span without stories, ten hours.
_MARGIN = timedelta(days=10)
# Where no index tells how many items a source lists, so many of its newest stories count as listed.
_UNINDEXED = 100
_LOG_KEPT_FOR = timedelta(days=400)
_CLOCK, _HEARTBEAT = "retention clock", "heartbeat"
# A lag that a machine which was off for the night has is no news.
_NOTEWORTHY_LAG = timedelta(days=2)


class CapturePruner:
    """Deletes files of captures that are too old, or beyond what all may take; and with each its rows.

    Rows of files that somebody else has deleted go too.
    """

    def __init__(self, store: Store, recorder: Recorder, config: Callable[[], Config]) -> None:
        """Delete nothing before ``prune``."""
        self._store, self._recorder, self._config = store, recorder, config

    async def prune(self, now: datetime) -> None:
        """Delete the oldest files first. Rows go before their file: one whose file is left is found again."""
        config = self._config()
        try:
            # Rows first: their files are there by then, unless somebody has deleted them.
            known = await self._store.read(lambda tx: tx.captures.files())
            gone = known - await self._recorder.names()
            outdated = await self._recorder.outdated((now - config.capture_retention).date(), config.capture_size)
            for name in (*sorted(gone), *outdated):
                while await self._store.write(partial(_forget, file=name)) == _STEP:
                    pass
                await self._recorder.delete([name])
        except LocalFaultError as error:
            _log.error("captures are not deleted", error=str(error))


class Pruner:
    """Deletes what is past ``retention``, by a time of its own.

    That time follows the clock, a day in an hour at most. If the clock has jumped ahead, there are hours to set it
    right before more than the oldest days are lost; a machine that was off for a month has caught up after a day.
    A span in which no story was first seen is passed at once, but for its last days: a clock that began in 1970 is no
    reason to wait for decades.
    """

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        *,
        clock: Callable[[], datetime],
        retention: Callable[[], timedelta],
        captures: CapturePruner | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prune nothing before ``prune``; ``steady`` counts the seconds that this program has run."""
        self._store, self._outbox, self._clock, self._retention = store, outbox, clock, retention
        self._captures = captures
        self._steady, self._pruned_at = steady, steady()
        self.notice: str | None = None

    def beat(self, tx: Transaction, now: datetime) -> None:
        """Store that the daemon is alive. A store that has no retention time yet begins with when it was so last."""
        if tx.get_meta(_CLOCK) is None:
            tx.set_meta(_CLOCK, tx.get_meta(_HEARTBEAT) or now.isoformat())
        tx.set_meta(_HEARTBEAT, now.isoformat())

    async def prune(self) -> None:
        """Delete stories, entries, comparisons and handled changes that are old enough, in small transactions."""
        now, store = self._clock(), self._store
        trusted = await self._advance(now)
        before = trusted - self._retention()
        after: OldStory | None = None
        while old := await store.read(partial(_old, before=before, after=after)):
            stories, unlisted = old
            if unlisted:
                await store.write(partial(_retract, numbers=unlisted, now=now))
            after = stories[-1]
        while await store.write(lambda tx: tx.entries.bury(before - _BURY_AFTER, _STEP)) == _STEP:
            pass
        await store.write(lambda tx: tx.mirrors.prune(trusted - WINDOW))
        await store.write(lambda tx: tx.days.prune(day_of(trusted) - _DAYS_KEPT))
        await store.write(lambda tx: tx.doors.prune(trusted - _DOORS_FOR))
        while await store.write(lambda tx: tx.alerts.prune(trusted - _LOG_KEPT_FOR, now, _STEP)) >= _STEP:
            pass
        await self._outbox.prune()
        if self._captures is not None:
            await self._captures.prune(trusted)

    async def _advance(self, now: datetime) -> datetime:
        """Move retention's time on, by what this program has run since; return it."""
        steady = self._steady()
        passed = timedelta(seconds=_FASTEST * (steady - self._pruned_at))

        def advance(tx: Transaction) -> datetime:
            stored = tx.get_meta(_CLOCK)
            before = now if stored is None else datetime.fromisoformat(stored)
            oldest = tx.retention.oldest_since(before - self._retention())
            moved = now if oldest is None else min(now, max(before + passed, oldest + self._retention() - _MARGIN))
            tx.set_meta(_CLOCK, moved.isoformat())
            return moved

        trusted = await self._store.write(advance)
        self._pruned_at = steady
        self._note(now - trusted)
        return trusted

    def _note(self, lag: timedelta) -> None:
        notice = None
        if lag >= _NOTEWORTHY_LAG:
            notice = f"the clock is {lag.days} days ahead of when stories were last deleted: of them a day's an hour go"
            if self.notice is None:
                _log.warning("retention follows slowly", days=lag.days)
        self.notice = notice


def _forget(tx: Transaction, *, file: str) -> int:
    return tx.captures.forget(file, _STEP)


def _old(tx: Transaction, *, before: datetime, after: OldStory | None) -> tuple[list[OldStory], list[int]] | None:
    """Return the next stories past retention, and the numbers of those no longer listed; None at the end."""
    stories = tx.retention.old(before, _STEP, after)
    if not stories:
        return None
    entries = tx.retention.entries([each.number for each in stories])
    sources = {each.source for each in stories} | {each.source for some in entries.values() for each in some}
    indexes = {of: [ItemIndex(packed) for packed in some] for of, some in tx.retention.indexes(sources, before).items()}
    listing = {(each.outlet, each.source) for each in stories if each.source in indexes}
    kept = tx.retention.newest({key: max(map(_count, indexes[key[1]])) for key in listing})
    marks = {of: frozenset().union(*(index.marks for index in some)) for of, some in indexes.items()}
    kept.update(number for number, some in entries.items() if any(_is_listed(each, marks) for each in some))
    return stories, [each.number for each in stories if each.number not in kept]


def _count(index: ItemIndex) -> int:
    return len(index.hashes) or _UNINDEXED


def _is_listed(entry: ListedBy, marks: dict[str, frozenset[int]]) -> bool:
    listed = marks.get(entry.source, frozenset())
    return not listed.isdisjoint((mark(entry.key.removeprefix("guid:")), mark(entry.link)))


def _retract(tx: Transaction, *, numbers: Sequence[int], now: datetime) -> None:
    tx.retention.delete(numbers)
    tx.changes.add(((number, ChangeKind.RETRACTED) for number in numbers), now)

"""Look at stories' pages again, to find those that their outlets take away. One page at a time of each outlet.

enrol stories -> fetch the page that is due -> judge; before a story counts as deleted, see whether others are there
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from syndicator import urls
from syndicator.errors import LocalFaultError, StoreError
from syndicator.ingest.joining import join_changed
from syndicator.models import (
    ChangeKind,
    Document,
    FetchOptions,
    Outlet,
    PageAnswer,
    PageCheck,
    PageVerdict,
    Validators,
)
from syndicator.rules import Rules
from syndicator.store import Store, Transaction, WatchedStory
from syndicator.watch import (
    WATCHED_FOR,
    after_look,
    answer_of,
    first_look,
    has_page,
    is_site_up,
    needs_proof,
)

_log = structlog.get_logger()
_ENROLLED_AT_ONCE = 200
_AT_ONCE = 8
_OTHERS = 3
_MOST_MIRRORS = 3
# Enough to see that a page comes, and is no redirect to another.
_LARGEST = 64 * 1024
_HOUR = timedelta(hours=1)
_POSITION = "pages of {}"


class Fetch(Protocol):
    """Requests documents; see ``poll.ports.Fetch``."""

    async def __call__(self, url: str, known: Validators, options: FetchOptions) -> Document:
        """Request one address. Raise LocalFaultError for a fault of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A page that is to be looked at now."""

    outlet: Outlet
    story: WatchedStory
    check: PageCheck
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a page's answer says, and whether it proves that the page is gone: at a second look, with others there."""

    answer: PageAnswer
    is_proof: bool = False


class PageWatch:
    """Looks at the pages of outlets that want it, at a bounded rate for each. ``run`` must not run twice at a time."""

    def __init__(
        self,
        store: Store,
        fetch: Fetch,
        *,
        rules: Callable[[], Rules],
        clock: Callable[[], datetime],
    ) -> None:
        """Request pages with ``fetch``, which is as polite as for polls."""
        self._store, self._fetch, self._rules, self._clock = store, fetch, rules, clock
        self._looked_at: dict[str, datetime] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._is_stopping: Callable[[], bool] = lambda: False

    async def run(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Look at one page that is due of each outlet, where its rate allows it."""
        self._is_stopping = is_stopping
        outlets = [each for each in self._rules().outlets.values() if each.finds_deletions]
        self._looked_at = {name: at for name, at in self._looked_at.items() if name in {each.id for each in outlets}}
        await asyncio.gather(*map(self._look_at_one, filter(self._may_look, outlets)))

    def _may_look(self, outlet: Outlet) -> bool:
        """Return whether an outlet's last page was looked at long enough ago; a clock that was set back is no wait."""
        spacing, last = _HOUR / self._rules().config.pages_per_hour, self._looked_at.get(outlet.id)
        return last is None or not timedelta(0) <= self._clock() - last < spacing

    async def _look_at_one(self, outlet: Outlet) -> None:
        async with self._slots:
            if self._is_stopping():
                return
            now = self._clock()
            if await self._store.read(partial(_new_stories, outlet=outlet, now=now)):
                await self._store.write(partial(_enrol, outlet=outlet, now=now), may_wait=True)
            due = await self._store.read(partial(_due, outlet=outlet, now=now))
            if due is None:
                return
            self._looked_at[outlet.id] = now
            look = await self._try(due)
            if look is not None and not self._is_stopping():  # what ends with the daemon says nothing of the page
                change = await self._store.write(partial(self._record, due=due, look=look))
                if change is not None:
                    _log.info("page", story=due.story.number, change=change.value, page=due.page, note=look.answer.note)

    async def _try(self, due: _Due) -> _Look | None:
        """Look at a page; return None where this machine is at fault."""
        try:
            return await self._look(due)
        except LocalFaultError as error:
            _log.warning("cannot look at pages", outlet=due.outlet.id, fault=str(error))
            return None
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one page's fault must not keep the others back
            _log.error("cannot look at a page", outlet=due.outlet.id, page=due.page, exc_info=error)
            return _Look(answer=PageAnswer(verdict=PageVerdict.UNKNOWN, note=f"{type(error).__name__}: {error}"))

    async def _look(self, due: _Due) -> _Look:
        """Return what a page's answer says, with what other pages say where that decides."""
        if not has_page(due.page, due.outlet.bases):  # the outlet, or a copy that took over, has given it another link
            return _Look(answer=PageAnswer(verdict=PageVerdict.UNKNOWN, note="leads elsewhere by now"))
        answer = await self._answer(due, due.page)
        if due.story.is_deleted or not needs_proof(due.check, answer, self._clock()):
            return _Look(answer=answer)
        if not await self._is_site_up(due):
            note = f"{answer.note}, but so are the home page or others"
            return _Look(answer=PageAnswer(verdict=PageVerdict.OUTAGE, note=note))
        return _Look(answer=replace(answer, note=await self._with_mirrors(due, answer.note)), is_proof=True)

    async def _answer(self, due: _Due, page: str) -> PageAnswer:
        source = self._rules().sources.get(due.story.source) or due.outlet.sources[0]
        options = replace(
            source.options_for(source.home), respect_robots=True, keeps_packed=False, largest=_LARGEST, captured_for=""
        )
        document = await self._fetch(page, Validators(), options)
        return answer_of(document, page, self._clock())

    async def _is_site_up(self, due: _Due) -> bool:
        """Return whether the outlet's home page and others of its pages are there."""
        home = await self._answer(due, f"{due.outlet.home}/")
        if home.verdict is not PageVerdict.THERE:
            return False
        others, has_others = await self._store.read(partial(_others, due=due))
        answers = [await self._answer(due, each) for each in others]
        return is_site_up(home, answers) if answers else not has_others

    async def _with_mirrors(self, due: _Due, note: str) -> str:
        """Return a note that names the mirrors which show a page that the home has taken away: the home decides."""
        showing = []
        for mirror in due.outlet.mirrors[:_MOST_MIRRORS]:
            page = urls.lead(due.page, mirror, due.outlet.bases)
            if (await self._answer(due, page)).verdict is PageVerdict.THERE:
                showing.append(page)
        return f"{note}; still at {' '.join(showing)}" if showing else note

    def _record(self, tx: Transaction, *, due: _Due, look: _Look) -> ChangeKind | None:
        """Store a look, and what follows from it; return that. Do nothing if the story has left the store meanwhile."""
        now, story = self._clock(), tx.page_checks.story(due.story.number)
        check = tx.page_checks.get(due.story.number)
        if story is None or check is None:
            return None
        is_known = story.is_deleted or look.is_proof
        after = after_look(check, look.answer, now, first_seen=story.first_seen, is_deleted=is_known)
        if story.is_deleted and after.is_gone:  # what proved it is told as long as it holds
            after = replace(after, note=check.note)
        tx.page_checks.save(after)
        is_deleted = is_known and after.is_gone
        if is_deleted == story.is_deleted:
            return None
        kind = ChangeKind.DELETED if is_deleted else ChangeKind.RESTORED
        tx.stories.set_deleted(story.number, now if is_deleted else None)
        tx.changes.add([(story.number, kind)], now)
        join_changed(tx, [story.number], self._rules(), now)
        return kind


def _position(tx: Transaction, outlet: Outlet, now: datetime) -> int:
    """Return the number of the last story of an outlet that was enrolled, or is too old for it."""
    return max(int(tx.get_meta(_POSITION.format(outlet.id)) or 0), tx.page_checks.since(now - WATCHED_FOR) - 1)


def _new_stories(tx: Transaction, *, outlet: Outlet, now: datetime) -> list[WatchedStory]:
    return tx.page_checks.stories(outlet.id, _position(tx, outlet, now), _ENROLLED_AT_ONCE)


def _enrol(tx: Transaction, *, outlet: Outlet, now: datetime) -> None:
    """Schedule looks at the pages of an outlet's new stories; stories of the last days when it is new here."""
    stories = _new_stories(tx, outlet=outlet, now=now)
    for story in stories:
        first = first_look(story.number, story.first_seen, now)
        if first is not None and has_page(story.link, outlet.bases):
            tx.page_checks.add(story.number, outlet.id, first)
    if stories:
        tx.set_meta(_POSITION.format(outlet.id), str(stories[-1].number))


def _due(tx: Transaction, *, outlet: Outlet, now: datetime) -> _Due | None:
    number = tx.page_checks.due(outlet.id, now)
    story = tx.page_checks.story(number) if number is not None else None
    check = tx.page_checks.get(number) if number is not None else None
    if story is None or check is None:
        return None
    return _Due(outlet=outlet, story=story, check=check, page=urls.lead(story.link or "", outlet.home, outlet.bases))


def _others(tx: Transaction, *, due: _Due) -> tuple[Collection[str], bool]:
    """Return the addresses of some other pages of the outlet, and whether it has others at all."""
    outlet, number = due.outlet, due.story.number
    found = tx.page_checks.others(outlet.id, number, 2 * _OTHERS)
    pages = [urls.lead(each.link, outlet.home, outlet.bases) for each in found if each.link]
    distinct = dict.fromkeys(page for page in pages if has_page(page, outlet.bases) and page != due.page)
    return list(distinct)[:_OTHERS], tx.page_checks.has_others(outlet.id, number)

"""Whether a story's page is gone, and when to look at it again. Pure: the time is an argument.

That a story leaves its feed says nothing. Its page is gone when it is so at two looks six hours apart, while the
outlet's home page and other pages are there.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from syndicator import domains, urls
from syndicator.models import Document, Outcome, PageAnswer, PageCheck, PageVerdict

CONFIRM_AFTER = timedelta(hours=6)
# Ages of a story at which its page is looked at: later changes are rare.
_AGES = tuple(timedelta(hours=hours) for hours in (6, 12, 24, 48, 96, 168))
WATCHED_FOR = _AGES[-1]
# So much later at most, a part that follows from the story's number: what came at once is not asked for at once.
_JITTER = 0.1
_RETRY = timedelta(hours=1)
# A page that is known to be gone may come back: looked for once a day at first, and for a month.
_BACK_FIRST, _BACK_FOR = timedelta(days=1), timedelta(days=30)
# A page of which nothing can be said for so long is given up.
_UNDECIDED_FOR = 2 * WATCHED_FOR
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(hours=1), timedelta(days=7)
_GONE = frozenset((Outcome.NOT_FOUND, Outcome.GONE))
# The page began to come: it is there, whatever is wrong with its bytes or their number.
_THERE = frozenset((Outcome.OK, Outcome.UNCHANGED, Outcome.TOO_LARGE, Outcome.TRUNCATED, Outcome.BAD_ENCODING))
_NOT_FOUND_NAME = re.compile(r"(?:error-?|page-?)?(?:404|not-?found)(?:\.[a-z]{2,5})?", re.IGNORECASE)
_LANGUAGE_NAME = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)


def answer_of(document: Document, page: str, now: datetime) -> PageAnswer:
    """Return what a response to a request for ``page`` says of it."""
    wait = document.retry_after
    not_before = now + max(_SHORTEST_WAIT, min(wait, _LONGEST_WAIT)) if wait else None
    if document.outcome in _GONE:
        return PageAnswer(verdict=PageVerdict.GONE, note=document.note or document.outcome.value)
    if document.outcome not in _THERE:
        return PageAnswer(verdict=PageVerdict.UNKNOWN, note=document.note, not_before=not_before)
    if urls.link_key(document.url) == urls.link_key(page):
        return PageAnswer(verdict=PageVerdict.THERE)
    if domains.registrable(document.url) != domains.registrable(page):
        is_moved = _segments(document.url) == _segments(page) != []
        verdict = PageVerdict.THERE if is_moved else PageVerdict.UNKNOWN
        return PageAnswer(verdict=verdict, note=f"redirected to {urls.origin(document.url)}")
    if _is_root_of(document.url, page):
        return PageAnswer(verdict=PageVerdict.GONE, note=f"redirected to {urls.redact(document.url)}")
    return PageAnswer(verdict=PageVerdict.THERE, note=f"moved to {urls.redact(document.url)}")


def has_page(link: str | None, bases: Sequence[str]) -> bool:
    """Return whether a link leads to a page of a story: one of the outlet's, and not its home page."""
    return link is not None and urls.is_below(link, bases) and bool(_segments(link) or urlsplit(link).query)


def _is_root_of(found: str, page: str) -> bool:
    """Return whether a redirect leads away from a story: to the home page, its section's, or one that says so."""
    there, here = _segments(found), _segments(page)
    if there and _NOT_FOUND_NAME.fullmatch(there[-1]):
        return True
    if len(there) == 1 and _LANGUAGE_NAME.fullmatch(there[0]):
        return True
    return not urlsplit(found).query and len(there) < len(here) and here[: len(there)] == there


def _segments(url: str) -> list[str]:
    return [part.casefold() for part in unquote(urlsplit(url).path).split("/") if part]


def first_look(story: int, first_seen: datetime, now: datetime) -> datetime | None:
    """Return when a story's page is looked at first, None if the story is too old."""
    return _by_age(story, first_seen, now)


def needs_proof(check: PageCheck, answer: PageAnswer, now: datetime) -> bool:
    """Return whether this answer would make the story a deleted one, if the outlet's other pages are there."""
    is_gone = answer.verdict is PageVerdict.GONE and check.is_gone
    return is_gone and check.gone_at is not None and now - check.gone_at >= CONFIRM_AFTER


def is_site_up(home: PageAnswer, others: Sequence[PageAnswer]) -> bool:
    """Return whether an outlet's home page is there, and at least as many other pages as are gone."""
    verdicts = [each.verdict for each in others]
    there, gone = verdicts.count(PageVerdict.THERE), verdicts.count(PageVerdict.GONE)
    return home.verdict is PageVerdict.THERE and there > 0 and there >= gone


def after_look(
    check: PageCheck, answer: PageAnswer, now: datetime, *, first_seen: datetime, is_deleted: bool
) -> PageCheck:
    """Return what is known of a page after a look at it. ``is_deleted`` says what the story is by then."""
    looked = replace(check, checks=check.checks + 1, checked_at=now, verdict=answer.verdict, note=answer.note)
    match answer.verdict:
        case PageVerdict.GONE if is_deleted:
            looked = replace(looked, next_at=_until_back(looked, now))
        case PageVerdict.GONE:
            gone_at = check.gone_at if check.is_gone and check.gone_at is not None else now
            looked = replace(looked, gone_at=gone_at, restored_at=None, next_at=gone_at + CONFIRM_AFTER)
        case PageVerdict.THERE if check.restored_at is None and check.gone_at is not None and is_deleted:
            looked = replace(looked, restored_at=now, next_at=_by_age(check.story, first_seen, now))
        case PageVerdict.THERE if check.restored_at is None:
            looked = replace(looked, gone_at=None, next_at=_by_age(check.story, first_seen, now))
        case PageVerdict.THERE:
            looked = replace(looked, next_at=_by_age(check.story, first_seen, now))
        case PageVerdict.OUTAGE:
            looked = replace(looked, gone_at=None, restored_at=None, next_at=now + CONFIRM_AFTER)
        case PageVerdict.UNKNOWN:
            looked = replace(looked, next_at=_after_nothing(looked, first_seen, now, is_deleted=is_deleted))
    if looked.next_at is None or is_deleted:
        return looked
    if now - first_seen > _UNDECIDED_FOR:
        return replace(looked, next_at=None, gone_at=None)
    return replace(looked, next_at=max(looked.next_at, answer.not_before or now))


def _by_age(story: int, first_seen: datetime, now: datetime) -> datetime | None:
    """Return the next of a story's times for a look, None after the last."""
    share = 1 + _JITTER * zlib.crc32(str(story).encode()) / 2**32
    return next((at for age in _AGES if (at := first_seen + age * share) > now), None)


def _until_back(check: PageCheck, now: datetime) -> datetime | None:
    """Return when to look whether a deleted page is back: twice as long after each look."""
    gone_for = now - (check.gone_at or now)
    return None if gone_for > _BACK_FOR else now + max(_BACK_FIRST, gone_for)


def _after_nothing(check: PageCheck, first_seen: datetime, now: datetime, *, is_deleted: bool) -> datetime | None:
    if is_deleted:
        return _until_back(check, now)
    return now + _RETRY if check.is_gone else _by_age(check.story, first_seen, now)

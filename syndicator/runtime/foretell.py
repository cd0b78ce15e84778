"""Log what edited filters will change in their feeds, before they take effect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from syndicator.config import Config
from syndicator.errors import StoreError
from syndicator.models.preview import PreviewDifference
from syndicator.query import Where, resolved
from syndicator.runtime.preview_trial import Budget, Wanted, difference
from syndicator.store import Store

_log = structlog.get_logger()
# A reload waits no longer than that, whatever is edited.
SECONDS = 2.0
_TRYING = 0.75
_MOST_NAMED = 3
# What is older, or beyond so many of the newest stories, is not looked at.
_DAYS, _MOST_STORIES = 30, 100_000


async def foretell(
    store: Store,
    before: Config,
    after: Config,
    *,
    now: datetime,
    seconds: float = SECONDS,
    steady: Callable[[], float] = time.monotonic,
) -> None:
    """Log how many of the latest stories each edited filter takes into its feed and out of it.

    Never raise, and take no longer than so many ``seconds``. Stories that the index cannot decide on are tried for
    less, so that something is known of each feed in the end.
    """
    budget = Budget(steady, seconds * _TRYING)
    try:
        edited = _edited(before.filters, after.filters)
        async with asyncio.timeout(seconds):
            for name in edited:
                await _try(store, after, name, now, budget)
    except TimeoutError:
        _log.info("what edited filters change is not known in time", feeds=len(edited))
    except Exception:  # noqa: BLE001 - a reload must not fail for what is only told
        _log.exception("what edited filters change is not known")


async def _try(store: Store, after: Config, name: str, now: datetime, budget: Budget) -> None:
    """Log what the filter of one feed will change. A failure is logged, and the other feeds follow."""
    wanted = Wanted(
        text=after.feeds[name].where,
        where=after.filters[name],
        since=now - timedelta(days=_DAYS),
        most=_MOST_STORIES,
        against=name,
    )
    try:
        _tell(name, await difference(store, after.filters, wanted, now=now, budget=budget))
    except StoreError as error:
        _log.warning("what edited filters change is not known", feed=name, error=str(error))
    except Exception:  # noqa: BLE001 - a reload must not fail for what is only told
        _log.exception("what edited filters change is not known", feed=name)


def _edited(before: Mapping[str, Where], after: Mapping[str, Where]) -> list[str]:
    """Return the names of filters that are others than before, also those whose ``feed:`` terms mean another now."""
    common = {name: where for name, where in after.items() if name in before}
    if all(where == before[name] for name, where in common.items()):
        return []
    return [name for name, where in common.items() if resolved(where, after) != resolved(before[name], before)]


def _tell(name: str, found: PreviewDifference | None) -> None:
    if found is None:
        return
    examples = {
        key: [story.title for story in stories[:_MOST_NAMED]]
        for key, stories in (("joining", found.joining), ("leaving", found.leaving))
        if stories
    }
    counts = {"days": _DAYS, "members": found.members, "joins": found.joins, "leaves": found.leaves}
    if found.untried:
        counts["untried"] = found.untried
    _log.info("filter edited", feed=name, **counts, **examples)

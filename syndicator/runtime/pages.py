"""The job that looks at stories' pages, unless this machine could not tell whether they are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from syndicator.outbox import PageWatch
from syndicator.runtime.dispatcher import Dispatcher


def page_job(
    pages: PageWatch, dispatcher: Dispatcher, is_stopping: Callable[[], bool]
) -> Callable[[], Awaitable[None]]:
    """Return a job that looks at pages while polling goes on and outlets are reached."""

    async def look_at_pages() -> None:
        if not dispatcher.is_paused and not dispatcher.offline.trouble:
            await pages.run(is_stopping)

    return look_at_pages

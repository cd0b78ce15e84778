"""When feeds are written after stories have changed."""

import asyncio

from syndicator.runtime.publishing import PublishingPace
from tests.waiting import eventually


async def test_the_first_change_is_published_at_once_and_those_that_follow_together():
    """A flood of changes is written as often as the pause allows, and none is left out."""
    changed, written = asyncio.Event(), []
    pace = PublishingPace(changed, lambda: _append(written, len(written)), pause=3600.0)
    task = asyncio.create_task(pace.run())
    changed.set()

    async def is_written():
        return written

    await eventually(is_written)
    for _ in range(100):
        changed.set()
        await asyncio.sleep(0)
    assert written == [0]
    assert changed.is_set()  # it is remembered until the pause is over
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _append(written, number):
    written.append(number)

"""From the due queue to polls, with a pipeline that only tells."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

from structlog.testing import capture_logs

from syndicator.models import Document, Outcome, PollReport, Source, Verdict
from syndicator.runtime.dispatcher import Dispatcher
from tests.conftest import NOW

SOURCES = {
    f"o{n}/f": Source(id=f"o{n}/f", outlet=f"o{n}", endpoints=(f"https://o{n}.example/f",), language="en")
    for n in range(5)
}


class Pipeline:
    """Says of every source that it is due, and of every poll that it ended with ``outcome``."""

    def __init__(self, outcome=Outcome.NOT_MODIFIED, note="", due=SOURCES):
        self.outcome, self.note, self.polled = outcome, note, []
        sources = SimpleNamespace(due=lambda now, limit: list(due), states=lambda of: {each.id: None for each in of})
        self.transaction = SimpleNamespace(sources=sources)
        rules = SimpleNamespace(sources=due, outlets={})
        self.ports = SimpleNamespace(store=self, clock=lambda: NOW, rules=lambda: rules)

    async def read(self, work):
        told = work(self.transaction)
        await asyncio.sleep(0)  # others go on meanwhile
        return told

    async def poll(self, source, state, slot, claim):
        self.polled.append(source.id)
        document = Document(endpoint=source.home, outcome=self.outcome, url=source.home, note=self.note)
        verdicts = {Verdict.NEW: 1} if self.outcome is Outcome.OK else {}
        return PollReport(source=source.id, documents=(document,), verdicts=verdicts, revised={}, next_due=NOW)


async def polled(pipeline, looks=1):
    dispatcher = Dispatcher(pipeline, 3)
    with capture_logs() as logs:
        await asyncio.gather(*(dispatcher.poll_due() for _ in range(looks)))
        await dispatcher.settled()
        dispatcher.report_quiet()
        dispatcher.report_quiet()
    return logs


async def test_polls_that_brought_nothing_are_counted_in_one_line():
    """A thousand feeds that say nothing new are no thousand lines."""
    assert [(log["event"], log.get("count")) for log in await polled(Pipeline())] == [("quiet polls", 5)]


async def test_polls_that_brought_something_or_failed_have_a_line_each():
    """Whoever looks for them finds them."""
    for pipeline in (Pipeline(Outcome.OK), Pipeline(Outcome.TIMEOUT), Pipeline(note="lists 3000 items")):
        assert [log["event"] for log in await polled(pipeline)] == ["poll"] * 5


async def test_looking_twice_at_a_time_polls_once():
    """What one look has started, and is done already, another must not start from a list of before."""
    pipeline = Pipeline()
    await polled(pipeline, looks=4)
    assert sorted(pipeline.polled) == sorted(SOURCES)


async def test_what_only_others_may_ask_is_not_due_here():
    """It may wait for ever, and this process is not stuck for that."""
    elsewhere = {id_: replace(each, ask_from=frozenset(["tr"])) for id_, each in SOURCES.items()}
    for due, is_due in ((SOURCES, True), (elsewhere, False), ({}, False)):
        pipeline = Pipeline(due=due)
        dispatcher = Dispatcher(pipeline, 3)
        assert await dispatcher.has_due() == is_due
        await dispatcher.poll_due()
        assert await dispatcher.has_due() == is_due
        await dispatcher.settled()
        assert sorted(pipeline.polled) == (sorted(due) if is_due else [])


async def test_what_is_polled_while_a_look_reads_the_store_is_not_polled_again():
    """It was due when the reading began, and its host is free when it ends."""
    pipeline, may_read = Pipeline(), asyncio.Event()
    dispatcher = Dispatcher(pipeline, 3)
    await dispatcher.poll_due()
    read = pipeline.read

    async def slow(work):
        await may_read.wait()
        return await read(work)

    pipeline.read = slow
    look = asyncio.create_task(dispatcher.poll_due())
    await dispatcher.settled()
    may_read.set()
    await look
    await dispatcher.settled()
    assert sorted(pipeline.polled) == sorted(SOURCES)

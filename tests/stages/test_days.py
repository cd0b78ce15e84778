"""Counts of each day, from polls that ended to a real store."""

from datetime import timedelta

import pytest

from syndicator.errors import StoreError
from syndicator.models import Document, Outcome, PollReport
from syndicator.models.days import EVERY_SOURCE, DayCount, day_of
from syndicator.models.decisions import Verdict
from syndicator.runtime.days import DayCounter
from syndicator.store import open_store
from tests.conftest import NOW
from tests.stores import store_url

TODAY = day_of(NOW)


@pytest.fixture
def store(tmp_path):
    opened = open_store(store_url(tmp_path / "s.db"))
    yield opened
    opened.close()


class Clock:
    now = NOW

    def __call__(self):
        return self.now


def report(source="o/f", *outcomes, new=0, copies=0):
    documents = tuple(Document(endpoint="https://o.example", outcome=each, url="") for each in outcomes or [Outcome.OK])
    return PollReport(
        source=source, documents=documents, verdicts={Verdict.NEW: new, Verdict.COPY: copies}, revised={}, next_due=NOW
    )


def counter(store, clock=None, is_offline=lambda: False):
    return DayCounter(store, clock or Clock(), is_offline)


async def days(store, source="o/f", since=0):
    return (await store.read(lambda tx: tx.days.of([source], since))).get(source, [])


async def test_polls_of_a_day_add_up_and_no_flush_counts_twice(store):
    """However often it is flushed, and by however many processes one after another."""
    first = counter(store)
    first.note(report(new=2, copies=1))
    await first.flush()
    await first.flush()
    first.note(report("o/f", Outcome.NOT_FOUND))
    await first.flush()
    second = counter(store)
    second.note(report(new=1))
    await second.end()
    assert await days(store) == [DayCount("o/f", TODAY, 4, 3, 1, Outcome.NOT_FOUND)]
    assert await days(store, EVERY_SOURCE) == [DayCount(EVERY_SOURCE, TODAY, 4, 3, 1, "")]


async def test_a_source_that_a_mirror_carries_has_not_failed(store):
    """The last endpoint asked is the one that counts."""
    days_of = counter(store)
    days_of.note(report("o/f", Outcome.TIMEOUT, Outcome.OK))
    await days_of.flush()
    assert await days(store) == [DayCount("o/f", TODAY, 0, 1, 0, "")]


async def test_what_the_store_did_not_take_is_added_the_next_time(store):
    """A full disk for a minute leaves no gap, and nothing doubled."""

    class Failing:
        is_failing = True

        async def write(self, work, **_):
            if self.is_failing:
                raise StoreError("disk full")
            return await store.write(work)

    failing = Failing()
    days_of = counter(failing)
    days_of.note(report(new=1))
    with pytest.raises(StoreError):
        await days_of.flush()
    days_of.note(report(new=1))
    failing.is_failing = False
    await days_of.flush()
    assert await days(store) == [DayCount("o/f", TODAY, 2, 2, 0, "")]


async def test_polls_that_failed_while_this_machine_was_offline_were_none(store):
    """From the first of them on, though it is known only later; the day stays grey."""
    offline = False
    days_of = counter(store, is_offline=lambda: offline)
    for source in ("a/f", "b/f", "c/f"):
        days_of.note(report(source, Outcome.DNS_ERROR))
    await days_of.flush()
    offline = True
    days_of.note(report("d/f", Outcome.TIMEOUT))
    offline = False
    days_of.note(report("e/f"))
    await days_of.flush()
    assert [await days(store, f"{each}/f") for each in "abcd"] == [[]] * 4
    assert len(await days(store, "e/f")) == 1


async def test_who_does_not_answer_while_others_do_has_failed(store):
    """A minute later: one outlet's outage must not look like ours, nor the first minute of ours like its."""
    days_of = counter(store)
    days_of.note(report("a/f", Outcome.CONNECT_ERROR))
    for _ in range(3):
        await days_of.flush()
    assert await days(store, "a/f") == []
    days_of.note(report("b/f"))
    await days_of.flush()
    assert await days(store, "a/f") == []
    await days_of.flush()
    await days_of.flush()
    assert await days(store, "a/f") == [DayCount("a/f", TODAY, 0, 1, 1, Outcome.CONNECT_ERROR)]


async def test_an_outage_that_some_hosts_are_spared_is_ours_from_its_first_minute_on(store):
    """Most fail and some answer before it is known: what failed in that minute is dropped too."""
    offline = False
    days_of = counter(store, is_offline=lambda: offline)
    for number in range(5):
        days_of.note(report(f"a{number}/f", Outcome.TIMEOUT))
        days_of.note(report("near/f"))
    await days_of.flush()
    offline = True
    await days_of.flush()
    offline = False
    await days_of.end()
    assert await days(store, "a0/f") == []
    assert len(await days(store, "near/f")) == 1


async def test_the_last_flush_takes_what_waited(store):
    """A daemon that is stopped at once after an outlet failed tells of it."""
    days_of = counter(store)
    days_of.note(report("a/f", Outcome.CONNECT_ERROR))
    days_of.note(report("b/f"))
    await days_of.end()
    assert [each.failed for each in await days(store, "a/f")] == [1]


async def test_a_poll_counts_for_the_day_on_which_it_ended_whenever_it_is_flushed(store):
    """At midnight, and after the clock was set back: no day takes what is another's."""
    clock = Clock()
    days_of = counter(store, clock)
    days_of.note(report(new=1))
    clock.now += timedelta(days=1)
    days_of.note(report(new=2))
    clock.now -= timedelta(days=1)
    days_of.note(report(new=4))
    await days_of.flush()
    assert [(each.day - TODAY, each.new) for each in await days(store)] == [(0, 5), (1, 2)]


async def test_only_what_strips_show_is_kept(store):
    """Older days are deleted; those of other sources and later ones stay."""
    kept = [DayCount(source, TODAY - back, 1, 1, 0) for source in ("a/f", "b/f") for back in (200, 100, 10, 0)]
    await store.write(lambda tx: tx.days.add(kept))
    assert await store.write(lambda tx: tx.days.prune(TODAY - 90)) == 4
    found = await store.read(lambda tx: tx.days.of(["a/f", "b/f", "c/f"], 0))
    assert {source: [TODAY - each.day for each in each_of] for source, each_of in found.items()} == {
        "a/f": [10, 0],
        "b/f": [10, 0],
    }

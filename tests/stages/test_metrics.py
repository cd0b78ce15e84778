"""What metrics say of a real application, and when they cannot know."""

import asyncio
import sqlite3
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from syndicator.alerts import Look
from syndicator.config import load
from syndicator.models import Outcome
from syndicator.models.alerts import Alert, AlertKind, AlertState, Severity, Subject
from syndicator.models.notify import Sent
from syndicator.models.status import Health
from syndicator.runtime.dispatcher import Dispatcher
from syndicator.runtime.metrics import DaemonMetrics
from syndicator.runtime.notice_counts import NoticeCounts
from syndicator.runtime.status import status
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.newsroom import EVERYTHING, MAIN, Item, outlet, rss, write_config
from tests.stores import speaks_sqlite

BODY = rss(Item("هدنة في إدلب", link=f"{HOME}/1"), Item("İdlib'de ateşkes", link=f"{HOME}/2"))


def look_of(app, **parts):
    return lambda: Look(now=app.clock(), rules=app.rules, **parts)


def numbers(metrics):
    """Return samples by name and labels."""
    return {
        (f"{each.name}{suffix}", *(value for _, value in labels)): number
        for each in metrics
        for number, labels, suffix in each.samples
    }


async def of(metrics):
    return numbers(await metrics.gather())


def by_health(found):
    return {each: found["syndicator_sources", each.name.lower()] for each in Health}


async def test_polls_are_counted_as_they_end(tmp_path):
    """By outcome, with what they brought, how long they took and when the last one was."""
    shown, clock = Shown(BODY), Clock()
    async with an_app(tmp_path, shown, clock=clock) as app:
        metrics = DaemonMetrics(app, look_of(app))
        dispatcher = Dispatcher(app.pipeline, 1, observers=(metrics.note,))
        found = await of(metrics)
        assert found["syndicator_polls_total", "ok"] == 0
        assert ("syndicator_last_poll_timestamp_seconds",) not in found
        await dispatcher.poll(source_of(app))
        shown.outcome = Outcome.DNS_ERROR
        clock.move(timedelta(seconds=90))
        await dispatcher.poll(source_of(app))
        found = await of(metrics)
        assert (found["syndicator_polls_total", "ok"], found["syndicator_polls_total", "dns_error"]) == (1, 1)
        assert found["syndicator_items_total", "new"] == 2
        assert found["syndicator_stories_total",] == 2
        assert found["syndicator_poll_duration_seconds_count",] == 2
        assert found["syndicator_last_poll_timestamp_seconds",] == clock.now.timestamp()
        assert found["syndicator_publish_behind",] == 1
        assert found["syndicator_publish_lag_seconds",] == 90
        await app.publisher.publish()
        assert (await of(metrics))["syndicator_publish_lag_seconds",] == 0


async def test_counts_of_sources_are_those_of_the_status(tmp_path):
    """After every kind of answer, without reading states again: what polls tell is enough."""
    clock, shown = Clock(), Shown(BODY)
    async with an_app(tmp_path, shown, clock=clock) as app:
        metrics = DaemonMetrics(app, look_of(app))
        dispatcher = Dispatcher(app.pipeline, 1, observers=(metrics.note,))
        seen = set()
        bad = (Outcome.TIMEOUT, Outcome.DNS_ERROR, Outcome.GONE, Outcome.NOT_FOUND, Outcome.FORBIDDEN, Outcome.TIMEOUT)
        for outcome in (None, Outcome.OK, *bad, Outcome.OK, Outcome.TIMEOUT, Outcome.OK):
            if outcome is not None:
                shown.outcome = outcome
                await dispatcher.poll(source_of(app))
            found = by_health(await of(metrics))
            (shown_outlet,) = (await status(app.config, app.store, now=clock.now)).outlets
            assert [each for each, count in found.items() if count] == [shown_outlet.health], outcome
            assert sum(found.values()) == 1
            seen.add(shown_outlet.health)
            clock.move(timedelta(seconds=10))
        assert {Health.UNPOLLED, Health.WORKING, Health.SHAKY, Health.FAILING, Health.GONE} <= seen


@speaks_sqlite
async def test_what_another_process_changes_shows_after_some_minutes(tmp_path):
    """An operator's release or confirmation is no poll."""
    clock = Clock()
    async with an_app(tmp_path, Shown(BODY), clock=clock) as app:
        metrics = DaemonMetrics(app, look_of(app))
        await Dispatcher(app.pipeline, 1).poll(source_of(app))
        assert by_health(await of(metrics))[Health.WORKING] == 1
        with sqlite3.connect(tmp_path / "s/syndicator.db") as other:
            other.execute("update endpoint set quarantine = 'confirmed'")
        other.close()
        assert by_health(await of(metrics))[Health.WORKING] == 1
        clock.move(timedelta(minutes=5))
        assert by_health(await of(metrics))[Health.QUARANTINED] == 1


@speaks_sqlite
async def test_a_scrape_reads_no_table_that_grows(tmp_path):
    """It asks indexes, whatever is stored; so does the next part of sources."""
    asked = []
    async with an_app(tmp_path, Shown()) as app:

        def look(tx):
            event.listen(tx.connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
            tx.vitals.read()
            tx.vitals.moments("", after="", limit=10)
            return [
                detail
                for statement, values in list(asked)
                for *_, detail in tx.connection.exec_driver_sql(f"explain query plan {statement}", values)
            ]

        plan = await app.store.read(look)
    assert len(asked) > 5
    assert any("USING" in each for each in plan)
    small = ("feed", "consumer")
    scans = [each.split()[1] for each in plan if each.startswith("SCAN") and "USING" not in each]
    assert [each for each in scans if each not in small and not each.startswith("pragma")] == []


async def test_a_reload_changes_what_is_counted(tmp_path):
    """Sources that left are not counted, new ones are not polled yet."""
    async with an_app(tmp_path, Shown(BODY)) as app:
        metrics = DaemonMetrics(app, look_of(app))
        dispatcher = Dispatcher(app.pipeline, 1, observers=(metrics.note,))
        gone = source_of(app)
        await dispatcher.poll(gone)
        assert (await of(metrics))["syndicator_outlets",] == 1
        folder = write_config(
            tmp_path / "d",
            outlets={"two": outlet("https://two.example"), "three": outlet("https://three.example")},
            feeds={"all": EVERYTHING},
            main=MAIN,
        )
        await app.adopt(load(folder, environ={}, state=tmp_path / "s"))
        await dispatcher.poll(gone)
        found = await of(metrics)
        assert found["syndicator_outlets",] == 2
        assert {each: count for each, count in by_health(found).items() if count} == {Health.UNPOLLED: 2}


async def test_a_store_that_does_not_answer_leaves_what_was_known(tmp_path):
    """A scrape waits so long and no longer, and says as of when its numbers are; later it catches up."""
    clock = Clock()
    async with an_app(tmp_path, Shown(BODY), clock=clock) as app:
        metrics = DaemonMetrics(app, look_of(app), patience=0.05)
        dispatcher = Dispatcher(app.pipeline, 1, observers=(metrics.note,))
        await dispatcher.poll(source_of(app))
        before, may_end = {}, threading.Event()
        while ("syndicator_sources", "working") not in before:
            before = await of(metrics)
        clock.move(timedelta(seconds=300))
        busy = [asyncio.create_task(app.store.read(lambda _: may_end.wait())) for _ in range(3)]
        await asyncio.sleep(0)
        found = await of(metrics)
        assert found["syndicator_store_read_timestamp_seconds",] == before["syndicator_store_read_timestamp_seconds",]
        assert found["syndicator_stories_total",] == 2
        assert found["syndicator_due_lag_seconds",] > before["syndicator_due_lag_seconds",] + 200
        may_end.set()
        await asyncio.gather(*busy)
        while found["syndicator_store_read_timestamp_seconds",] != clock.now.timestamp():
            found = await of(metrics)


async def test_a_store_that_another_process_writes_to_is_read_all_the_same(tmp_path):
    """A backup tool that takes its time keeps nobody from watching."""
    async with an_app(tmp_path, Shown(BODY)) as app:
        metrics = DaemonMetrics(app, look_of(app), patience=60.0)
        other = sqlite3.connect(tmp_path / "s/syndicator.db", isolation_level=None)
        try:
            other.execute("begin immediate")
            assert (await of(metrics))["syndicator_store_bytes",] > 100_000
        finally:
            other.close()


async def test_a_closed_store_is_no_fault_of_the_scrape(tmp_path):
    """As at the end of a shutdown."""
    async with an_app(tmp_path, Shown(BODY)) as app:
        metrics = DaemonMetrics(app, look_of(app))
        app.store.close()
        found = await of(metrics)
        assert found["syndicator_polls_total", "ok"] == 0
        assert ("syndicator_due_lag_seconds",) not in found


async def test_conditions_are_told_as_numbers(tmp_path):
    """Words of trouble are for people: no label has any."""
    async with an_app(tmp_path, Shown()) as app:
        metrics = DaemonMetrics(app, look_of(app, trouble=("the store fails: قرص",), is_offline=True))
        found = await of(metrics)
        assert (found["syndicator_healthy",], found["syndicator_own_network_up",]) == (False, False)
        assert not any("قرص" in label for key in found for label in key)


async def test_tries_to_tell_recipients_are_counted():
    """From zero on, for each recipient in force; one that raises has failed, too."""
    counts, answers = NoticeCounts(), [{"a": Sent()}, {"a": Sent(), "b": Sent(error="اتصال")}, OSError("no")]

    async def send(_recipient, _message, _addresses):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    counted = counts.counting(send)
    desk = SimpleNamespace(name="desk")
    assert (await counted(desk, None, ()), await counted(desk, None, ())) == (
        {"a": Sent()},
        {"a": Sent(), "b": Sent(error="اتصال")},
    )
    with pytest.raises(OSError):
        await counted(desk, None, ())
    found = numbers([counts.metric(["desk", "مكتب"])])
    name = "syndicator_notices_total"
    assert found == {
        (name, "desk", "sent"): 1,
        (name, "desk", "failed"): 2,
        (name, "مكتب", "sent"): 0,
        (name, "مكتب", "failed"): 0,
    }


async def test_open_alerts_are_counted_by_kind(tmp_path):
    """Those that are pending or over are not, and kinds of which none is open are there with 0."""
    async with an_app(tmp_path, Shown()) as app:
        metrics = DaemonMetrics(app, look_of(app))
        assert (await of(metrics))["syndicator_alerts", "silent"] == 0
        for number, state in enumerate(AlertState):
            silent = an_alert(f"outlet:o{number}", state, app.clock())
            await app.store.write(lambda tx, silent=silent: tx.alerts.add(silent))
        assert (await of(metrics))["syndicator_alerts", "silent"] == 1


def an_alert(subject, state, now):
    return Alert(
        id=0, kind=AlertKind.SILENT, subject=Subject.parse(subject), state=state, severity=Severity.WARNING,
        words="It is silent.", evidence=(), outlet="one", country="", language="", stories=(), path="", since=now,
        found_at=now, raised_at=now,
    )  # fmt: skip

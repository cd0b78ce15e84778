"""The store where several things happen at once, clocks are wrong, or very much has gathered."""

import asyncio
import re
import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from syndicator.errors import StoreError
from syndicator.ingest import COPY_WINDOW, decide, ingest
from syndicator.models import (
    NO_HINTS,
    CandidateKind,
    Capture,
    CaptureRecord,
    ChangeKind,
    EndpointState,
    EntryBatch,
    HubLink,
    MirrorCandidate,
    New,
    Outcome,
    PageCheck,
    PollBounds,
    PollingHints,
    PollRecord,
    Quarantine,
    Subscription,
    Unchanged,
)
from syndicator.models.archives import Archive
from syndicator.store import open_store
from syndicator.store.archives import packed
from tests.conftest import NOW
from tests.stages.test_store import SOURCE, prune, record, take_in
from tests.stores import BOTH, store_url
from tests.unit.test_identity import NOTHING, entry

BOUNDS = PollBounds(interval=timedelta(minutes=30), longest=timedelta(days=1))


@pytest.fixture(params=BOTH)
def store(tmp_path, request):
    made = open_store(store_url(tmp_path / "s.db", request.param), patience=0.2)
    yield made
    made.close()


async def state_of(store, source=SOURCE):
    return await store.read(lambda tx: tx.sources.state(source))


async def test_a_row_that_cannot_be_written_fails_its_own_poll_and_no_other(store):
    """Polls that are committed together share two statements; one bad value must not take the others down."""
    sources = {f"o/{n}": replace(SOURCE, id=f"o/{n}") for n in range(5)}
    await store.write(lambda tx: tx.sources.sync(sources, NOW, BOUNDS))

    def end(tx, n):
        bad = {"parser_crashes": 2**70} if n == 2 else {}  # no integer that SQLite can hold
        state = EndpointState(endpoint=SOURCE.home, outcome=Outcome.OK, good_at=NOW, **bad)
        record(tx, sources[f"o/{n}"], state, title=f"t{n}")

    results = await asyncio.gather(
        *(store.write(lambda tx, n=n: end(tx, n), may_wait=True) for n in range(5)), return_exceptions=True
    )
    assert [isinstance(each, Exception) for each in results] == [False, False, True, False, False]
    states = await store.read(lambda tx: tx.sources.states(list(sources.values())))
    assert [states[f"o/{n}"].title for n in range(5)] == ["t0", "t1", "", "t3", "t4"]


async def test_a_store_that_is_closed_says_so_instead_of_keeping_its_callers_waiting(tmp_path):
    """For writes and reads alike; closing twice is no fault."""
    store = open_store(store_url(tmp_path / "s.db"))
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.write(lambda tx: tx.set_meta("a", "1"))
    with pytest.raises(StoreError, match="closed"):
        await store.read(lambda tx: tx.get_meta("a"))


async def test_a_read_waits_for_no_other_read(store):
    """A status page that reads for long keeps no poll waiting."""
    release, entered = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_):
        loop.call_soon_threadsafe(entered.set)
        assert release.wait(60)
        return "slow"

    reading = asyncio.create_task(store.read(slow))
    await entered.wait()
    assert await store.read(lambda tx: tx.get_meta("nothing")) is None
    assert not reading.done()
    release.set()
    assert await reading == "slow"


@pytest.mark.parametrize("own_interval", [None, timedelta(hours=1)])
async def test_a_due_time_written_under_a_wrong_clock_is_pulled_in(store, own_interval):
    """One poll ten years ahead must not silence a source for ten years, restarts included."""
    source = replace(SOURCE, interval=own_interval)
    await store.write(lambda tx: tx.sources.sync({source.id: source}, NOW, BOUNDS))
    wrong = NOW + timedelta(days=3650)
    state = EndpointState(endpoint=source.home, outcome=Outcome.TIMEOUT, tried_at=wrong, next_try_at=wrong)
    await store.write(lambda tx: record(tx, source, state, polled_at=wrong, due_at=wrong))
    await store.write(lambda tx: tx.sources.sync({source.id: source}, NOW, BOUNDS))
    found = await state_of(store, source)
    assert found.due_at <= NOW + timedelta(days=1.1)
    assert found.endpoints[0].next_try_at == NOW


async def test_a_next_try_that_is_corrected_changes_the_mark_of_its_source(store):
    """Whoever keeps what was read of a source asks for marks, and would show the wrong time for ever."""
    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, BOUNDS))
    wrong = NOW + timedelta(days=3650)
    state = EndpointState(endpoint=SOURCE.home, outcome=Outcome.TIMEOUT, tried_at=NOW, next_try_at=wrong)
    await store.write(lambda tx: record(tx, SOURCE, state, polled_at=NOW, due_at=NOW))
    before = await store.read(lambda tx: tx.sources.marks())
    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, BOUNDS))
    assert (await store.read(lambda tx: tx.sources.marks())).keys() == before.keys()
    assert await store.read(lambda tx: tx.sources.marks()) != before


async def test_a_lowered_interval_counts_from_the_reload_on(store):
    """A source that is due in a day is asked within the new interval; one whose server said wait is not."""
    sources = {id_: replace(SOURCE, id=id_) for id_ in ("o/free", "o/waits")}
    await store.write(lambda tx: tx.sources.sync(sources, NOW, replace(BOUNDS, interval=timedelta(hours=20))))
    later = NOW + timedelta(hours=20)
    for id_, wait in (("o/free", None), ("o/waits", later)):
        state = EndpointState(endpoint=SOURCE.home, outcome=Outcome.OK, next_try_at=wait)
        await store.write(lambda tx, id_=id_, state=state: record(tx, sources[id_], state, due_at=later))
    await store.write(lambda tx: tx.sources.sync(sources, NOW, BOUNDS))
    assert (await state_of(store, sources["o/free"])).due_at <= NOW + timedelta(minutes=32)
    assert (await state_of(store, sources["o/waits"])).due_at == later


async def test_a_poll_writes_over_nothing_that_others_decided_meanwhile(store):
    """Its record is made again from the source's state as it is in the transaction."""
    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, BOUNDS))
    before = await state_of(store)
    await store.write(lambda tx: tx.sources.decide_quarantine(SOURCE, SOURCE.home, Quarantine.RELEASED))
    seen = []

    def rebuild(state):
        seen.append(state)
        return PollRecord(source=SOURCE.id, version=state.version, polled_at=NOW, due_at=state.due_at, endpoints=())

    stale = PollRecord(
        source=SOURCE.id, version=before.version, polled_at=NOW, due_at=NOW + timedelta(days=1), endpoints=()
    )
    await store.write(lambda tx: tx.record_poll(stale, rebuild))
    assert [state.endpoints[0].quarantine for state in seen] == [Quarantine.RELEASED]
    assert (await state_of(store)).due_at == before.due_at


async def test_old_entries_become_tombstones_and_their_items_do_not_come_back(store):
    """An entry whose story retention has deleted costs a few bytes in the end, and is still known."""
    await store.write(lambda tx: take_in(tx, entry(), entry(key="guid:2", link="home.example/2")))
    later = NOW + timedelta(days=400)
    assert await store.write(lambda tx: prune(tx, later, 1)) == [1]
    assert await store.write(lambda tx: tx.entries.bury(later, 10)) == 1  # the other still has its story
    known = await store.read(lambda tx: tx.entries.known(SOURCE, [entry()], copied_since=later - COPY_WINDOW))
    assert known.tombstones == {"guid:1"}
    (decision,) = decide([entry(title="anew")], known, source=SOURCE, endpoint=SOURCE.home, now=later)
    assert isinstance(decision, Unchanged)
    await store.write(lambda tx: take_in(tx, entry(title="anew"), now=later))
    assert await store.read(lambda tx: tx.stories.count()) == 1


async def test_changes_are_kept_until_the_slowest_consumer_has_handled_them(store):
    """In order of commit; a consumer that is new begins at the end, one that is gone holds nothing back."""
    await store.write(lambda tx: tx.changes.add([(n, ChangeKind.ADDED) for n in range(1, 11)], NOW))
    await store.write(lambda tx: tx.changes.advance("slow", 3))
    await store.write(lambda tx: tx.changes.advance("fast", 9))
    assert await store.write(lambda tx: tx.changes.prune(["slow", "fast"], 100)) == 3
    assert [each.story for each in await store.read(lambda tx: tx.changes.after(3, 3))] == [4, 5, 6]
    assert await store.read(lambda tx: tx.changes.position_of("new")) == 10
    assert await store.write(lambda tx: tx.changes.prune(["fast"], 100)) == 6
    assert await store.read(lambda tx: tx.changes.position_of("slow")) == 10


# Statements that look at every row of a table that grows with the number of stories, and may: none of them writes.
ALLOWED_SCANS = ("SELECT count(*) AS count_1 \nFROM story", "SELECT member.feed, count(*)")
GROWING = ("story", "entry", "member", "revision", "change", "tombstone", "rendered_outlet", "appearance", "capture",
           "archive", "replica_file")  # fmt: skip


def everything_that_is_written(tx):
    """Do what the daemon does in its writing transactions, on a store that holds a little of everything."""
    source = SOURCE
    tx.sources.sync({source.id: source, "o/b": replace(source, id="o/b")}, NOW, BOUNDS)
    tx.sources.sync({source.id: source}, NOW, BOUNDS)
    tx.feeds.define({"all": ("w", "l"), "gone": ("w", "l")}, NOW, last_story=0)
    tx.feeds.define({"all": ("v", "l")}, NOW, last_story=0)
    take_in(tx, entry(), entry(key="guid:2", link="home.example/2", title="u"))
    numbers = [story.id for story in tx.stories.newest(10)]
    tx.feeds.join({number: ["all"] for number in numbers}, NOW)
    tx.feeds.join({numbers[0]: ["all"]}, NOW)
    tx.stories.revise(numbers[0], entry(title="new"), NOW)
    tx.stories.confirm(numbers[0])
    tx.stories.retag(numbers[0], ())
    tx.stories.texts(numbers)
    tx.stories.revisions_of(numbers)
    tx.stories.carriers_of(numbers)
    tx.stories.set_deleted(numbers[0], NOW)
    tx.feeds.move({("all", numbers[0]): NOW})
    tx.page_checks.since(NOW)
    tx.page_checks.stories("o", 0, 10)
    tx.page_checks.add(numbers[0], "o", NOW)
    tx.page_checks.due("o", NOW)
    tx.page_checks.story(numbers[0])
    tx.page_checks.others("o", numbers[0], 6)
    tx.page_checks.has_others("o", numbers[0])
    for next_at in (NOW, None):
        tx.page_checks.save(PageCheck(story=numbers[0], outlet="o", next_at=next_at))
    tx.stories.existing_uids(["u"])
    tx.stories.below(numbers[0], 10)
    tx.feeds.backfilled("all", tried=numbers, matching={numbers[0]: NOW}, removes=True, next_below=0, now=NOW)
    tx.feeds.start_backfill(last_story=5)
    tx.feeds.rendered("all", 3, {"o"})
    tx.feeds.touch_outlet("o", NOW)
    tx.feeds.unrender(["all"])
    tx.feeds.load("all", 10)
    tx.archives.is_overflowing("all", 1)
    tx.archives.is_being_filled("all")
    tx.archives.pending("all", 10)
    tx.archives.pending("all", 10, below=1)
    tx.archives.outdated(NOW)
    made = Archive(feed="all", number=1, month="2026-03", part=1, made_at=NOW)
    tx.archives.add(made, packed(b"<feed/>"), {numbers[0]: NOW})
    tx.archives.body("all", "2026-03-1")
    tx.replicas.record("/www", {"index.html": "d"}, ["gone.html"])
    tx.replicas.written("/www")
    tx.changes.add([(numbers[0], ChangeKind.ADDED)], NOW)
    tx.changes.advance("c", 0)
    tx.changes.after(0, 10)
    tx.changes.prune(["c"], 10)
    tx.mirrors.show(source, EndpointState(endpoint=source.home), [entry()], NOW)
    tx.mirrors.suggest(
        [MirrorCandidate(outlet="o", address="https://m.example", kind=CandidateKind.NAMED, evidence="e")], NOW
    )
    tx.subscriptions.offer(HubLink(source=source.id, hub="https://hub.example", topic="t"))
    tx.subscriptions.add(
        Subscription(token="t", source=source.id, hub="https://hub.example", topic="t", secret="s"), NOW
    )
    kept = CaptureRecord(id="<urn:uuid:1>", at=NOW, file="o/d", offset=0, length=1, digest="sha256:A", is_whole=True)
    tx.captures.add([Capture(source=source.id, endpoint=source.home, outcome=Outcome.OK, record=kept)])
    tx.captures.latest(source.id, NOW)
    tx.captures.latest(source.id, NOW, endpoint=source.home)
    tx.captures.forget("o/d", 10)
    tx.sources.decide_quarantine(source, source.home, Quarantine.CONFIRMED)
    tx.sources.postpone(source.id, NOW)
    tx.sources.due(NOW, 10)
    tx.sources.states([source])
    record(
        tx, source, EndpointState(endpoint=source.home, outcome=Outcome.OK), version=tx.sources.state(source).version
    )
    (old, *_) = tx.retention.old(NOW + timedelta(days=1), 1)
    tx.retention.old(NOW + timedelta(days=1), 1, old)
    tx.retention.oldest_since(NOW)
    tx.retention.entries(numbers)
    tx.retention.indexes([source.id], NOW)
    tx.retention.newest({("o", source.id): 2})
    tx.retention.delete([old.number])
    tx.shift_times(since=NOW, by=timedelta(hours=1))
    tx.entries.bury(NOW + timedelta(days=1), 10)
    tx.mirrors.prune(NOW)


async def test_no_statement_of_the_writer_looks_at_every_row_of_a_table_that_grows(tmp_path):
    """Every plan is asked for (EXPLAIN QUERY PLAN): a scan at a million stories holds every poll for seconds."""
    store = open_store(store_url(tmp_path / "s.db", "sqlite"))
    statements = {}

    @event.listens_for(store._engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, parameters, _context, executemany):
        statements[statement] = parameters[0] if executemany and parameters else parameters

    await store.write(everything_that_is_written)
    event.remove(store._engine, "before_cursor_execute", note)

    def plans(tx):
        found = []
        for statement, parameters in statements.items():
            if not statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                continue
            if statement.startswith(ALLOWED_SCANS):
                continue
            for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                detail = row[3].split()
                if detail[0] == "SCAN" and detail[1] in GROWING:
                    found.append((row[3], statement))
        return found

    found = await store.read(plans)
    store.close()
    assert len(statements) > 50
    assert found == []


@pytest.mark.parametrize(
    ("hints", "latest"),
    [
        (NO_HINTS, timedelta(hours=20)),
        (PollingHints(pause=timedelta(hours=6)), timedelta(hours=6.2)),
        (PollingHints(days=frozenset({5, 6})), timedelta(days=2)),
    ],
)
async def test_a_due_time_that_a_feed_asked_for_is_not_pulled_in(store, hints, latest):
    """A lowered interval asks nobody more often than they want, nor on days of rest."""
    await store.write(
        lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, replace(BOUNDS, interval=timedelta(hours=20)))
    )
    state = EndpointState(endpoint=SOURCE.home, outcome=Outcome.OK)
    await store.write(lambda tx: record(tx, SOURCE, state, due_at=NOW + latest - timedelta(minutes=1), hints=hints))
    before = (await state_of(store)).due_at
    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, BOUNDS))
    assert (await state_of(store)).due_at in (before, NOW + timedelta(minutes=31.5))
    assert (await state_of(store)).due_at == before or hints is NO_HINTS


async def test_a_guid_that_is_used_again_for_todays_news_is_no_tombstone(store):
    """Only what may be old is known by its key alone."""
    known = replace(NOTHING, tombstones=frozenset({"guid:1"}))
    old, new = (
        decide([entry(published=date)], known, source=SOURCE, endpoint=SOURCE.home, now=NOW)[0]
        for date in (None, NOW - timedelta(hours=1))
    )
    assert (isinstance(old, Unchanged), isinstance(new, New)) == (True, True)


async def test_tombstones_are_looked_up_for_items_that_may_be_old(store):
    """Those without a date, and those dated before the window: what is dated of these days is news whatever its key."""
    await store.write(lambda tx: take_in(tx, entry(key="guid:حلب"), entry(key="guid:إدلب", link="home.example/2")))
    later = NOW + timedelta(days=400)
    await store.write(lambda tx: prune(tx, later, 10))
    assert await store.write(lambda tx: tx.entries.bury(later, 10)) == 2
    shown = [entry(key="guid:حلب", published=later), entry(key="guid:إدلب", published=None)]
    known = await store.read(lambda tx: tx.entries.known(SOURCE, shown, copied_since=later - COPY_WINDOW))
    assert known.tombstones == {"guid:إدلب"}


async def test_a_document_with_one_new_story_takes_thirteen_statements(store):
    """Each costs more than all that Python does around it: one more is a decision, not an accident."""
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(" ".join(re.findall(r"^[A-Z]+|(?:FROM|INTO) (?!unnest)\w+", statement)))

    nobody = {"preferred": (), "outlets": {}, "owner_of": lambda _: None}
    rules = SimpleNamespace(fingerprint="f", authority="test.invalid", **nobody)
    for name in ("Халеб", "Идлиб"):  # with the first come the index of copies, and what the outlet repeats
        found = entry(key=f"guid:{name}", link=name, text=f"{name}: мост открыт.", published=NOW)
        batch = EntryBatch(
            endpoint=EndpointState(endpoint=SOURCE.home),
            title="",
            entries=(replace(found, fingerprint=bytes(8)),),
            shared_links=(),
            rules_fingerprint="f",
        )
        if name == "Идлиб":
            event.listen(store._engine, "before_cursor_execute", note)
        await store.write(lambda tx, batch=batch: ingest(tx, SOURCE, batch, rules, NOW))
    event.remove(store._engine, "before_cursor_execute", note)
    # By key, by link, at other outlets; the index, and the story that shares a key; the uid.
    looked_up = ["guid_fault", "entry", "entry", "entry", "fingerprint", "entry FROM story", "boilerplate", "story"]
    added = [f"INSERT INTO {table}" for table in ("story", "fingerprint", "boilerplate", "entry", "change")]
    assert statements[0] in ("BEGIN", "SELECT")  # whoever writes is alone
    assert statements[1:] == [*(f"SELECT FROM {table}" for table in looked_up), *added]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # PostgreSQL chooses by what the tables hold
async def test_entries_to_bury_are_found_by_their_own_index(store):
    """However many entries have no story any more."""
    statement = "SELECT id, source, key FROM entry WHERE seen_at < 5 AND story IS NULL ORDER BY seen_at LIMIT 500"
    plan = await store.read(lambda tx: tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all())
    assert "ix_entry_story (story=? AND seen_at<?)" in plan[0][3]
    assert len(plan) == 1  # nothing is sorted

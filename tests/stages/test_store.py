"""What survives a restart, on a real SQLite file."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import ProgrammingError

from syndicator.errors import StoreError
from syndicator.ingest import COPY_WINDOW, decide
from syndicator.models import (
    EndpointState,
    New,
    Outcome,
    Picture,
    PollBounds,
    PollRecord,
    Quarantine,
    Republish,
    Source,
    Validators,
)
from syndicator.store import open_store, tables
from syndicator.store.tables import metadata
from syndicator.store.transaction import SQLTransaction
from tests.conftest import NOW
from tests.stores import BOTH, store_url
from tests.unit.test_identity import entry

SOURCE = Source(id="o/f", outlet="o", endpoints=("https://home.example/f",), language="en")


@pytest.fixture(params=BOTH)
def url(tmp_path, request):
    return store_url(tmp_path / "s.db", request.param)


@pytest.fixture
def sqlite_url(tmp_path):
    return store_url(tmp_path / "s.db", "sqlite")


@pytest.fixture
def store(url):
    made = open_store(url)
    yield made
    made.close()


def take_in(tx, *entries, source=SOURCE, now=NOW):
    known = tx.entries.known(source, entries, copied_since=now - COPY_WINDOW)
    for decision in decide(entries, known, source=source, endpoint=source.home, now=now):
        if isinstance(decision, New):
            (number,) = tx.stories.add([(f"tag:{decision.entry.key}", decision.entry)], source, now)
        else:
            number = decision.story
        tx.entries.record([(decision, number)], source, now)


def prune(tx, before, limit):
    """Delete what is past retention, whoever lists it."""
    numbers = [each.number for each in tx.retention.old(before, limit)]
    tx.retention.delete(numbers)
    return numbers


def record(tx, source, state, *, title="", version=0, **more):
    """Write the end of a poll that went well."""
    values = {"polled_at": NOW, "due_at": NOW, "working": state.endpoint, "title": title, "endpoints": (state,), **more}
    tx.record_poll(PollRecord(source=source.id, version=version, **values), lambda state: pytest.fail("not made again"))


def test_migrations_make_the_tables_of_the_schema(url):
    """Nothing is left for autogenerate to find."""
    store = open_store(url)
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_f56_a_store_of_a_newer_version_is_refused_untouched(sqlite_url, tmp_path):
    """A clear message, and not a byte written."""
    open_store(sqlite_url).close()
    with sqlite3.connect(tmp_path / "s.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = (tmp_path / "s.db").read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        open_store(sqlite_url)
    assert (tmp_path / "s.db").read_bytes() == before


def test_f56_a_file_that_is_no_database_is_refused_untouched(sqlite_url, tmp_path):
    """It is not silently made anew."""
    (tmp_path / "s.db").write_bytes(b"not a database, but somebody's file " * 100)
    with pytest.raises(StoreError, match="cannot open the store"):
        open_store(sqlite_url)
    assert (tmp_path / "s.db").read_bytes().startswith(b"not a database")


async def test_i8_validators_and_entries_are_written_together_or_not_at_all(store):
    """A fault between the two leaves neither."""
    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, PollBounds()))

    def half(tx):
        take_in(tx, entry())
        state = EndpointState(endpoint=SOURCE.home, validators=Validators(etag='"1"'), outcome=Outcome.OK)
        record(tx, SOURCE, state, news_at=NOW)
        raise RuntimeError("in between")

    with pytest.raises(RuntimeError):
        await store.write(half)
    assert await store.read(lambda tx: tx.stories.count()) == 0
    (state,) = (await store.read(lambda tx: tx.sources.state(SOURCE))).endpoints
    assert state.validators == Validators()


async def test_one_bad_write_does_not_take_its_neighbours_down(store):
    """Where one work of a group commit fails, the others are committed without it."""

    def fail(_):
        raise ValueError

    results = await asyncio.gather(
        store.write(lambda tx: tx.set_meta("a", "1")),
        store.write(fail),
        store.write(lambda tx: tx.set_meta("b", "2")),
        return_exceptions=True,
    )
    assert isinstance(results[1], ValueError)
    assert await store.read(lambda tx: (tx.get_meta("a"), tx.get_meta("b"))) == ("1", "2")


async def test_a_work_that_is_run_again_for_anothers_fault_counts_once(store):
    """Whatever fails beside it: what it wrote at first is taken back, be the fault the work's own or the database's."""
    faults = [lambda tx: tx.get_meta(1 / 0), lambda tx: tx.connection.exec_driver_sql("SELECT no_such_function()")]
    writes = [lambda tx: tx.add_to_counter("a", 1), faults[0], lambda tx: tx.add_to_counter("a", 1), faults[1]]
    results = await asyncio.gather(*(store.write(work) for work in writes), return_exceptions=True)
    assert [type(each) for each in results[:3]] == [type(None), ZeroDivisionError, type(None)]
    assert isinstance(results[3], StoreError | ProgrammingError)
    assert await store.read(lambda tx: tx.get_meta("a")) == "2"


async def test_f55_a_full_disk_fails_the_whole_group_and_says_why(sqlite_url):
    """SQLite then rolls everything back: nobody is told of success, and later writes succeed."""
    store = open_store(sqlite_url)
    pages = await store.read(lambda tx: tx.connection.exec_driver_sql("PRAGMA page_count").scalar())

    def too_much(tx):
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        try:
            for n in range(1000):
                tx.set_meta(f"k{n}", "x" * 10_000)
        finally:
            tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000")

    results = await asyncio.gather(
        store.write(lambda tx: tx.set_meta("a", "1")),
        store.write(too_much),
        store.write(lambda tx: tx.set_meta("b", "2")),
        return_exceptions=True,
    )
    kept = await store.read(lambda tx: (tx.get_meta("a"), tx.get_meta("b")))
    assert kept == tuple(
        None if isinstance(result, StoreError) else value for result, value in zip(results[::2], "12", strict=True)
    )
    assert isinstance(results[1], StoreError)
    await store.write(lambda tx: tx.set_meta("c", "3"))
    store.close()


async def test_validators_survive_a_restart_byte_for_byte(url):
    """Quotes, weakness and odd spelling included."""
    odd = Validators(etag='W/"a \'b"', last_modified="Fri, 6 Mar 2026 1:02:03 gmt", body_hash="00")
    first = open_store(url)
    await first.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, NOW, PollBounds()))
    state = EndpointState(endpoint=SOURCE.home, validators=odd, outcome=Outcome.OK, tried_at=NOW, good_at=NOW)
    await first.write(lambda tx: record(tx, SOURCE, state, title="T"))
    first.close()
    second = open_store(url)
    read = await second.read(lambda tx: tx.sources.state(SOURCE))
    second.close()
    assert read.endpoints == (state,)
    assert read.title == "T"


async def test_moments_come_back_aware_and_exact(store):
    """To the microsecond, in UTC, whatever zone they were given in."""
    moment = datetime(2026, 3, 6, 12, 0, 0, 123456, tzinfo=UTC)
    await store.write(lambda tx: tx.sources.sync({SOURCE.id: SOURCE}, moment, PollBounds()))
    assert (await store.read(lambda tx: tx.sources.state(SOURCE))).due_at == moment


async def test_due_sources_come_longest_waiting_first(store):
    """And only those that are due and in the configuration."""
    sources = {f"s{n}": replace(SOURCE, id=f"s{n}") for n in range(4)}
    await store.write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))
    for n in range(3):
        await store.write(lambda tx, n=n: tx.sources.postpone(f"s{n}", NOW - timedelta(minutes=n)))
    await store.write(lambda tx: tx.sources.postpone("s3", NOW + timedelta(minutes=1)))
    del sources["s1"]
    await store.write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))
    assert await store.read(lambda tx: tx.sources.due(NOW, 10)) == ["s2", "s0"]


async def test_retention_lets_stories_go_and_keeps_their_identity(store):
    """What was pruned does not come back as new."""
    await store.write(lambda tx: take_in(tx, entry()))
    assert await store.write(lambda tx: prune(tx, NOW + timedelta(days=1), 10)) == [1]
    await store.write(lambda tx: take_in(tx, entry(title="a new headline"), now=NOW + timedelta(days=2)))
    assert await store.read(lambda tx: tx.stories.count()) == 0


async def test_story_numbers_are_never_used_twice(store):
    """Numbers rise with first sight, even when the newest story was let go."""
    await store.write(lambda tx: take_in(tx, entry()))
    before = await store.read(lambda tx: tx.stories.last_number())
    await store.write(lambda tx: prune(tx, NOW + timedelta(days=1), 10))
    await store.write(lambda tx: take_in(tx, entry(key="guid:2", link="home.example/2")))
    assert await store.read(lambda tx: tx.stories.last_number()) > before


async def test_a_revision_keeps_the_old_words(store):
    """What was said, when it was replaced, by which address, and what of it changed."""
    await store.write(lambda tx: take_in(tx, entry(title="old")))
    revise = {"changed": ("link", "title"), "endpoint": SOURCE.home}
    await store.write(lambda tx: tx.stories.revise(1, entry(title="new"), NOW, **revise))
    (story,), (revision,) = await store.read(lambda tx: (tx.stories.get([1]), tx.stories.revisions(1)))
    assert (story.title, story.revised) == ("new", ("title",))
    assert (revision.title, revision.replaced_at) == ("old", NOW)
    assert (revision.endpoint, revision.changed) == (SOURCE.home, ("title",))
    await store.write(lambda tx: tx.stories.revise(1, entry(title="new"), NOW, changed=("text",)))
    (story,) = await store.read(lambda tx: tx.stories.get([1]))
    assert story.revised == ("title", "text")


async def test_pictures_stay_until_there_are_others(store):
    """An endpoint that shows none takes none away; who takes a story over brings its own."""
    first, other = (Picture(url=f"https://home.example/{name}.jpg", width=640) for name in "ab")
    await store.write(lambda tx: take_in(tx, replace(entry(), pictures=(first,))))

    async def revised(**what):
        await store.write(lambda tx: tx.stories.revise(1, what.pop("to"), NOW, **what))
        (story,) = await store.read(lambda tx: tx.stories.get([1]))
        return story.pictures

    assert (await store.read(lambda tx: tx.stories.get([1])))[0].pictures == (first,)
    assert await revised(to=entry(title="ب")) == (first,)
    assert await revised(to=replace(entry(title="в"), pictures=(other,))) == (other,)
    assert await revised(to=entry(title="ğ"), taken_by=SOURCE) == ()


def test_stories_of_the_version_before_have_no_pictures_and_their_outlets_no_policy(sqlite_url):
    """Both are published as they were."""
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
    with create_engine(sqlite_url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        connection.exec_driver_sql(
            "INSERT INTO story (id, uid, outlet, source, title, html, language, first_seen, updated, categories, is_confirmed)"
            " VALUES (7, 'u', 'o', 'o/f', 'هدنة', '', 'ar', 0, 0, '[]', 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO origin (source, outlet, name, home, address) VALUES ('o/f', 'o', 'O', 'https://o.example', 'https://o.example/f')"
        )
    store = open_store(sqlite_url)
    with store._engine.connect() as connection:
        transaction = SQLTransaction(connection)
        (story,), origins = transaction.stories.get([7]), transaction.origins.all()
    store.close()
    assert (story.title, story.pictures) == ("هدنة", ())
    assert origins["o/f"].republish is Republish.FULL


def test_tags_of_the_first_version_move_beside_their_stories(sqlite_url, tmp_path):
    """An upgrade loses none, and keeps their order."""
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
    with create_engine(sqlite_url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO story (id, uid, outlet, source, title, html, text, language, first_seen, updated, categories, is_confirmed)"
            " VALUES (7, 'u', 'o', 'o/f', 't', '', '', 'ar', 0, 0, '[]', 1)"
        )
        for place, term in enumerate(("SY-ID", "SY")):
            connection.exec_driver_sql(
                "INSERT INTO tag (story, scheme, term, place, label, path, evidence) VALUES (7, 'region', ?, ?, 'إدلب', ?, ?)",
                (term, place, f'["{term}"]', '[{"field": "title", "start": 0, "end": 4, "words": "إدلب"}]'),
            )
    store = open_store(sqlite_url)
    with store._engine.connect() as connection:
        (story,) = SQLTransaction(connection).stories.get([7])
    store.close()
    assert [tag.term for tag in story.tags] == ["SY-ID", "SY"]
    assert story.tags[0].evidence[0].words == story.tags[0].label == "إدلب"


async def test_revisions_of_the_version_before_say_what_they_changed(sqlite_url):
    """Read off the words that took their place, so that filters find their stories."""
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
    with create_engine(sqlite_url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        for number, title in ((7, "عنوان"), (8, "Başlık"), (9, "Заголовок")):
            connection.exec_driver_sql(
                "INSERT INTO story (id, uid, outlet, source, title, html, language, first_seen, updated, categories, is_confirmed)"
                f" VALUES ({number}, 'u{number}', 'o', 'o/f', '{title}', 'x', 'ar', 0, 0, '[]', 1)"
            )
        for number, title, text in ((7, "a", "x"), (7, "b", "x"), (7, "b", "y"), (8, "Başlık", "y")):
            connection.exec_driver_sql(
                f"INSERT INTO revision (story, replaced_at, title, html) VALUES ({number}, 0, '{title}', '{text}')"
            )
    store = open_store(sqlite_url)
    revisions, stories = await store.read(lambda tx: (tx.stories.revisions_of([7, 8, 9]), tx.stories.get([7, 8, 9])))
    store.close()
    changed = {number: [each.changed for each in found] for number, found in revisions.items()}
    assert changed == {7: [("title",), ("text",), ("title", "text")], 8: [("text",)]}
    assert {each.id: each.revised for each in stories} == {7: ("title", "text"), 8: ("text",), 9: ()}
    assert {each.deleted_at for each in stories} == {None}


async def test_ends_of_polls_go_down_together_and_only_of_those_that_succeed(url):
    """A work that fails takes its own poll's end back, and nobody else's."""
    sources = {
        f"o/{n}": Source(id=f"o/{n}", outlet="o", endpoints=(f"https://home.example/{n}",), language="en")
        for n in range(3)
    }
    store = open_store(url, patience=0.2)
    await store.write(lambda tx: tx.sources.sync(sources, NOW, PollBounds()))

    def record_poll(tx, n):
        state = EndpointState(endpoint=f"https://home.example/{n}", outcome=Outcome.OK, good_at=NOW, parser_crashes=n)
        record(tx, sources[f"o/{n}"], state, title=f"t{n}", seen_items={state.endpoint: b"i"})
        if n == 1:
            assert tx.sources.state(sources["o/0"]).title == "t0"  # what the others wrote is seen
            raise KeyError(n)

    results = await asyncio.gather(
        *(store.write(lambda tx, n=n: record_poll(tx, n), may_wait=True) for n in range(3)), return_exceptions=True
    )
    states = await store.read(lambda tx: tx.sources.states(list(sources.values())))
    store.close()
    assert [type(each) for each in results] == [type(None), KeyError, type(None)]
    assert [states[id_].title for id_ in sources] == ["t0", "", "t2"]
    assert [states[id_].endpoints[0].parser_crashes for id_ in sources] == [0, 0, 2]
    assert [states[id_].endpoints[0].seen_items for id_ in sources] == [b"i", b"", b"i"]


async def test_a_store_of_the_version_before_keeps_what_it_holds(sqlite_url):
    """Tables and columns take other names; values, ids and dates stay, and every feed is rendered once more."""
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent / "migrations"))
    with create_engine(sqlite_url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for statement in (
            (
                "INSERT INTO source (id, outlet, is_active, due_at, title, rhythm)"
                """ VALUES ('o/f', 'o', 1, 5, 'T', '{"pause":"PT3600S","hours":[1],"days":[]}')"""
            ),
            (
                "INSERT INTO endpoint (source, url, outcome, note, failures, kills, whole_at, held, move, wanted, items, latency)"
                " VALUES ('o/f', 'https://home.example/f', 'quarantined', 'n', 3.0, 3, 7, 'released',"
                """ '{"to":"https://new.example/f","since":"2026-03-06T12:00:00Z","times":2,"is_adopted":false}',"""
                " 'https://home.example/archive', x'01', 0.5)"
            ),
            (
                "INSERT INTO profile (source, title, hosts, scripts, words, familiar, learned_at)"
                " VALUES ('o/f', 'T', '[\"h\"]', '{\"LATIN\": 1.0}', '[\"truce\"]', 0.5, 9)"
            ),
            (
                "INSERT INTO hint (outlet, address, kind, evidence, first_at, last_at, times, is_dismissed)"
                " VALUES ('o', 'https://m.example', 'named', 'e', 1, 2, 3, 0)"
            ),
            "INSERT INTO offer (source, hub, topic) VALUES ('o/f', 'https://hub.example', 'https://home.example/f')",
            (
                "INSERT INTO feed (name, fingerprint, version, rendered, changed_at, fill_below, fill_removes)"
                " VALUES ('all', 'w l', 4, 4, 6, 12, 1)"
            ),
        ):
            connection.exec_driver_sql(statement)
    store = open_store(sqlite_url)
    state, profile, (candidate,), wanted, backfills, stale = await store.read(
        lambda tx: (
            tx.sources.state(SOURCE),
            tx.mirrors.profile(SOURCE),
            tx.mirrors.suggestions(),
            tx.subscriptions.wanted(NOW, timedelta(hours=6), 9),
            tx.feeds.backfills(),
            tx.feeds.stale_names(),
        )
    )
    store.close()
    (endpoint,) = state.endpoints
    assert (state.title, state.polling_hints.pause, state.version) == ("T", timedelta(hours=1), 0)
    assert (endpoint.outcome, endpoint.parser_crashes, endpoint.quarantine) == (
        Outcome.SUSPENDED, 3, Quarantine.RELEASED,
    )  # fmt: skip
    assert (endpoint.redirect.to, endpoint.missing_archive) == ("https://new.example/f", "https://home.example/archive")
    assert (endpoint.seen_items, endpoint.last_full_at.microsecond) == (b"\x01", 7)
    assert (profile.title, profile.hosts) == ("T", ("h",))
    assert (candidate.hint.address, candidate.times) == ("https://m.example", 3)
    assert [link.hub for link in wanted] == ["https://hub.example"]
    assert (backfills, stale) == ({"all": (12, True)}, ["all"])

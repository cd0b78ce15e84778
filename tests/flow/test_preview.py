"""Trying a filter: what it holds, what it would change, and what is logged before an edited one takes effect."""

import asyncio
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from syndicator.cli import cli
from syndicator.config import load
from syndicator.errors import StoreError
from syndicator.models import ChangeKind, Concept
from syndicator.models.preview import Preview
from syndicator.outbox import search_consumers
from syndicator.outbox.search import SearchFill
from syndicator.outbox.search_text import VERSION
from syndicator.query import parse
from syndicator.rules import rules_from
from syndicator.runtime.daemon import Daemon
from syndicator.runtime.foretell import foretell
from syndicator.runtime.preview import preview
from syndicator.runtime.preview_trial import Budget, Wanted
from syndicator.store import EVERY_MARK
from syndicator.store.search import Search
from syndicator.store.search_terms import Marked
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, Item, rss

DAY = timedelta(days=1)
STORIES = (
    ("Truce in Idlib", "A cease-fire began. Markets re-opened."),
    ("هدنة في إدلب", "بدأت الهدنة ظهرا، وأعيد فتح الأسواق في حلب."),
    ("آتش‌بس در غزه", "مدرسه‌های شهر باز شد."),
    ("Перемирие в Газе", "Рынки открылись, войска отошли."),
    ("Hatay'da ateşkes", "Pazarlar yeniden açıldı."),
    ("Rain in Brighton", "It rained, and the market was closed."),
)
WORDS = 'title = "Words"\nwhere = "market"\n'


def retract(tx, number):
    """Do as retention does."""
    tx.retention.delete([number])
    tx.changes.add([(number, ChangeKind.RETRACTED)], NOW)


def item(number, title, text):
    return Item(title, link=f"{HOME}/{number}", guid=str(number), text=text)


ITEMS = [item(number, *words) for number, words in enumerate(STORIES)]


def never():
    return Budget(lambda: 0.0)


def at_once():
    return Budget(lambda: 0.0, 0.0)


async def told(app, *items):
    """Have the outlet show these items, and everything follow that follows."""
    app.shown.body = rss(*(items or ITEMS))
    await app.pipeline.poll(source_of(app))
    await app.outbox.run()


@pytest.fixture
async def app(tmp_path):
    shown, clock = Shown(), Clock()
    async with an_app(tmp_path, shown, clock=clock, feeds={"all": EVERYTHING, "words": WORDS}) as made:
        made.shown = shown
        yield made


async def found(app, text, *, budget=None, store=None, **options):
    where = parse(text, app.config.vocabulary)
    wanted = Wanted(text=text, where=where, **{"since": NOW - 7 * DAY, **options})
    return await preview(store or app.store, app.rules, wanted, now=app.clock(), budget=budget or never())


async def titles(app, text, **options):
    return {story.title for story in (await found(app, text, **options)).stories}


async def marked(app, text):
    """Return the marked words of the newest story."""
    story = (await found(app, text)).stories[0]
    parts = ((story.title, story.title_marks), (story.excerpt, story.excerpt_marks))
    return [words[start:end] for words, spans in parts for start, end in spans]


async def test_what_a_filter_holds_is_shown_with_its_words_marked(app):
    """In Latin, Arabic and Cyrillic script; the newest first, with the terms that decide."""
    await told(app)
    assert await marked(app, "هدنة") == ["هدنة", "الهدنة"]
    assert await marked(app, "рынка") == ["Рынки"]
    assert await marked(app, "ateşkes*") == ["ateşkes"]
    assert await marked(app, "آتش‌بس") == ["آتش‌بس"]
    shown = await found(app, "market -brighton")
    assert [story.title for story in shown.stories] == ["Truce in Idlib"]
    assert shown.stories[0].terms == ("market by “Markets”", "not brighton")
    assert (shown.total, shown.of, shown.reach.note) == (1, 6, "")


async def test_counts_are_by_the_day_on_which_stories_came(app):
    """Days without any count too."""
    await told(app, *ITEMS[:4])
    app.clock.move(2 * DAY)
    await told(app, *ITEMS)
    days = (await found(app, "*")).days
    assert [(each.day.day, each.stories) for each in days][-3:] == [(6, 4), (7, 0), (8, 2)]
    assert sum(each.stories for each in days) == 6


async def test_counts_of_a_long_span_begin_with_the_first_story(app):
    """Nobody reads a hundred years of nothing."""
    await told(app)
    shown = await found(app, "*", since=NOW - 36_500 * DAY)
    assert [(each.day, each.stories) for each in shown.days] == [(NOW.date(), 6)]


async def test_the_forms_that_a_word_catches_are_told(app):
    """Those that stories have; a beginning has many, a quoted word one."""
    await told(app)
    (market, begun) = (await found(app, 'market or op* or "closed"')).words
    assert (market.word, [each.form for each in market.forms]) == ("market", ["market", "markets"])
    assert (begun.word, begun.count) == ("op*", 1)


async def test_the_difference_to_a_feed_is_what_an_edit_would_change(app):
    """What would join, what would leave; of a feed as it is, nothing."""
    await told(app)
    same = (await found(app, "market", against="words")).difference
    assert (same.members, same.joins, same.leaves) == (2, 0, 0)
    other = (await found(app, "idlib or gaza or truce", against="words")).difference
    assert [each.title for each in other.leaving] == ["Rain in Brighton"]
    assert (other.joins, other.leaves) == (0, 1)


async def test_what_an_outlet_has_rewritten_stays_in_a_feed_whose_filter_is_in_force(app, tmp_path):
    """It would not be taken in any more; another filter, or an edited file, takes it out."""
    await told(app)
    app.clock.move(timedelta(hours=2))
    await told(app, *ITEMS[:5], item(5, "Rain in Brighton", "It rained, and the shops were closed."))
    assert await titles(app, "market") == {"Truce in Idlib"}
    same = (await found(app, "market", against="words")).difference
    assert (same.members, same.joins, same.leaves, same.leaving) == (2, 0, 0, ())
    assert (await found(app, "market or gaza", against="words")).difference.leaves == 1
    (tmp_path / "c" / "feeds" / "words.toml").write_text("title = 'W'\nwhere = 'truce'\n", "utf-8")
    after = rules_from(load(tmp_path / "c", environ={}, state=tmp_path / "s"))
    wanted = Wanted(text="truce", where=after.filters["words"], since=NOW - 7 * DAY, against="words")
    edit = (await preview(app.store, after, wanted, now=app.clock(), budget=never())).difference
    assert (edit.members, edit.leaves) == (2, 1)


async def test_the_index_follows_what_happens_to_stories(app):
    """Rewritten, tagged anew, deleted: each is found as it is now."""
    await told(app)
    app.clock.move(DAY)
    await told(app, item(5, "Snow in Brighton", "It snowed on the ice rink."), *ITEMS[:5])
    assert await titles(app, "snow") == {"Snow in Brighton"}
    assert await titles(app, "rain") == set()
    assert await titles(app, "revised:title") == {"Snow in Brighton"}
    concepts = {"ice": Concept(id="ice", label="Ice", terms=("rink",))}
    await app.adopt(replace(app.config, concepts=concepts))
    await app.outbox.run()
    assert await titles(app, "concept:ice") == {"Snow in Brighton"}
    (story,) = (await found(app, "snow")).stories
    await app.store.write(lambda tx: retract(tx, story.id))
    await app.outbox.run()
    assert (await found(app, "snow")).total == 0
    assert await app.store.read(lambda tx: tx.search.find(Marked(EVERY_MARK))) == [6, 5, 4, 3, 2]


async def forget_index(app, below=7):
    """Make the store one of the version before, whose stories are not indexed, or only those from a number on."""

    def forget(tx):
        tx.search.remove(range(1, below))
        tx.search.filled_to(below)

    await app.store.write(forget)


async def test_before_the_index_is_complete_the_answer_is_the_same(app):
    """What is not indexed is tried."""
    await told(app)

    async def answers():
        previews = [await found(app, text) for text in ("market", "not market", "region:SY", '"cease fire"')]
        return [(each.total, each.days, each.stories) for each in previews]

    whole = await answers()
    await forget_index(app, below=5)
    assert await answers() == whole


async def test_what_is_not_tried_in_time_is_told(app):
    """How many stories, why, and since when all is known; and nothing is said to leave a feed for that."""
    await told(app)
    app.clock.move(DAY)
    await told(app, item(7, "Market day", "x"), *ITEMS)
    await forget_index(app)
    shown = await found(app, "market", budget=at_once(), against="words")
    assert (shown.total, shown.reach.untried, shown.reach.complete_since) == (1, 6, NOW)
    assert shown.reach.note == (
        "6 stories were not tried in time: the search index is still being made; all from 2026-03-06 12:00 UTC on were"
    )
    assert (shown.difference.leaves, shown.difference.untried) == (0, 6)
    shown = await found(app, "/[Mm]arket/", budget=at_once())
    assert (shown.total, shown.reach.untried) == (0, 7)


async def test_an_older_store_is_indexed_newest_first_in_small_steps(app):
    """It goes on where it was, also in a new process; each run of the outbox leaves room for others."""
    await told(app, *(item(number, f"Report {number}", "x") for number in range(450)))
    await forget_index(app, below=451)
    reached = []
    for _ in range(5):
        await SearchFill(app.store).step()
        reached.append(await app.store.read(lambda tx: tx.search.reach().below))
    assert reached == [351, 251, 151, 51, 0]
    assert (await found(app, "report")).total == 450
    await forget_index(app, below=451)
    fill = SearchFill(app.store, steps_per_run=3)
    assert [await fill.step() for _ in range(6)] == [True, True, False, True, False, False]


async def test_an_index_of_another_version_is_made_anew(app):
    """Meanwhile what it had is not asked."""
    await told(app)
    await SearchFill(app.store, version="2").step()
    assert (await found(app, "market")).total == 2
    fill = SearchFill(app.store, version="3")
    await app.store.write(lambda tx: tx.search.ensure("3"))
    assert await app.store.read(lambda tx: tx.search.reach().below) == 7
    assert (await found(app, "market")).total == 2
    await fill.step()
    assert await app.store.read(lambda tx: tx.search.reach().is_complete)


class WithoutFts5:
    """A store whose SQLite has no full-text search."""

    def __init__(self, store):
        self.store = store

    async def read(self, work):
        return await self.store.read(lambda tx: work(Bare(tx)))

    async def write(self, work, **options):
        return await self.store.write(lambda tx: work(Bare(tx)), **options)


class BareSearch(Search):
    def is_supported(self):
        return False


class Bare:
    def __init__(self, tx):
        self.tx, self.search = tx, BareSearch(tx.connection)

    def __getattr__(self, name):
        return getattr(self.tx, name)


async def test_a_store_without_full_text_search_answers_as_far_as_time_allows(app):
    """And says why that is not further; what would fill an index does nothing."""
    await told(app)
    bare = WithoutFts5(app.store)
    assert {story.title for story in (await found(app, "market", store=bare)).stories} == {
        "Truce in Idlib",
        "Rain in Brighton",
    }
    note = (await found(app, "market", store=bare, budget=at_once())).reach.note
    assert note.startswith("6 stories were not tried in time: this SQLite has no full-text search (FTS5)")
    assert await SearchFill(bare).step() is False
    await told(app, item(8, "Market day", "x"))
    for consumer in search_consumers(bare):
        assert await consumer.step() is False


async def test_an_index_that_missed_changes_is_made_anew(app):
    """Where another SQLite, without full-text search, worked on the store for some time."""
    await told(app)
    for consumer in search_consumers(WithoutFts5(app.store)):
        await consumer.step()
    assert not await app.store.read(lambda tx: tx.search.is_ready(VERSION))
    fill = SearchFill(app.store)
    await app.store.write(lambda tx: tx.search.ensure(VERSION))
    assert await app.store.read(lambda tx: tx.search.unfilled_below()) == 7
    await fill.step()
    assert await app.store.read(lambda tx: (tx.search.is_ready(VERSION), tx.search.unfilled_below())) == (True, 0)


async def test_the_file_that_keeps_a_filter_is_read_back(app):
    """As it was typed, also where TOML needs escapes."""
    for text in (
        'region:SY ("cease fire" or هدنة)',
        "/\\bWHO\\b/ idlib",
        "\"''' idlib\"",
        "idlib  # a note\nor aleppo",
    ):
        shown = await found(app, text)
        kept = tomllib.loads(shown.toml)
        assert kept["where"].strip() == text
        assert len(kept["title"]) <= 60


def edited(app, tmp_path, where):
    (tmp_path / "c" / "feeds" / "words.toml").write_text(f"title = 'W'\nwhere = '{where}'\n", "utf-8")
    return load(tmp_path / "c", environ={}, state=tmp_path / "s")


async def test_what_an_edited_filter_changes_is_logged_before_it_takes_effect(app, tmp_path):
    """How many stories join and leave, with some headlines; of feeds that stay as they are, nothing."""
    await told(app)
    with capture_logs() as logs:
        await foretell(app.store, app.config, edited(app, tmp_path, "idlib or gaza or газа"), now=app.clock())
        await foretell(app.store, app.config, app.config, now=app.clock())
    (line,) = logs
    line.pop("log_level")
    assert line == {
        "event": "filter edited",
        "feed": "words",
        "days": 30,
        "members": 2,
        "joins": 1,
        "leaves": 1,
        "joining": ["Перемирие в Газе"],
        "leaving": ["Rain in Brighton"],
    }


async def test_a_reload_logs_it_before_the_filter_is_in_force(app, tmp_path):
    """And then takes the file."""
    await told(app)
    after = edited(app, tmp_path, "idlib")
    with capture_logs() as logs:
        assert await Daemon(app, lambda: after).reload()
    events = [line["event"] for line in logs if line["event"] in ("filter edited", "reloaded")]
    assert events == ["filter edited", "reloaded"]
    assert app.config is after


async def test_what_is_foretold_is_of_the_latest_stories(app, tmp_path):
    """A store of years is not read through for a line in the log."""
    await told(app)
    app.clock.move(31 * DAY)
    await told(app, *ITEMS, item(7, "Снова на рынке", "Газа и Идлиб."))
    with capture_logs() as logs:
        await foretell(app.store, app.config, edited(app, tmp_path, "газа"), now=app.clock())
    assert [(line["joins"], line["leaves"], line["members"]) for line in logs] == [(1, 0, 0)]
    shown = await found(app, "*", since=datetime(2000, 1, 1, tzinfo=UTC), most=2)
    assert shown.total == 2


async def test_many_exclusions_are_asked_of_the_index_side_by_side(app):
    """The parser of FTS5 runs out of room where they are nested."""
    await told(app)
    excluded = " ".join(f"not published:{2000 + month // 12}-{month % 12 + 1:02}" for month in range(200))
    assert (await found(app, f"market {excluded}")).total == 2


class FailsOnce:
    """A store whose first read fails."""

    def __init__(self, store, fault):
        self._store, self._fault = store, fault

    async def read(self, work):
        if self._fault:
            fault, self._fault = self._fault, None
            raise fault
        return await self._store.read(work)


@pytest.mark.parametrize("fault", [StoreError("the store fails"), ValueError("a fault of ours")])
async def test_a_feed_that_cannot_be_foretold_keeps_no_other_untold(app, tmp_path, fault):
    """Its line says so."""
    await told(app)
    (tmp_path / "c" / "feeds" / "all.toml").write_text("title = 'A'\nwhere = 'gaza'\n", "utf-8")
    after = edited(app, tmp_path, "idlib")
    with capture_logs() as logs:
        await foretell(FailsOnce(app.store, fault), app.config, after, now=app.clock())
    assert [(line["event"], line["feed"]) for line in logs] == [
        ("what edited filters change is not known", "all"),
        ("filter edited", "words"),
    ]


class Stuck:
    """A store that never answers, or fails."""

    def __init__(self, fault=None):
        self.fault = fault

    async def read(self, work):
        if self.fault:
            raise self.fault
        await asyncio.Event().wait()


@pytest.mark.parametrize("fault", [None, StoreError("the store fails"), ValueError("a fault of ours")])
async def test_nothing_that_is_foretold_delays_a_reload_or_fails_it(app, tmp_path, fault):
    """Neither a store that hangs nor one that fails."""
    with capture_logs() as logs:
        await foretell(Stuck(fault), app.config, edited(app, tmp_path, "idlib"), now=app.clock(), seconds=0.01)
    assert [line["event"].startswith("what edited filters change is not known") for line in logs] == [True]


def invoke(tmp_path, *words):
    where = ("--config", tmp_path / "c", "--state", tmp_path / "s")
    return CliRunner().invoke(cli, [*map(str, ("preview", *words, *where))])


async def run(tmp_path, *words):
    """Run the command in a thread, beside the application."""
    return await asyncio.to_thread(invoke, tmp_path, *words)


async def test_the_command_shows_a_feed_or_a_filter_beside_a_running_daemon(app, tmp_path):
    """Marked words in brackets where there is no terminal, a bar for each day, the difference, and a file to keep it."""
    app.clock.now = datetime.now(UTC)
    await told(app)
    shown = (await run(tmp_path, "market or هدنة")).stdout
    assert shown.splitlines()[:2] == [
        "market or هدنة",
        f"  3 of 6 stories since {app.clock.now - 30 * DAY:%Y-%m-%d %H:%M} UTC match",
    ]
    assert "    [Markets]" in shown or "A cease-fire began. [Markets] re-opened." in shown
    assert "  market: market, markets (2 forms)" in shown
    assert "█|" in shown
    assert "    by market by “Markets”; http://" in shown
    assert '  # feeds/my-feed.toml\n  title = "market or هدنة"' in shown
    shown = (await run(tmp_path, "words", "--limit", "0")).stdout
    assert "Beside the feed words, with 2 stories of this time: 0 would join, 0 would leave" in shown
    assert "Stories" not in shown
    shown = (await run(tmp_path, "idlib", "--against", "words", "--since", "1d")).stdout
    assert re.search("  - .*Rain in Brighton", shown)


async def test_a_filter_may_begin_with_a_minus(app, tmp_path):
    """It is no option."""
    app.clock.now = datetime.now(UTC)
    await told(app)
    assert "  4 of 6 stories" in (await run(tmp_path, "-market", "--limit", "0")).stdout


async def test_the_command_gives_all_of_it_as_json(app, tmp_path):
    """The keys are those of the type."""
    app.clock.now = datetime.now(UTC)
    await told(app)
    found = msgspec.json.decode((await run(tmp_path, "words", "--json")).stdout, type=Preview)
    assert (found.feed, found.total, found.difference.members) == ("words", 2, 2)


async def test_an_unsaved_edit_of_a_feed_is_shown_as_the_file_says_now(app, tmp_path):
    """The daemon goes on by what it has."""
    app.clock.now = datetime.now(UTC)
    await told(app)
    edited(app, tmp_path, "idlib")
    assert "0 would join, 1 would leave" in (await run(tmp_path, "words")).stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["regoin:SY"], 2, 'line 1, column 1: there is no field "regoin"'),
        (["(idlib"], 2, "    ^"),
        (["idlib", "--since", "yesterday"], 2, "'yesterday' is neither a span like 36h, 30d or 8w nor a day"),
        (["idlib", "--against", "nothing"], 1, 'there is no feed "nothing" to compare with'),
    ],
)
async def test_what_is_wrong_with_the_words_of_the_command_is_told(app, tmp_path, words, code, told):
    """With line, column and a caret where it is the filter."""
    result = await run(tmp_path, *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr

"""Filters in a running application: details of entries, windows, events, feeds of feeds, changes of the language."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import update

from syndicator.config import load
from syndicator.errors import ConfigError
from syndicator.query import Vocabulary, parse, resolved
from syndicator.query.tree import window_of
from syndicator.store import tables
from tests.apps import HOME, Clock, Shown, an_app, source_of
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, Item, outlet, rss, write_config


def feed(where):
    return f"title = 'F'\nwhere = '''{where}'''\n"


def item(number, title, *, at=NOW, text="", link=None):
    address = link or f"{HOME}/{number}"
    return Item(title, link=address, guid=str(number), text=text, date=format_datetime(at))


async def members(app, *names):
    def look(tx):
        stories = {name: tx.stories.get(tx.feeds.members(name, 100)) for name in names}
        return [{story.title for story in stories[name]} for name in names]

    await app.outbox.run()
    found = await app.store.read(look)
    return found if len(names) > 1 else found[0]


async def test_entries_join_feeds_by_words_in_any_form_details_and_other_feeds(tmp_path):
    """What a child decides is what the filters say."""
    feeds = {
        "truces": feed("truce"),
        "exact": feed('"truce"'),
        "sport": feed("url:/sport/ and source:one/feed.xml"),
        "both": feed("feed:truces feed:sport"),
        "rest": feed("not feed:truces lang:en published:2000.."),
    }
    documents = rss(item(1, "Two truces hold"), item(2, "A truce on the pitch", link=f"{HOME}/sport/2"), item(3, "Aid"))
    async with an_app(tmp_path, Shown(documents), feeds=feeds) as app:
        await app.pipeline.poll(source_of(app))
        assert await members(app, *feeds) == [
            {"Two truces hold", "A truce on the pitch"},
            {"A truce on the pitch"},
            {"A truce on the pitch"},
            {"A truce on the pitch"},
            {"Aid"},
        ]


async def test_stories_leave_a_window_as_they_grow_old_and_old_ones_never_enter(tmp_path):
    """Neither when they come nor when the feed is filled again."""
    feeds, clock = {"new": feed("age:<2d truce"), "all": EVERYTHING}, Clock()
    young, old = item(1, "A truce"), item(2, "A truce of old", at=NOW - timedelta(days=5))
    async with an_app(tmp_path, Shown(rss(young, old)), feeds=feeds, clock=clock) as app:
        await app.pipeline.poll(source_of(app))
        assert await members(app, "new", "all") == [{"A truce"}, {"A truce", "A truce of old"}]
        clock.move(timedelta(hours=47))
        assert await members(app, "new") == {"A truce"}
        clock.move(timedelta(hours=2))
        assert await members(app, "new", "all") == [set(), {"A truce", "A truce of old"}]
        await app.store.write(lambda tx: tx.feeds.start_backfill(last_story=tx.stories.last_number()))
        assert await members(app, "new") == set()


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_clock_that_was_days_ahead_has_lost_no_story_once_it_is_right(tmp_path, is_restarted):
    """Those that it took out of a window, and those that came meanwhile."""
    feeds, clock, ahead = {"new": feed("age:<2d truce"), "other": feed("aid")}, Clock(), Clock()
    documents = [rss(item(1, "A truce")), rss(item(1, "A truce"), item(2, "A second truce"))]
    shown = Shown(documents[0])
    async with an_app(tmp_path, shown, feeds=feeds, clock=clock) as app:
        await app.pipeline.poll(source_of(app))
        assert await members(app, "new") == {"A truce"}
        if not is_restarted:
            clock.move(timedelta(days=3))
            shown.body = documents[1]
            assert await members(app, "new") == set()
            await app.pipeline.poll(source_of(app))
            clock.move(timedelta(days=-3))
            await members(app, "new")
            assert await members(app, "new") == {"A truce", "A second truce"}
            return
    ahead.move(timedelta(days=3))
    async with an_app(tmp_path, Shown(documents[1]), feeds=feeds, clock=ahead) as app:
        await app.pipeline.poll(source_of(app))
        assert await members(app, "new") == set()
    async with an_app(tmp_path, Shown(documents[1]), feeds=feeds, clock=clock) as app:
        await members(app, "new")
        assert await members(app, "new") == {"A truce", "A second truce"}
        assert await app.store.read(lambda tx: tx.feeds.backfills()) == {}


def test_only_a_window_of_the_whole_is_one_of_the_feed():
    """That of a feed which is excluded, or may be, takes nothing out of the feed that names it."""
    filters = {
        name: parse(where, Vocabulary())
        for name, where in {"today": "age:<1d truce", "week": "age:<7d feed:today"}.items()
    }
    cases = {"feed:today aid": 1, "feed:week": 1, "age:<2h feed:week": 1 / 12, "aid not feed:today": None, "aid": None}
    for where, days in cases.items():
        found = window_of(resolved(parse(where, Vocabulary()), filters))
        assert found == (None if days is None else timedelta(days=days))


async def test_a_story_joins_the_feed_of_its_event_once_it_is_assigned(tmp_path):
    """Which happens after it was stored."""
    titles = ("Bakery fire in Aleppo leaves eleven families homeless", "Parliament elects a speaker in Ankara")
    again = "Families homeless after fire guts bakery in Aleppo"
    documents = rss(*(item(number, title) for number, title in enumerate((*titles, again), 1)))
    async with an_app(tmp_path, Shown(documents), feeds={"fire": feed("event:1"), "not": feed("not event:1")}) as app:
        await app.pipeline.poll(source_of(app))
        event = {
            story.title
            for story in await app.store.read(lambda tx: tx.stories.get([n for n, _ in tx.events.members(1)]))
        }
        assert event == set()
        on_it = await members(app, "fire")
        assert on_it == await app.store.read(
            lambda tx: {story.title for story in tx.stories.get([number for number, _ in tx.events.members(1)])}
        )
        assert on_it


async def test_a_story_leaves_a_feed_without_its_event_once_it_is_assigned(tmp_path):
    """It came before anybody knew; a feed that uses such a one loses it as well, and nothing else is taken out."""
    first = item(1, "Bakery fire in Aleppo leaves eleven families homeless")
    more = [item(2, "Families homeless after fire guts bakery in Aleppo"), item(3, "Жители Казани открыли библиотеку")]
    feeds = {
        "other": feed("not event:1"),
        "of": feed("feed:other fire"),
        "fire": feed("fire or event:1"),
        "all": EVERYTHING,
    }
    shown = Shown(rss(first))
    async with an_app(tmp_path, shown, feeds=feeds) as app:
        await app.pipeline.poll(source_of(app))
        assert await members(app, "other", "of", "fire") == [set(), set(), {first.title}]
        shown.body = rss(*more, first)
        await app.pipeline.poll(source_of(app))
        there = await app.store.read(lambda tx: {name: len(tx.feeds.members(name, 9)) for name in feeds})
        assert (there["other"], there["of"]) == (2, 1)
        before = await app.store.read(lambda tx: {each.name: each.version for each in tx.feeds.states()})
        assert await members(app, "other", "of") == [{"Жители Казани открыли библиотеку"}, set()]
        assert await members(app, "fire", "all") == [
            {first.title, more[0].title},
            {each.title for each in (first, *more)},
        ]
        after = await app.store.read(lambda tx: {each.name: each.version for each in tx.feeds.states()})
        assert after["of"] > before["of"]


async def test_a_new_meaning_of_bare_words_adds_stories_and_takes_none_away(tmp_path):
    """A store of the version before is filled again; what readers have seen stays."""
    feeds = {"truces": feed("truce"), "not": feed("not truce"), "exact": feed('"truce"')}
    documents = rss(item(1, "Two truces hold"), item(2, "Aid"))

    def as_it_was(tx):
        """The bare word found itself only, and fingerprints had no version of the language."""
        connection = tx.feeds._connection
        for name, (where, look) in app.rules.feed_fingerprints().items():
            fingerprint = f"{where.partition('+')[0]} {look}"
            connection.execute(update(tables.feed).where(tables.feed.c.name == name).values(fingerprint=fingerprint))
        connection.execute(tables.member.delete())
        connection.execute(tables.member.insert(), [
            {"feed": "not", "story": number, "placed_at": NOW} for number in (1, 2)
        ])  # fmt: skip

    async with an_app(tmp_path, Shown(documents), feeds=feeds) as app:
        await app.pipeline.poll(source_of(app))
        await app.outbox.run()
        await app.store.write(as_it_was)
    async with an_app(tmp_path, Shown(documents), feeds=feeds) as app:
        assert await members(app, "truces", "not", "exact") == [{"Two truces hold"}, {"Two truces hold", "Aid"}, set()]
    edited = {**feeds, "not": feed("not truce not nothing")}
    async with an_app(tmp_path, Shown(documents), feeds=edited) as app:
        assert await members(app, "not") == {"Aid"}


async def test_a_new_meaning_of_bare_words_adds_stories_to_feeds_of_feeds(tmp_path):
    """They have none of their own, and follow in what they hold; a feed of exact words follows in nothing."""
    feeds = {
        "idlib": feed("idlib"),
        "of": feed("feed:idlib not lang:ru"),
        "exact": feed('"idlib"'),
        "e": feed("feed:exact"),
    }
    async with an_app(tmp_path, Shown(rss(item(1, "Idlib"))), feeds=feeds) as app:
        parts = {name: where.partition("+")[::2] for name, (where, _) in app.rules.feed_fingerprints().items()}
        assert {name for name, (_, meaning) in parts.items() if meaning} == {"idlib", "of"}

    def without_meaning(tx):
        """As it was before forms were found."""
        connection = tx.feeds._connection
        for name, (where, look) in app.rules.feed_fingerprints().items():
            fingerprint = f"{where.partition('+')[0]} {look}"
            connection.execute(update(tables.feed).where(tables.feed.c.name == name).values(fingerprint=fingerprint))
        connection.execute(update(tables.feed).values(backfill_below=0))

    async with an_app(tmp_path, Shown(), feeds=feeds) as app:
        await app.store.write(without_meaning)
        await app.adopt(app.config)
        filling = await app.store.read(lambda tx: tx.feeds.backfills())
        assert {name: removes for name, (_, removes) in filling.items()} == {"idlib": False, "of": False}


async def test_a_change_of_a_feed_refills_those_that_use_it(tmp_path):
    """By its filter."""
    feeds = {"a": feed("truce"), "b": feed("feed:a or aid")}
    async with an_app(tmp_path, Shown(rss(item(1, "Truce"), item(2, "Peace"))), feeds=feeds) as app:
        await app.pipeline.poll(source_of(app))
        assert await members(app, "b") == {"Truce"}
    async with an_app(tmp_path, Shown(), feeds={**feeds, "a": feed("peace")}) as app:
        assert await members(app, "b") == {"Peace"}


@pytest.mark.parametrize(
    ("feeds", "told"),
    [
        (
            {"a": feed("feed:b"), "b": feed("feed:c truce"), "c": feed("not feed:a"), "d": feed("feed:a")},
            "feeds/a.toml: where: these feeds use each other in a circle: a → b → c → a",
        ),
        ({"a": feed("feed:a or x")}, "feeds/a.toml: where: these feeds use each other in a circle: a → a"),
        (
            {"today": feed("age:<1d truce"), "b": feed("feed:today"), "a": feed("region:SY not feed:b")},
            'feeds/a.toml: where: feed:b has a window, "age:", and cannot be inside of "or" or "not"',
        ),
        ({"today": feed("age:<1d truce"), "a": feed("aid or feed:today")}, "feeds/a.toml: where: feed:today has a window"),
        ({"abc": EVERYTHING, "a": feed("feed:abd")}, 'feeds/a.toml: where: line 1, column 6: there is no feed "abd": feed:abc'),
        ({"a": 'title = "A"\nwhere = "/\\bWHO\\b/"\n'}, r"feeds/a.toml: where: line 1, column 2: in \"…\" TOML turns \b into"),
        (
            {f"f{n}": feed(" ".join(["feed:f" + str(n - 1)] * 30) if n else "x") for n in range(5)},
            "feeds/f3.toml: where: has 27000 terms with those of the feeds that it uses",
        ),
        (
            {f"f{n:04}": feed(f"feed:f{n + 1:04}" if n < 1500 else "x") for n in range(1501)},
            "use each other more than 20 deep: f0000 → f0001 →",
        ),
        (
            {f"f{n:04}": feed(f"feed:f{n - 1:04}" if n else "x") for n in range(30)},
            "use each other more than 20 deep: f0020 → f0019",
        ),
    ],
    ids=["circle", "itself", "not a window", "or a window", "unknown", "backspace", "blown up", "chain", "chain from its end"],
)  # fmt: skip
def test_what_a_configuration_may_not_hold(tmp_path, feeds, told):
    """Circles of feeds, feeds that grow by each other without end, escapes that TOML has turned into something else."""
    folder = write_config(tmp_path, outlets={"one": outlet(HOME)}, feeds=feeds)
    with pytest.raises(ConfigError) as caught:
        load(folder, environ={}, state=tmp_path / "s")
    assert told.replace('\\"', '"') in str(caught.value)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("not truce", "only excludes"),
        ("US aid", 'US also finds "us", since case is ignored; to have it count write /\\bUS\\b/'),
        ("WHO*", None),
        ("NATO", None),
        ("region:US", None),
    ],
)
def test_what_somebody_may_not_mean_is_said(tmp_path, where, told):
    """The feed is in force all the same."""
    folder = write_config(tmp_path, outlets={"one": outlet(HOME)}, feeds={"a": feed(where)})
    warnings = [str(each) for each in load(folder, environ={}, state=tmp_path / "s").warnings]
    assert [told in each for each in warnings] == ([True] if told else [])

"""What publishing reads from the store and writes there, on a real SQLite file."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from syndicator.models import PollBounds, Source
from syndicator.publish.pace import expected_gap
from syndicator.store import open_store, tables
from tests.conftest import NOW
from tests.stores import store_url
from tests.unit.test_identity import entry

SOURCE = Source(id="o/f", outlet="o", endpoints=("https://home.example/f",), language="en")


@pytest.fixture
def store(tmp_path):
    made = open_store(store_url(tmp_path / "s.db"))
    yield made
    made.close()


def fill(tx, count=3):
    """Make two feeds, and stories that are members of the first."""
    tx.sources.sync({SOURCE.id: SOURCE}, NOW, PollBounds())
    tx.feeds.define({"b": ("w", "l"), "a": ("w", "l")}, NOW, last_story=0)
    numbers = tx.stories.add([(f"tag:x:{n}", entry(f"k{n}")) for n in range(count)], SOURCE, NOW)
    tx.feeds.join({number: ["a"] for number in numbers}, NOW)


def outlets_of(tx, name):
    shown = tables.rendered_outlet
    return set(tx.connection.scalars(select(shown.c.outlet).where(shown.c.feed == name)))


async def test_a_feed_is_stale_until_its_version_is_rendered(store):
    """Names come in alphabetical order; a version that rose meanwhile is still to be rendered."""
    await store.write(fill)
    assert await store.read(lambda tx: tx.feeds.stale_names()) == ["a", "b"]
    state, _ = await store.read(lambda tx: tx.feeds.load("a", 10))
    await store.write(lambda tx: tx.feeds.touch(["a"], NOW))
    await store.write(lambda tx: tx.feeds.rendered("a", state.version, outlets=["o"]))
    await store.write(lambda tx: tx.feeds.rendered("b", 1, outlets=[]))
    assert await store.read(lambda tx: tx.feeds.stale_names()) == ["a"]


async def test_a_feed_is_loaded_with_its_newest_stories(store):
    """State and stories in one read; None for a feed that there is not."""
    await store.write(fill)
    state, stories = await store.read(lambda tx: tx.feeds.load("a", 2))
    assert (state.name, state.rendered) == ("a", 0)
    assert [story.uid for story in stories] == ["tag:x:2", "tag:x:1"]
    assert await store.read(lambda tx: tx.feeds.load("nowhere", 2)) is None


async def test_the_outlets_that_a_feed_shows_are_those_of_the_last_rendering(store):
    """Others go; a feed that a reload has deleted has none."""
    await store.write(fill)
    for outlets in (["o", "p"], ["p", "q"]):
        await store.write(lambda tx, outlets=outlets: tx.feeds.rendered("a", 1, outlets=outlets))
        assert await store.read(lambda tx: outlets_of(tx, "a")) == set(outlets)
    await store.write(lambda tx: tx.feeds.rendered("nowhere", 1, outlets=["o"]))
    assert await store.read(lambda tx: outlets_of(tx, "nowhere")) == set()


async def test_must_57_a_renamed_feed_keeps_its_stories_and_is_rendered_under_its_new_name(store):
    """Also those that its filter would not find again; in the same order, and with the outlets that it shows."""
    await store.write(fill)
    before = await store.read(lambda tx: tx.feeds.members("a", 10))
    await store.write(lambda tx: tx.feeds.rendered("a", 2, outlets=["o"], pace=90))
    await store.write(
        lambda tx: tx.feeds.define({"b": ("w", "l"), "c": ("w", "l")}, NOW, last_story=0, renamed={"a": "c"})
    )
    assert await store.read(lambda tx: tx.feeds.members("c", 10)) == before
    assert await store.read(lambda tx: (outlets_of(tx, "a"), outlets_of(tx, "c"))) == (set(), {"o"})
    assert "c" in await store.read(lambda tx: tx.feeds.stale_names())
    assert await store.read(lambda tx: tx.feeds.former_names()) == {"a": "c"}
    assert (await store.read(lambda tx: tx.feeds.paces()))["c"] == 90


async def test_must_57_names_that_are_gone_are_known_for_a_year(store):
    """And those of a rename for as long as its feed says so; a name that is a feed's again is not gone."""

    async def define(*names, days, **options):
        feeds, at = dict.fromkeys(names, ("w", "l")), NOW + timedelta(days=days)
        await store.write(lambda tx: tx.feeds.define(feeds, at, last_story=0, **options))
        return await store.read(lambda tx: tx.feeds.former_names())

    assert await define("a", "b", "outlet/jisr", "rests", days=0) == {}
    assert await define("b", days=1, renamed={"never": "b"}, resting=["rests"]) == {"a": "", "never": "b"}
    assert await define("b", days=360, renamed={"never": "b"}, resting=["rests"]) == {"a": "", "never": "b"}
    assert await define("b", days=400, renamed={"never": "b"}, resting=["rests"]) == {"never": "b"}
    assert await define("b", "never", days=401, resting=["rests"]) == {}
    assert await define(days=402, resting=["rests"]) == {"b": "", "never": ""}


@pytest.mark.parametrize(
    ("minutes_ago", "seconds"),
    [([], 0), ([5, 10], 0), ([10, 20, 30, 40], 600), ([600, 610, 620, 630, 640], 600), ([5, 5, 5, 5, 900], 0)],
)
def test_must_54_how_soon_a_feed_will_change(minutes_ago, seconds):
    """By the median of its newest stories' distances; a pause or a batch counts once."""
    times = [NOW - timedelta(minutes=each) for each in minutes_ago]
    assert expected_gap(times, NOW).total_seconds() == seconds

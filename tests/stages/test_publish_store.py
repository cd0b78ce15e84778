"""What publishing reads from the store and writes there, on a real SQLite file."""

import pytest
from sqlalchemy import select

from syndicator.models import PollBounds, Source
from syndicator.store import open_store, tables
from tests.conftest import NOW
from tests.unit.test_identity import entry

SOURCE = Source(id="o/f", outlet="o", endpoints=("https://home.example/f",), language="en")


@pytest.fixture
def store(tmp_path):
    made = open_store(f"sqlite:///{tmp_path}/s.db")
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

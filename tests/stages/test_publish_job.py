"""Publishing feed by feed: what is wrong with one feed, and what with the store or the disk."""

import errno
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta

import feedparser
import pytest
from structlog.testing import capture_logs

from syndicator.errors import StoreError
from syndicator.models import (
    NO_HINTS,
    EndpointState,
    Feed,
    FeedState,
    LinksTo,
    Outcome,
    Outlet,
    Source,
    SourceState,
    Story,
)
from syndicator.publish import FeedFiles, PublicationContext, PublicationRules, Publisher
from syndicator.publish.cache import EntryCache
from syndicator.publish.retry import FIRST_WAIT, LONGEST_WAIT
from tests.conftest import NOW

HOME, MIRROR = "https://one.example", "https://mirror.example"
SOURCE = Source(id="one/f", outlet="one", endpoints=(f"{HOME}/f", f"{MIRROR}/f"), language="en")
OUTLET = Outlet(
    id="one", name="One", country="GB", language="en", home=HOME, mirrors=(MIRROR,), links="working", sources=(SOURCE,)
)
TICK = timedelta(seconds=1)


def story(number, outlet="one", **changed):
    made = Story(
        id=number, uid=f"tag:x:{number}", outlet=outlet, source=f"{outlet}/f", source_title="", title=f"Story {number}", html="<p>w</p>",
        link=f"https://{outlet}.example/{number}", author=None, language="en", published=None, first_seen=NOW, updated=NOW,
    )  # fmt: skip
    return replace(made, **changed)


@dataclass
class FakeStore:
    """Feeds and their stories in memory, behind the store's interface; ``failing`` are the subjects that raise."""

    stories: dict[str, list[Story]]
    versions: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    outlets: dict[str, frozenset[str]] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    outcomes: tuple[Outcome, Outcome] = (Outcome.OK, Outcome.OK)
    loaded: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def read(self, work):
        return work(self)

    async def write(self, work):
        return work(self)

    @property
    def feeds(self):
        return self

    @property
    def sources(self):
        return self

    @property
    def archives(self):
        return self

    def outdated(self, _before):
        return []

    def touch(self, name):
        self.versions[name] = self.versions.get(name, 1) + 1

    def stale_names(self):
        if "stale_names" in self.failing:
            raise self.failing["stale_names"]
        return [name for name in sorted(self.stories) if self.done.get(name, 0) < self.versions.get(name, 1)]

    def load(self, name, limit):
        self.loaded.append(name)
        if name in self.failing:
            raise self.failing[name]
        version = self.versions.get(name, 1)
        state = FeedState(name=name, version=version, rendered=self.done.get(name, 0), changed_at=NOW)
        return state, self.stories[name][:limit]

    def rendered(self, name, version, *, outlets, pace):
        self.done[name], self.outlets[name] = version, frozenset(outlets)

    def unrender(self, names):
        for name in names:
            self.done[name] = 0

    def states(self, of):
        self.asked.extend(source.id for source in of)
        pairs = zip(SOURCE.endpoints, self.outcomes, strict=True)
        endpoints = tuple(EndpointState(endpoint=url, outcome=outcome) for url, outcome in pairs)
        nothing = dict.fromkeys(("working", "polled_at", "good_at", "news_at", "pushed_until"))
        state = SourceState(
            id="one/f", due_at=NOW, title="", polling_hints=NO_HINTS, version=0, endpoints=endpoints, **nothing
        )
        return {source.id: state for source in of}


class Stage:
    """A publisher of three feeds between a fake store, real files and a clock that stands still."""

    def __init__(self, folder, *, files=None):
        self.folder, self.now = folder, NOW
        self.store = FakeStore({name: [story(1)] for name in ("aaa", "bbb", "zzz")})
        self.files = files or FeedFiles(folder)
        feeds = {name: Feed(name=name, title=name, where="", has_archives=False) for name in self.store.stories}
        context = PublicationContext(
            base_url="http://h", title="T", authority="x,2026", outlets={"one": OUTLET}, labels={}
        )
        self.rules = PublicationRules(feeds=feeds, context=context)
        self.publisher = Publisher(self.store, self.files, lambda: self.rules, lambda: self.now)

    async def publish(self):
        return await self.publisher.publish()

    def entries(self, name, format_name="atom"):
        return feedparser.parse((self.folder / f"{name}.{format_name}").read_bytes()).entries

    def reload(self):
        self.rules = replace(self.rules)


async def test_stale_feeds_are_published_once(tmp_path):
    """In each of their formats, and not again before their version rises."""
    stage = Stage(tmp_path)
    assert await stage.publish() == ["aaa", "bbb", "zzz"]
    assert await stage.publish() == []
    stage.store.touch("bbb")
    assert await stage.publish() == ["bbb"]
    assert [len(stage.entries("bbb", name)) for name in ("atom", "rss")] == [1, 1]
    assert stage.store.outlets["bbb"] == {"one"}


async def test_stories_are_loaded_feed_by_feed(tmp_path):
    """The first feed is on disk before the second is loaded: memory does not grow with their number."""
    stage = Stage(tmp_path)
    on_disk = []
    load = stage.store.load
    stage.store.load = lambda *args: on_disk.append(len(list(tmp_path.iterdir()))) or load(*args)
    await stage.publish()
    assert on_disk == [0, 3, 6]


async def test_a_cache_smaller_than_all_feeds_still_helps(tmp_path):
    """All feeds change again and again: those that one run ended with are the first of the next."""
    stage = Stage(tmp_path)
    names = [f"f{number:02}" for number in range(20)]
    stage.store.stories = {name: [story(20 * n + k) for k in range(20)] for n, name in enumerate(names)}
    feeds = {name: Feed(name=name, title=name, where="", has_archives=False) for name in names}
    context = replace(stage.rules.context, entry_cache=EntryCache(500_000))
    stage.rules = PublicationRules(feeds=feeds, context=context)
    for _ in range(5):
        assert sorted(await stage.publish()) == names
        for name in names:
            stage.store.touch(name)
    assert context.entry_cache.entries.weight <= 500_000
    assert context.entry_cache.entries.hits > 1000


async def test_a_folder_in_a_files_place_stops_no_other_feed(tmp_path):
    """Nor the feed's other format; it is told what to do."""
    (tmp_path / "aaa.atom").mkdir()
    stage = Stage(tmp_path)
    with capture_logs() as logs:
        assert await stage.publish() == ["bbb", "zzz"]
    assert len(stage.entries("aaa", "rss")) == 1
    assert list(stage.publisher.problems) == ["aaa"]
    assert str(tmp_path / "aaa.atom") in stage.publisher.problems["aaa"].message
    assert "move it away" in stage.publisher.problems["aaa"].message
    assert [(log["feed"], log["log_level"]) for log in logs] == [("aaa", "error")]


async def test_a_feed_that_cannot_be_loaded_stops_no_other(tmp_path):
    """Whatever the store reads for it is damaged."""
    stage = Stage(tmp_path)
    stage.store.failing["bbb"] = LookupError("a damaged row")
    assert await stage.publish() == ["aaa", "zzz"]
    assert "LookupError: a damaged row" in stage.publisher.problems["bbb"].message


async def test_a_feed_that_cannot_be_rendered_stops_no_other(tmp_path):
    """The fault is in the feed itself, and not in each of its stories."""
    stage = Stage(tmp_path)
    stage.rules.feeds["bbb"] = replace(stage.rules.feeds["bbb"], title=None)
    with capture_logs() as logs:
        assert await stage.publish() == ["aaa", "zzz"]
    assert [log["event"] for log in logs] == ["cannot publish a feed", "cannot write the list of feeds"]


async def test_a_failing_feed_is_tried_again_at_growing_intervals(tmp_path):
    """From half a minute to an hour, and not in between; success ends it."""
    (tmp_path / "aaa.atom").mkdir()
    stage = Stage(tmp_path)
    await stage.publish()
    wait = FIRST_WAIT
    for _ in range(12):
        tries = stage.store.loaded.count("aaa")
        stage.now += wait - TICK
        await stage.publish()
        assert stage.store.loaded.count("aaa") == tries
        stage.now += TICK
        await stage.publish()
        assert stage.store.loaded.count("aaa") == tries + 1
        wait = min(2 * wait, LONGEST_WAIT)
    assert wait == LONGEST_WAIT
    (tmp_path / "aaa.atom").rmdir()
    stage.now += wait
    assert await stage.publish() == ["aaa"]
    assert stage.publisher.problems == {}


async def test_a_failing_feed_is_tried_at_once_after_a_reload(tmp_path):
    """The operator need not wait for the hour to end."""
    (tmp_path / "aaa.atom").mkdir()
    stage = Stage(tmp_path)
    await stage.publish()
    (tmp_path / "aaa.atom").rmdir()
    assert await stage.publish() == []
    stage.reload()
    assert await stage.publish() == ["aaa"]


async def test_a_clock_that_is_set_back_makes_no_wait_longer(tmp_path):
    """The next try is not a year away."""
    (tmp_path / "aaa.atom").mkdir()
    stage = Stage(tmp_path)
    await stage.publish()
    (tmp_path / "aaa.atom").rmdir()
    stage.now -= timedelta(days=365)
    assert await stage.publish() == ["aaa"]


async def test_a_feed_that_left_the_configuration_is_no_problem_any_more(tmp_path):
    """Nobody can mend it."""
    (tmp_path / "aaa.atom").mkdir()
    stage = Stage(tmp_path)
    await stage.publish()
    feeds = {name: feed for name, feed in stage.rules.feeds.items() if name != "aaa"}
    stage.rules = replace(stage.rules, feeds=feeds)
    assert await stage.publish() == []
    assert stage.publisher.problems == {}


async def test_a_failing_store_ends_the_run(tmp_path):
    """It is no feed's fault, and no feed waits for it afterwards."""
    stage = Stage(tmp_path)
    stage.store.failing["bbb"] = StoreError("locked")
    with pytest.raises(StoreError):
        await stage.publish()
    assert stage.publisher.problems == {}
    del stage.store.failing["bbb"]
    assert sorted(await stage.publish()) == ["bbb", "zzz"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
async def test_a_disk_that_takes_nothing_ends_the_run(tmp_path, number):
    """It is no feed's fault; what is published stays, and everything goes on once the disk is well."""
    is_full = False

    def fsync(_descriptor):
        if is_full:
            raise OSError(number, "the disk takes nothing")

    stage = Stage(tmp_path, files=FeedFiles(tmp_path, fsync=fsync))
    await stage.publish()
    for name in stage.store.stories:
        stage.store.touch(name)
        stage.store.stories[name].append(story(2))
    is_full = True
    with pytest.raises(OSError, match="takes nothing"):
        await stage.publish()
    assert stage.publisher.problems == {}
    assert len(stage.entries("aaa")) == 1
    is_full = False
    assert sorted(await stage.publish()) == ["aaa", "bbb", "zzz"]


async def test_a_folder_that_is_deleted_while_a_feed_is_written_is_made_again(tmp_path):
    """The feed is no failing one: the next run writes it."""

    def delete_once(_descriptor):
        if not deleted:
            deleted.append(True)
            shutil.rmtree(tmp_path / "feeds")

    deleted = []
    stage = Stage(tmp_path / "feeds", files=FeedFiles(tmp_path / "feeds", fsync=delete_once))
    assert await stage.publish() == ["bbb", "zzz"]
    assert stage.publisher.problems == {}
    assert await stage.publish() == ["aaa"]


async def test_a_file_too_large_for_the_disk_stops_no_other_feed(tmp_path):
    """The disk is full for this one alone: a small file still fits."""

    class SmallDisk(FeedFiles):
        def put(self, name, body, modified):
            if name.startswith("aaa"):
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().put(name, body, modified)

    stage = Stage(tmp_path, files=SmallDisk(tmp_path))
    assert await stage.publish() == ["bbb", "zzz"]
    assert list(stage.publisher.problems) == ["aaa"]


async def test_a_story_that_xml_cannot_carry_is_left_out_alone(tmp_path):
    """The rest of the feed is published, and the log names feed and story."""
    stage = Stage(tmp_path)
    stage.store.stories["aaa"] = [story(2, uid="tag:x:\x00"), story(1)]
    with capture_logs() as logs:
        assert await stage.publish() == ["aaa", "bbb", "zzz"]
    assert [entry.title for entry in stage.entries("aaa")] == ["Story 1"]
    assert {(log["feed"], log["story"]) for log in logs} == {("aaa", "tag:x:\x00")}


async def test_links_lead_to_the_mirror_while_home_is_down(tmp_path):
    """As of the moment the stories are of."""
    stage = Stage(tmp_path)
    stage.store.outcomes = (Outcome.DNS_ERROR, Outcome.OK)
    await stage.publish()
    assert stage.entries("aaa")[0].link == f"{MIRROR}/1"


async def test_links_that_move_while_a_feed_is_rendered_are_rendered_again(tmp_path):
    """The home fails when the stories are loaded already: nobody knows yet that the feed shows them."""
    stage = Stage(tmp_path)

    async def read(work):
        found = work(stage.store)
        if stage.store.loaded[-1:] == ["bbb"]:
            stage.store.outcomes = (Outcome.DNS_ERROR, Outcome.OK)
        return found

    stage.store.read = read
    assert await stage.publish() == ["aaa", "zzz"]
    assert await stage.publish() == ["bbb"]
    assert stage.entries("bbb")[0].link == f"{MIRROR}/1"


async def test_only_the_feeds_own_outlets_are_looked_up(tmp_path):
    """And only those that have a mirror to lead to."""
    stage = Stage(tmp_path)
    stage.store.stories = {"aaa": [story(1, outlet="gone")], "bbb": [story(1)], "zzz": []}
    others = {
        "home": replace(OUTLET, id="home", links=LinksTo.HOME, sources=(replace(SOURCE, id="home/f", outlet="home"),)),
        "gone": replace(OUTLET, id="gone", mirrors=(), sources=(replace(SOURCE, id="gone/f", outlet="gone"),)),
    }
    context = replace(stage.rules.context, outlets={**stage.rules.context.outlets, **others})
    stage.rules = replace(stage.rules, context=context)
    await stage.publish()
    assert set(stage.store.asked) == {"one/f"}


async def test_a_reload_during_publishing_leaves_no_feed_as_it_was_before(tmp_path):
    """A version of after the reload is not recorded for files made by the rules of before."""
    stage = Stage(tmp_path)
    load = stage.store.load

    def reload_and_load(name, limit):
        if name == "bbb":
            titled = replace(stage.rules.feeds["bbb"], title="After")
            stage.rules = replace(stage.rules, feeds={**stage.rules.feeds, "bbb": titled})
            stage.store.touch("bbb")
            stage.store.load = load
        return load(name, limit)

    stage.store.load = reload_and_load
    assert await stage.publish() == ["aaa", "zzz"]
    assert await stage.publish() == ["bbb"]
    assert feedparser.parse((tmp_path / "bbb.atom").read_bytes()).feed.title == "After"


async def test_a_lost_file_is_published_again(tmp_path):
    """Once a reader has asked for it, in the next run."""
    stage = Stage(tmp_path)
    await stage.publish()
    (tmp_path / "aaa.atom").unlink()
    assert await stage.publish() == []
    assert await stage.files.get("aaa.atom") is None
    assert await stage.publish() == ["aaa"]
    assert await stage.files.get("aaa.atom") is not None

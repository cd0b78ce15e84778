"""How a status is gathered: from a store that a test fills by hand, and from a real one."""

import json
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import get_args, get_type_hints

import msgspec
import pytest

from syndicator.config import load
from syndicator.models import Appearance, EndpointState, FeedState, Outcome, Outlet, OutletMode, Quarantine, Source
from syndicator.models.ops_pages import (
    AlertsPage,
    ConfigurationPage,
    FeedsPage,
    OutletPage,
    OverviewPage,
    ProgressPage,
)
from syndicator.models.status import FeedProblem, Health, Status
from syndicator.outbox.backfill import RETAG_BELOW
from syndicator.runtime.status import Conditions, StatusReader, status
from syndicator.store import SearchReach, open_store
from tests.conftest import NOW
from tests.newsroom import EVERYTHING, write_config
from tests.stores import store_url

HOME, MIRROR = "https://home.example", "https://mirror.example"
DOWN = {"outcome": Outcome.DNS_ERROR, "failures": 4.0}
UP = {"outcome": Outcome.OK, "good_at": NOW}


def outlet(number=0, mode=OutletMode.FAILOVER):
    source = Source(id=f"o{number}/f", outlet=f"o{number}", endpoints=(f"{HOME}/f", f"{MIRROR}/f"), language="en")
    return Outlet(
        id=f"o{number}", name=f"O {number}", country="GB", language="en", home=HOME, mirrors=(MIRROR,), mode=mode,
        sources=(source,),
    )  # fmt: skip


class Kept:
    """A store without a database: what it holds is set by hand, what is read of it is noted."""

    is_shared = False

    def __init__(self, at_home=None, at_mirror=None):
        self.home = EndpointState(endpoint=f"{HOME}/f", **(at_home or {}))
        self.mirror = EndpointState(endpoint=f"{MIRROR}/f", **(at_mirror or {}))
        self.polled_at, self.shown, self.unfilled, self.numbers = NOW, [], {}, {}
        self.stories, self.last_story = 0, 0
        self.reach = SearchReach(is_supported=True, has_index=True)
        self.reads, self.compared = [], 0

    async def read(self, work):
        self.reads.append(0)
        return work(
            SimpleNamespace(
                sources=SimpleNamespace(overview=self.overview, marks=self.marks),
                feeds=SimpleNamespace(states=self.feeds, backfills=lambda: self.unfilled),
                stories=SimpleNamespace(
                    newest=lambda _: [], count=lambda: self.stories, last_number=lambda: self.last_story
                ),
                mirrors=SimpleNamespace(shown=self.appearances, suggestions=list),
                search=SimpleNamespace(reach=lambda: self.reach),
                workers=SimpleNamespace(all=list, clock=lambda: NOW),
                get_meta=self.numbers.get,
            )
        )

    def overview(self, sources):
        self.reads[-1] += len(sources)
        return {each.id: self.state(each) for each in sources}

    def state(self, source):
        return SimpleNamespace(
            id=source.id, title="T", due_at=NOW, working=None, polled_at=self.polled_at, good_at=self.home.good_at,
            news_at=None, pushed_until=None, endpoints=(self.home, self.mirror),
        )  # fmt: skip

    def marks(self):
        return {f"o{number}/f": (self.polled_at,) for number in range(2000)}

    def feeds(self):
        return [FeedState(name="everything", version=1, rendered=1, changed_at=NOW, members=3)]

    def appearances(self, sources, since):
        self.compared += 1
        return dict.fromkeys(sources, self.shown)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    return load(write_config(folder / "c", feeds={"everything": EVERYTHING}), environ={}, state=folder / "s")


def with_outlets(config, *outlets):
    # A new one each time: its sources are remembered.
    return replace(config, outlets={each.id: each for each in outlets})


async def read(config, store, **conditions):
    return await StatusReader(store).read(config, now=NOW, conditions=Conditions(**conditions))


@pytest.mark.parametrize(
    ("at_home", "at_mirror", "health"),
    [
        (UP, DOWN, Health.WORKING),
        (DOWN, UP, Health.SHAKY),
        (DOWN, DOWN, Health.FAILING),
        ({"quarantine": Quarantine.SUSPECT}, UP, Health.SHAKY),
        ({"quarantine": Quarantine.SUSPECT}, {"quarantine": Quarantine.SUSPECT}, Health.QUARANTINED),
        ({}, {}, Health.UNPOLLED),
        ({}, UP, Health.WORKING),
    ],
)
async def test_an_outlet_is_as_well_as_its_best_endpoint(config, at_home, at_mirror, health):
    """A mirror that carries it makes it shaky, not failing."""
    found = await read(with_outlets(config, outlet()), Kept(at_home, at_mirror))
    assert found.outlets[0].health is health
    assert found.counts.failing == health.is_failing
    assert found.counts.unpolled == (health is Health.UNPOLLED)
    assert found.is_well is not health.is_failing
    assert found.outlets[0].link_base == (MIRROR if at_home == DOWN and at_mirror == UP else None)


@pytest.mark.parametrize(
    "conditions",
    [
        {"trouble": ("No poll has finished.",)},
        {"config_problems": ("outlets/x.toml: bad",)},
        {"feed_problems": {"everything": FeedProblem(message="No space left on device", since=NOW)}},
    ],
)
async def test_a_fault_of_any_kind_is_not_well(config, conditions):
    """What the store does not know is shown beside what it knows."""
    found = await read(with_outlets(config, outlet()), Kept(UP, UP), **conditions)
    assert not found.is_well
    assert (*found.trouble, *found.config_problems, *filter(None, [found.feeds[0].problem])) != ()


async def test_polls_wait_behind_short_reads_only(config):
    """However many sources there are, none of the reads is of more than two hundred."""
    store = Kept(UP, UP)
    found = await read(with_outlets(config, *map(outlet, range(1001))), store)
    assert len(found.outlets) == 1001
    assert sum(store.reads) == 1001
    assert max(store.reads) <= 200


async def test_of_many_outlets_only_those_are_read_again_that_changed(config):
    """A page that somebody looks at must not read ten thousand outlets every few seconds."""
    store = Kept(UP, UP)
    config, reader = with_outlets(config, outlet(1), outlet(2), outlet(3)), StatusReader(store)
    first = await reader.read(config, now=NOW)
    store.reads.clear()
    assert (await reader.read(config, now=NOW)).outlets == first.outlets
    assert sum(store.reads) == 0
    one = replace(config, outlets=config.outlets | {"o2": replace(config.outlets["o2"], name="Other")})
    assert [each.name for each in (await reader.read(one, now=NOW)).outlets] == ["O 1", "Other", "O 3"]
    assert sum(store.reads) == 1
    store.reads.clear()
    gone = replace(one, outlets={"o3": one.outlets["o3"]})
    assert [each.id for each in (await reader.read(gone, now=NOW)).outlets] == ["o3"]
    assert sum(store.reads) == 0
    store.polled_at += timedelta(hours=1)
    await reader.read(gone, now=NOW)
    assert sum(store.reads) == 1


async def test_an_outlet_is_not_blamed_from_the_moment_this_machine_is_offline_on(config):
    """Though nothing of it was polled since it was read last."""
    store, config = Kept(DOWN, DOWN), with_outlets(config, outlet())
    reader = StatusReader(store)
    offline = Conditions(unreached=frozenset({f"{HOME}/f", f"{MIRROR}/f"}))
    told = [(await reader.read(config, now=NOW, conditions=each)).outlets[0].health for each in (None, offline, None)]
    assert told == [Health.FAILING, Health.UNREACHED, Health.FAILING]


async def test_mirrors_are_compared_when_they_were_polled_and_not_for_each_who_asks(config):
    """Nothing else changes how they compare."""
    store, config = Kept(UP, UP), with_outlets(config, outlet(1, OutletMode.COMPARE), outlet(2))
    reader = StatusReader(store)
    for _ in range(3):
        await reader.read(config, now=NOW)
    assert store.compared == 1
    store.polled_at += timedelta(hours=1)
    await reader.read(config, now=NOW)
    assert store.compared == 2
    await reader.read(replace(config, mirror_patience=timedelta(hours=1)), now=NOW)
    assert store.compared == 3


def appearance(key, at, *, base=HOME):
    return Appearance(
        key=key, endpoint=f"{base}/f", first_at=at, absent_at=None, title=f"Story {key}", title_digest=base,
        text_digest="x", link_key=key,
    )  # fmt: skip


async def test_a_mirror_may_lack_and_change_much_and_is_told_in_few_words(config):
    """The counts say how much; a mirror that shows nothing of its own accord makes no page of megabytes."""
    store = Kept(UP, UP)
    long_ago = NOW - timedelta(days=2)
    both = [appearance("first", long_ago), appearance("first", long_ago, base=MIRROR)]
    later = long_ago + timedelta(hours=1)
    lacking = [appearance(f"lacking {n}", later) for n in range(500)]
    changed = [appearance(f"changed {n}", later, base=base) for n in range(499) for base in (HOME, MIRROR)]
    store.shown = [*both, *lacking, *changed]
    found = await read(with_outlets(config, outlet(0, OutletMode.COMPARE)), store)
    home, mirror = [each.comparison for each in found.outlets[0].sources[0].endpoints]
    assert (mirror.missing_count, mirror.difference_count) == (500, 500)
    assert 0 < len(mirror.missing) < 50
    assert 0 < len(mirror.differences) < 50
    assert mirror.notes == (
        'shows another title of "Story first", and 499 more',
        'does not show "Story lacking 0", and 499 more',
    )
    assert home.notes == ()


@pytest.mark.parametrize(
    ("unfilled", "retag_below", "remaining", "is_retagging"),
    [
        ({}, 0, 0, False),
        ({"everything": (801, True)}, 0, 700, False),
        ({"everything": (1001, False)}, 1001, 900, True),
        ({"everything": (401, False)}, 901, 800, True),
        ({"everything": (50, False)}, 0, 0, False),
        ({"gone": (801, False)}, 801, 0, False),
    ],
)
async def test_how_far_the_filling_of_feeds_is(config, unfilled, retag_below, remaining, is_retagging):
    """Of 1,000 stories the oldest 100 are gone: those below a number are counted without looking at them."""
    store = Kept(UP, UP)
    store.stories, store.last_story, store.unfilled = 900, 1000, unfilled
    store.numbers = {RETAG_BELOW: str(retag_below)}
    found = await read(with_outlets(config, outlet()), store)
    assert (found.backfill.remaining, found.backfill.total) == (remaining, 900)
    assert found.backfill.is_retagging is is_retagging
    of_feed = unfilled.get("everything", (0, False))[0]
    assert found.feeds[0].unchecked_stories == max(0, of_feed - 101)


@pytest.mark.parametrize(
    ("reach", "remaining", "is_supported"),
    [
        (SearchReach(is_supported=True, has_index=True), 0, True),
        (SearchReach(is_supported=True, has_index=True, below=801, last=1000), 700, True),
        (SearchReach(is_supported=True, has_index=False), 900, True),
        (SearchReach(is_supported=False, has_index=False), 0, False),
    ],
)
async def test_how_far_the_search_index_is(config, reach, remaining, is_supported):
    """Complete, half-way, not begun, and impossible."""
    store = Kept(UP, UP)
    store.stories, store.last_story, store.reach = 900, 1000, reach
    found = (await read(with_outlets(config, outlet()), store)).search
    assert (found.remaining, found.total, found.is_supported) == (remaining, 900, is_supported)


async def test_the_json_has_a_key_for_every_field_and_standard_times(config):
    """One contract: what is typed is what is sent; times are RFC 3339 in UTC; no value is left to guess."""
    found = await read(with_outlets(config, outlet()), Kept(DOWN, UP))
    told = json.loads(msgspec.json.encode(found))
    assert told.keys() == {each.name for each in fields(Status)}
    assert told["made_at"] == "2026-03-06T12:00:00Z"
    (endpoint, _) = told["outlets"][0]["sources"][0]["endpoints"]
    assert (endpoint["health"], endpoint["outcome"]) == ("failing", "dns_error")
    assert endpoint["last_ok_at"] is None
    assert msgspec.json.decode(msgspec.json.encode(found), type=Status) == found


async def test_a_real_store_is_read_and_secrets_in_addresses_are_not_shown(config, tmp_path):
    """From a database of this version, before anything was polled."""
    secret = Source(id="o0/f", outlet="o0", endpoints=("https://me:hunter2@home.example/f",), language="en")
    config = with_outlets(config, replace(outlet(), sources=(secret,)))
    store = open_store(store_url(tmp_path / "s.db"))
    try:
        await store.write(lambda tx: tx.sources.sync(config.sources, NOW, config.bounds))
        found = await status(config, store, now=NOW)
    finally:
        store.close()
    assert found.outlets[0].health is Health.UNPOLLED
    assert b"hunter2" not in msgspec.json.encode(found)


def test_every_key_of_the_json_is_documented():
    """Who reads ``status.json`` finds each key in the table."""
    text = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")
    table = text.partition("## status.json")[2]
    for name in sorted(_keys(Status)):
        assert f"`{name}`" in table, name


@pytest.mark.parametrize(
    "page",
    [OverviewPage, OutletPage, AlertsPage, ConfigurationPage, ProgressPage, FeedsPage],
    ids=lambda page: page.__name__,
)
def test_every_key_of_a_page_s_twin_is_documented(page):
    """Besides those of ``status.json``."""
    text = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")
    table = text.partition("### Pages as JSON")[2].partition("\n## ")[0]
    for name in sorted(_keys(page) - _keys(Status)):
        assert f"`{name}`" in table, name


def _keys(type_):
    def parts(hint):
        return [hint, *(part for each in get_args(hint) for part in parts(each))]

    found = set()
    for name, hint in get_type_hints(type_).items():
        found.add(name)
        for part in parts(hint):
            if is_dataclass(part):
                found |= _keys(part)
    return found

"""Archives through the whole flow under a simulated clock."""

import json
import tarfile
from collections import Counter
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.config import load
from syndicator.replay import find_captures, replay
from tests.newsroom import Item, rss, write_config
from tests.validity.rules import faults_of

AFGHANISTAN = {"afghanistan": "title = \"Afghanistan\"\nwhere = 'region:AF'\n"}


def play(captures, config, out):
    result = CliRunner().invoke(
        cli, ["replay", str(captures), "--config", str(config), "--out", str(out), "--json", str(out) + ".json"]
    )
    assert result.exit_code == 0, result.output
    return json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))


def capture(folder, outlet, time, *items):
    (folder / outlet).mkdir(parents=True, exist_ok=True)
    (folder / outlet / f"{time}.xml").write_bytes(rss(*items))


def test_a_made_archive(tmp_path):
    """New, unchanged, retitled, the same bytes, and a broken capture, counted."""
    one, two = Item("Kabul airport reopens", guid="1"), Item("Rain in Oslo", guid="2")
    capture(tmp_path / "in", "a", "20210901T000000Z", one, two)
    capture(tmp_path / "in", "a", "20210901T010000Z", one, two)
    capture(tmp_path / "in", "a", "20210901T020000Z", Item("Kabul airport opens again", guid="1"), two)
    capture(tmp_path / "in", "b", "20210901T003000Z", Item("هدوء في كابول", guid="1"))
    (tmp_path / "in" / "b" / "20210901T013000Z.xml").write_bytes(b"")
    told = play(tmp_path / "in", write_config(tmp_path / "c", feeds=AFGHANISTAN), tmp_path / "out")
    assert told["entries"] == {"new": 3, "updated": 1, "copy": 0, "unchanged": 1}
    assert (told["documents"], told["unchanged"], told["failed"], told["stories"]) == (3, 1, 1, 3)
    assert told["members"] == {"afghanistan": 2}
    (first, second) = feedparser.parse((tmp_path / "out" / "afghanistan.atom").read_bytes()).entries
    assert (first.title, second.title) == ("هدوء في كابول", "Kabul airport opens again")
    assert second.updated == "2021-09-01T02:00:00+00:00"


def told_by(folder, *documents):
    """Play one outlet's documents, an hour apart, each a list of (guid, name); give the summary."""
    for hour, document in enumerate(documents):
        items = (
            Item(f"Headline of {name}", link=f"https://o.example/{name}", guid=guid, text=f"The words of {name}")
            for guid, name in document
        )
        capture(folder / "in", "o", f"20210901T{hour:02}0000Z", *items)
    return play(folder / "in", write_config(folder / "c", feeds={"all": 'title = "All"\nwhere = ""\n'}), folder / "out")


def test_guids_that_are_only_places_in_the_list(tmp_path):
    """1, 2, 3 from the top, whatever stands there: every item is one story, and none is rewritten into another."""
    names = ["ash", "birch", "cedar", "date", "elm", "fir", "ginkgo"]
    documents = [[(str(n), name) for n, name in enumerate(reversed(names[i : i + 3]), 1)] for i in range(5)]
    told = told_by(tmp_path, *documents)
    assert told["stories"] == 7
    assert told["entries"]["updated"] == 0
    titles = [entry.title for entry in feedparser.parse((tmp_path / "out" / "all.atom").read_bytes()).entries]
    assert titles == [f"Headline of {name}" for name in reversed(names)]


def test_a_guid_that_comes_back_for_something_else(tmp_path):
    """A page moves to a new guid, and its old one is given to another item: two stories with two ids."""
    told = told_by(tmp_path, [("g1", "ash")], [("g2", "ash")], [("g2", "ash"), ("g1", "birch")], [("g1", "ash")])
    assert (told["stories"], told["entries"]["updated"]) == (2, 0)
    ids = {entry.id for entry in feedparser.parse((tmp_path / "out" / "all.atom").read_bytes()).entries}
    assert len(ids) == 2


def test_a_guid_given_to_a_copy(tmp_path):
    """What it stood for stays, the copy joins its story, and the poll goes through."""
    told = told_by(tmp_path, [("g1", "ash"), ("g2", "birch")], [("g1", "birch")], [("g1", "birch"), ("g2", "birch")])
    assert (told["stories"], told["entries"]["updated"], told["failed"]) == (2, 0, 0)


def played_items(folder, *documents):
    """Play one outlet's documents, an hour apart, each a list of items; return titles and links, and the summary."""
    for hour, document in enumerate(documents):
        capture(folder / "in", "o", f"20210901T{hour:02}0000Z", *document)
    told = play(folder / "in", write_config(folder / "c", feeds={"all": 'title = "All"\nwhere = ""\n'}), folder / "out")
    entries = feedparser.parse((folder / "out" / "all.atom").read_bytes()).entries
    return sorted((entry.title, entry.link) for entry in entries), told


@pytest.mark.parametrize("host", ["https://o.invalid", "https://elsewhere.example"])
@pytest.mark.parametrize(("link", "window"), [("/live#u{}", 1), ("/live#u{}", 9), ("/live", 2), ("/live", 9), ("", 2)])
def test_updates_of_a_live_page_are_stories_of_their_own(tmp_path, host, link, window):
    """Told apart by the place in their guid alone; none is overwritten, however few are listed at a time."""
    items = [
        Item(
            f"سيل، تحديث {n}",
            link=link and host + link.format(n),
            guid=f"{host}/live#u{n}",
            text=f"السد صامد في الساعة {n}",
        )
        for n in range(5)
    ]
    documents = [list(reversed(items[max(0, n - window) : n])) for n in range(1, 6)]
    shown, told = played_items(tmp_path, *documents)
    assert [title for title, _ in shown] == [f"سيل، تحديث {n}" for n in range(5)]
    assert told["entries"]["updated"] == 0


def test_revisions_counted_in_a_guid_are_one_story(tmp_path):
    """The page is one, and never two of them stand in a document."""
    for place, link in enumerate(("https://o.invalid/5", "https://o.invalid/5#{}", "https://bbc.example/5")):
        guid = link.partition("#")[0]
        items = [Item("Мост открыт", link=link.format(n), guid=f"{guid}#{n}", text="О мосте.") for n in range(4)]
        items.append(Item("Мост снова открыт", link=link.format(5), guid=f"{guid}#5", text="О мосте."))
        shown, told = played_items(tmp_path / str(place), *([item] for item in items))
        assert [title for title, _ in shown] == ["Мост снова открыт"]
        assert told["stories"] == 1


def test_sessions_in_links_make_no_stories(tmp_path):
    """New at each request, without guids and with few words."""
    documents = [
        [
            Item("Köprü açıldı", link=f"https://o.example/a;jsessionid=7F{n}A?id=5", guid=None, text="Kısa."),
            Item("Baraj tuttu", link=f"https://o.example/(S({n}qwertyuiopasdfghjklzxc))/b", guid=None, text="Kısa."),
        ]
        for n in range(3)
    ]
    shown, told = played_items(tmp_path, *documents)
    assert shown == [("Baraj tuttu", "https://o.example/b"), ("Köprü açıldı", "https://o.example/a?id=5")]
    assert told["entries"]["updated"] == 0


def test_a_second_run_gives_the_same_bytes(tmp_path):
    """Nothing in it depends on the clock or on chance."""
    for n in range(5):
        capture(
            tmp_path / "in", f"o{n}", f"20210901T0{n}0000Z", *(Item(f"Kabul {n} {m}", guid=str(m)) for m in range(9))
        )
    config = write_config(tmp_path / "c", feeds=AFGHANISTAN)
    for run in ("one", "two"):
        play(tmp_path / "in", config, tmp_path / run)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


async def test_consumers_can_follow_each_step(tmp_path):
    """What must be looked at as it comes is not looked at in the end, under the last step's clock."""
    for n in range(3):
        capture(tmp_path / "in", "a", f"20210901T0{n}0000Z", Item(f"هدوء في كابول {n}", guid=str(n)))
    seen = []

    async def follow(app):
        seen.append((app.clock().hour, await app.store.read(lambda tx: tx.stories.count())))

    config = load(write_config(tmp_path / "c", feeds=AFGHANISTAN), environ={}, state=tmp_path / "s")
    await replay(config, find_captures(tmp_path / "in"), tmp_path / "out", follow=follow)
    assert seen == [(0, 1), (1, 2), (2, 3)]


def test_an_empty_archive_says_so(tmp_path):
    """With the form that file names must have."""
    config = write_config(tmp_path / "c")
    result = CliRunner().invoke(cli, ["replay", str(tmp_path), "--config", str(config), "--out", str(tmp_path / "o")])
    assert result.exit_code == 1
    assert "20210916T212418Z.xml" in result.output


@pytest.fixture(scope="module")
def played(corpora, tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    with tarfile.open(corpora / "series" / "outlets_2021.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    (series,) = folder.iterdir()
    config = write_config(folder / "c", feeds={**AFGHANISTAN, "everything": 'title = "E"\nwhere = ""\nlimit = 1000\n'})
    return play(series, config, folder / "one"), play(series, config, folder / "two"), folder


@pytest.mark.long
@pytest.mark.xdist_group("series")
def test_sixteen_real_outlets_over_two_months(played):
    """No story twice, retitled items are updates, and every story of a source is known by its guid or link."""
    told, _, folder = played
    assert told["stories"] == told["entries"]["new"]
    assert 140 <= told["updated"]["title"] <= 155
    assert told["members"]["afghanistan"] >= 30
    feed = feedparser.parse((folder / "one" / "everything.atom").read_bytes())
    assert not feed.bozo
    assert max(Counter(entry.id for entry in feed.entries).values()) == 1
    once = Counter((entry.source.title, entry.link) for entry in feed.entries)
    assert [link for link, count in once.items() if count > 1] == []


@pytest.mark.long
@pytest.mark.xdist_group("series")
def test_sixteen_real_outlets_are_published_by_the_rules(played):
    """Those of each format, in whatever the outlets have written."""
    _, _, folder = played
    files = sorted(each for each in (folder / "one").rglob("*") if each.is_file() and each.suffix != ".db")
    assert {str(each): faults_of(each.name, each.read_bytes()) for each in files} == {str(each): [] for each in files}
    assert {each.suffix for each in files} == {".atom", ".rss", ".json", ".opml"}


@pytest.mark.long
@pytest.mark.xdist_group("series")
def test_sixteen_real_outlets_twice_give_the_same_bytes(played):
    """A fresh store, the same files."""
    first, second, folder = played
    assert first["entries"] == second["entries"]
    for path in (folder / "one").rglob("*"):
        beside = folder / "two" / path.relative_to(folder / "one")
        assert path.is_dir() or path.read_bytes() == beside.read_bytes()

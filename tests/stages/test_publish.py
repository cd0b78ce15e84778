"""Stories to bytes to files."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from lxml import etree

from syndicator.models import Enclosure, Feed, Outlet, Source, Story, Tag
from syndicator.publish import RENDERERS, FeedFiles, PublicationContext
from tests.conftest import NOW

OUTLET = Outlet(
    id="presstv",
    name="Press TV",
    country="IR",
    language="en",
    home="https://www.presstv.ir",
    mirrors=("https://www.presstv.com",),
    sources=(
        Source(
            id="presstv/rss",
            outlet="presstv",
            endpoints=("https://www.presstv.ir/rss", "https://www.presstv.com/rss"),
            language="en",
        ),
    ),
)
SITE = PublicationContext(
    base_url="https://feeds.example",
    title="Desk",
    authority="feeds.example,2026",
    outlets={"presstv": OUTLET},
    labels={"SY": "Syria", "SY-ID": "Idlib"},
)
FEED = Feed(name="idlib", title="Idlib", where="region:SY-ID")
STORY = Story(
    id=1,
    uid="tag:feeds.example,2026:presstv/1",
    outlet="presstv",
    source="presstv/rss",
    source_title="Press TV",
    title="Ceasefire in إدلب — «перемирие»",
    html="<p>All <b>quiet</b></p>",
    link="https://www.presstv.ir/Detail/1",
    author="A. Writer",
    language="en",
    published=NOW - timedelta(hours=1),
    first_seen=NOW,
    updated=NOW + timedelta(minutes=5),
    categories=("World",),
    enclosure=Enclosure(url="https://www.presstv.ir/a.mp3", type="audio/mpeg", length=10),
    tags=(Tag(scheme="region", term="SY-ID", label="Idlib", path=("SY", "SY-ID"), evidence=()),),
    copies=("https://other.example/1",),
)
HOSTILE = replace(
    STORY,
    uid="tag:x:2",
    title="]]> <!-- & \x00\x0b\ufffe\ud800 <script>",
    html="]]><script>alert(1)</script><a href='javascript:x'>x</a>&\x07",
    author="<b>&\x01",
    categories=("]]>\x02", ""),
    link=None,
    language="",
)


def render(kind, *stories, bases=None):
    return RENDERERS[kind](FEED, stories, SITE, NOW, bases or {})


@pytest.fixture(params=sorted(RENDERERS))
def kind(request):
    return request.param


def test_the_same_stories_give_the_same_bytes(kind):
    """No clock and no chance in it."""
    assert render(kind, STORY, HOSTILE) == render(kind, STORY, HOSTILE)


def test_f33_whatever_is_in_a_story_the_feed_is_well_formed(kind):
    """Two parsers read it, and a strict reader finds nothing to complain of."""
    body = render(kind, STORY, HOSTILE)
    etree.fromstring(body)
    ET.fromstring(body)
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    assert len(parsed.entries) == 2
    assert b"alert(1)" not in body
    assert b"javascript:" not in body


def test_a_title_that_looks_like_markup_comes_to_life_nowhere():
    """In RSS, where titles may be taken for HTML, and in the description that stands for a missing body."""
    item = etree.fromstring(render("rss", replace(STORY, title="<img src=x onerror=alert(1)>", html=""))).find(
        "channel/item"
    )
    assert "<img" not in item.findtext("title")
    assert "<img" not in item.findtext("description")


def test_order_and_ids(kind):
    """Entries come as given, each with its uid."""
    parsed = feedparser.parse(render(kind, STORY, HOSTILE))
    assert [entry.id for entry in parsed.entries] == [STORY.uid, HOSTILE.uid]


def test_links_lead_where_they_are_told_to(kind):
    """Home, or the mirror that works; the id stays."""
    at_home = feedparser.parse(render(kind, STORY)).entries[0]
    moved = feedparser.parse(render(kind, STORY, bases={"presstv": "https://www.presstv.com"})).entries[0]
    assert (at_home.link, moved.link) == ("https://www.presstv.ir/Detail/1", "https://www.presstv.com/Detail/1")
    assert at_home.id == moved.id


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_must_50_a_point_is_given_where_the_outlet_gave_one(kind):
    """GeoRSS Simple: latitude, then longitude."""
    path = ".//{http://www.georss.org/georss}point"
    assert etree.fromstring(render(kind, STORY)).find(path) is None
    placed = etree.fromstring(render(kind, replace(STORY, point=(35.93, 36.6333333))))
    assert placed.findtext(path) == "35.93 36.6333"


def test_must_42_43_50_an_atom_entry_says_where_it_comes_from():
    """atom:source whole, rel=via, one alternate, regions with those that hold them."""
    root = etree.fromstring(render("atom", STORY))
    ns = {"a": "http://www.w3.org/2005/Atom"}
    (entry,) = root.findall("a:entry", ns)
    source = entry.find("a:source", ns)
    assert [source.findtext(f"a:{name}", None, ns) is not None for name in ("id", "title", "updated")] == [True] * 3
    rels = [link.get("rel", "alternate") for link in entry.findall("a:link", ns)]
    assert sorted(rels) == ["alternate", "enclosure", "related", "via"]
    categories = {(c.get("scheme"), c.get("term"), c.get("label")) for c in entry.findall("a:category", ns)}
    scheme = "tag:feeds.example,2026:region"
    assert {(scheme, "SY", "Syria"), (scheme, "SY-ID", "Idlib"), (None, "World", None)} == categories
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_must_39_44_a_feed_has_what_atom_demands():
    """One id, title, updated, self link; dates in UTC."""
    root = etree.fromstring(render("atom", STORY))
    ns = {"a": "http://www.w3.org/2005/Atom"}
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"a:{name}", ns)) == 1
    (self_link,) = [link for link in root.findall("a:link", ns) if link.get("rel") == "self"]
    assert self_link.get("href") == "https://feeds.example/feeds/idlib.atom"
    assert root.findtext("a:entry/a:updated", None, ns) == "2026-03-06T12:05:00+00:00"
    assert root.findtext("a:entry/a:published", None, ns) == "2026-03-06T11:00:00+00:00"


def test_must_45_46_an_rss_item_has_what_rss_demands():
    """source with address, a guid that is no permalink, one enclosure."""
    item = etree.fromstring(render("rss", STORY)).find("channel/item")
    assert item.find("source").get("url") == "https://www.presstv.ir/rss"
    assert item.findtext("source") == "Press TV"
    assert (item.findtext("guid"), item.find("guid").get("isPermaLink")) == (STORY.uid, "false")
    assert len(item.findall("enclosure")) == 1
    assert item.findtext("pubDate") == "Fri, 06 Mar 2026 11:00:00 +0000"


def test_a_story_of_an_outlet_that_left_the_configuration_is_still_published(kind):
    """Nothing disappears because a file was taken away."""
    orphan = replace(STORY, outlet="gone", source="gone/x")
    assert feedparser.parse(render(kind, orphan)).entries[0].link == STORY.link


def test_a_file_is_written_only_when_it_changed(tmp_path):
    """The same bytes keep their date."""
    shelf = FeedFiles(tmp_path)
    assert shelf.put("a.atom", b"one", NOW)
    assert not shelf.put("a.atom", b"one", NOW + timedelta(hours=1))
    assert shelf.get("a.atom").modified == NOW
    assert FeedFiles(tmp_path).get("a.atom") == shelf.get("a.atom")


def test_f56_readers_never_see_half_a_file(tmp_path):
    """While it is replaced again and again, every read is one whole version, and its digest fits."""
    shelf = FeedFiles(tmp_path)
    versions = [bytes([n]) * 50_000 for n in range(20)]
    shelf.put("a.atom", versions[0], NOW)
    done = threading.Event()
    torn = []

    def look():
        while not done.is_set():
            body = (tmp_path / "a.atom").read_bytes()
            if body not in versions:
                torn.append(len(body))

    reader = threading.Thread(target=look)
    reader.start()
    for n in range(200):
        shelf.put("a.atom", versions[n % 20], datetime(2026, 1, 1, tzinfo=UTC))
    done.set()
    reader.join()
    assert torn == []
    assert not list(tmp_path.glob(".*"))


def test_other_peoples_files_are_left_alone(tmp_path):
    """The shelf owns its feeds and nothing else in the folder."""
    (tmp_path / "thesis.txt").write_text("years of work")
    FeedFiles(tmp_path).keep_only([])
    assert (tmp_path / "thesis.txt").exists()


def test_a_lost_file_is_written_again(tmp_path):
    """Also when its bytes have not changed, and when the folder is gone as well."""
    shelf = FeedFiles(tmp_path / "feeds")
    shelf.put("a.atom", b"one", NOW)
    (tmp_path / "feeds" / "a.atom").unlink()
    (tmp_path / "feeds").rmdir()
    assert shelf.put("a.atom", b"one", NOW)


def test_files_of_feeds_that_are_gone_go(tmp_path):
    """Only what is configured is kept."""
    shelf = FeedFiles(tmp_path)
    shelf.put("a.atom", b"x", NOW)
    shelf.keep_only(["b.atom"])
    assert shelf.get("a.atom") is None
    assert not (tmp_path / "a.atom").exists()


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_point_is_given_where_the_story_is_about_one_place_beyond_doubt(kind):
    """Not where it is about two, nor where it is not sure; what is only mentioned is no category."""
    place = Tag(
        scheme="region", term="SY-ID/saraqib", label="Saraqib", path=("SY", "SY-ID", "SY-ID/saraqib"), evidence=(),
        role="about", score=0.97, point=(35.86, 36.8),
    )  # fmt: skip
    held = replace(place, term="SY-ID", path=("SY", "SY-ID"), point=(35.8, 36.7))
    other = replace(place, term="SY-HL/azaz", path=("SY", "SY-HL", "SY-HL/azaz"))
    path = ".//{http://www.georss.org/georss}point"

    def points(*tags):
        return [each.text for each in etree.fromstring(render(kind, replace(STORY, tags=tags))).findall(path)]

    assert points(held, place) == ["35.86 36.8"]
    assert points(place, other) == []
    assert points(replace(place, score=0.7)) == []
    assert points(replace(place, role="mention")) == []
    assert b"azaz" not in render(kind, replace(STORY, tags=(place, replace(other, role="mention"))))

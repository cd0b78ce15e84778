"""Stories to bytes to files."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from lxml import etree

from syndicator.models import Enclosure, Feed, Outlet, Picture, Source, Story, Tag
from syndicator.models.formats import (
    FORMATS_BY_NAME,
    OUTPUT_FORMATS,
    OutputFormat,
    archive_name,
    feed_of,
    file_name,
    format_of,
    is_archive,
)
from syndicator.publish import RENDERERS, PublicationContext
from syndicator.publish.cache import BoundedCache, EntryCache
from syndicator.publish.formats import find_renderer
from tests.conftest import NOW
from tests.validity.reading import FEEDS, read

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


def render(kind, *stories, bases=None, context=SITE):
    return RENDERERS[kind](FEED, stories, context, NOW, bases or {})


def without_cache():
    """Return the same context with an entry cache of its own, which is empty."""
    return replace(SITE, entry_cache=EntryCache())


def stories(count, first=0):
    return [replace(STORY, id=n, uid=f"tag:x:{n}", title=f"Story {n}") for n in range(first, first + count)]


@pytest.fixture(params=sorted(RENDERERS))
def kind(request):
    return request.param


@pytest.fixture(params=FEEDS)
def feed_kind(request):
    return request.param


PLACED = replace(STORY, point=(35.93, 36.63))


def test_the_same_stories_give_the_same_bytes(kind):
    """No clock and no chance in it."""
    assert render(kind, STORY, HOSTILE) == render(kind, STORY, HOSTILE)


def test_f33_whatever_is_in_a_story_the_feed_is_well_formed(kind):
    """Two parsers read it, and a strict reader finds nothing to complain of."""
    body = render(kind, PLACED, replace(HOSTILE, point=(1.0, 2.0)))
    if not kind.endswith("json"):
        etree.fromstring(body)
        ET.fromstring(body)
    assert len(read(kind, body).entries) == 2
    assert b"alert(1)" not in body
    assert b"javascript:" not in body


def test_a_title_that_looks_like_markup_comes_to_life_nowhere():
    """In RSS, where titles may be taken for HTML, and in the description that stands for a missing body."""
    item = etree.fromstring(render("rss", replace(STORY, title="<img src=x onerror=alert(1)>", html=""))).find(
        "channel/item"
    )
    assert "<img" not in item.findtext("title")
    assert item.findtext("title").replace("\u2060", "") == "<img src=x onerror=alert(1)>"
    assert "<img" not in item.findtext("description")


def test_order_and_ids(feed_kind):
    """Entries come as given, each with its uid."""
    parsed = read(feed_kind, render(feed_kind, STORY, HOSTILE))
    assert [entry.id for entry in parsed.entries] == [STORY.uid, HOSTILE.uid]


def test_links_lead_where_they_are_told_to(kind):
    """Home, or the mirror that works; the id stays."""
    at_home = read(kind, render(kind, PLACED)).entries[0]
    moved = read(kind, render(kind, PLACED, bases={"presstv": "https://www.presstv.com"})).entries[0]
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
    assert sorted(rels) == ["alternate", "describedby", "enclosure", "related", "via"]
    categories = {(c.get("scheme"), c.get("term"), c.get("label")) for c in entry.findall("a:category", ns)}
    scheme = "tag:feeds.example,2026:region"
    assert {(scheme, "SY", "Syria"), (scheme, "SY-ID", "Idlib"), (None, "World", None)} == categories
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


AGENCY = replace(OUTLET, id="ajans", name="Haber Ajansı", home="https://ajans.example", mirrors=("https://m.example",))


@pytest.mark.parametrize(
    ("copies", "bases", "related"),
    [
        # The entry's own page, however it is spelt, and below whichever of the outlet's addresses.
        (["https://www.presstv.ir/Detail/1"], {}, []),
        (["http://presstv.ir/Detail/1/"], {}, []),
        (["https://www.presstv.com/Detail/1"], {}, []),
        (["https://www.presstv.ir/Detail/1"], {"presstv": "https://www.presstv.com"}, []),
        # Another page of it is where the outlet works.
        (["https://www.presstv.ir/Detail/2"], {"presstv": "https://www.presstv.com"}, ["https://www.presstv.com/Detail/2"]),
        (["https://ajans.example/7"], {}, ["https://ajans.example/7"]),
        (["https://ajans.example/7"], {"ajans": "https://m.example"}, ["https://m.example/7"]),
        (["https://m.example/7", "https://ajans.example/7"], {}, ["https://ajans.example/7"]),
        (["https://x.example/7", "https://x.example/8"], {}, ["https://x.example/7", "https://x.example/8"]),
    ],
)  # fmt: skip
def test_a_related_link_is_another_page_that_answers(copies, bases, related):
    """Never the entry's own address (RFC 4287, 4.2.7.2), and never below a home that is down."""
    context = replace(SITE, outlets={"presstv": OUTLET, "ajans": AGENCY}, entry_cache=EntryCache())
    story = replace(STORY, copies=tuple(copies), outlets=("presstv", "ajans"))
    entry = feedparser.parse(render("atom", story, bases=bases, context=context)).entries[0]
    assert [link.href for link in entry.links if link.rel == "related"] == related
    assert entry.link == f"{bases.get('presstv', OUTLET.home)}/Detail/1"


def test_an_entry_that_is_cached_follows_its_copies_too(kind):
    """The same story, once with the agency at home and once at its mirror, as if nothing were kept."""
    story = replace(STORY, copies=("https://ajans.example/7",), outlets=("presstv", "ajans"))
    context = replace(SITE, outlets={"presstv": OUTLET, "ajans": AGENCY}, entry_cache=EntryCache())
    fresh = replace(context, entry_cache=EntryCache())
    moved = {"ajans": "https://m.example"}
    render(kind, story, context=context)
    assert render(kind, story, bases=moved, context=context) == render(kind, story, bases=moved, context=fresh)


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
    orphan = replace(PLACED, outlet="gone", source="gone/x")
    assert read(kind, render(kind, orphan)).entries[0].link == STORY.link


@pytest.mark.parametrize("kind", ["atom", "rss"])
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


def test_every_format_has_a_renderer_and_a_name_of_its_own():
    """A row of the table is all that a format needs beside its module."""
    assert set(RENDERERS) == {each.name for each in OUTPUT_FORMATS}
    for attribute in ("name", "label", "content_type"):
        assert len({getattr(each, attribute) for each in OUTPUT_FORMATS}) == len(OUTPUT_FORMATS)
    for each in OUTPUT_FORMATS:
        assert format_of(file_name("a-feed", each.name)) == each


def test_a_row_without_a_renderer_is_refused():
    """With the name of the module, or of the function, that is missing."""
    with pytest.raises(ImportError, match="nowhere"):
        find_renderer(OutputFormat(name="nowhere", label="N", content_type="text/plain"))
    with pytest.raises(ImportError, match="no function render"):
        find_renderer(OutputFormat(name="files", label="F", content_type="text/plain"))


@pytest.mark.parametrize(
    "name", ["", "atom", ".atom", "x.exe", "x.atom\n", "\nx.atom", "x.ATOM", "X.atom", "x.atom.rss",
     "/x.atom", "a//x.atom", "../x.atom", "a/../x.atom", "a/.x.atom", "a/.atom", ".a/x.atom", "a/b/c/d/x.atom",
     "a/x.atom/", "a\\x.atom", "A/x.atom", "a/%2e%2e.atom", "a/ب.atom", "a/" + "x" * 201 + ".atom"]
)  # fmt: skip
def test_what_is_no_feeds_file_has_no_format(name):
    """Suffixes count only behind a whole name, and only as they are spelt."""
    assert format_of(name) is None


def test_feeds_of_a_kind_and_archives_lie_in_folders():
    """A file's name tells its feed, whichever format it is in."""
    feeds = ["idlib", "outlet/bbc", "region/SY-ID", "region/SY-ID/saraqib", "region/AI.11205389", "event/123"]
    for feed in feeds:
        for each in OUTPUT_FORMATS:
            name = file_name(feed, each.name)
            assert (format_of(name), feed_of(name), is_archive(name)) == (each, feed, False)
    for label in ("2026-11", "2026-11-12"):
        name = archive_name("idlib", label)
        assert (format_of(name), feed_of(name), is_archive(name)) == (FORMATS_BY_NAME["atom"], "idlib", True)
        name = file_name(f"outlet/{label}", "atom")  # of an outlet with that name
        assert (feed_of(name), is_archive(name)) == (f"outlet/{label}", False)


def test_a_document_names_its_own_address_and_type(kind):
    """Those that the table and the server give it."""
    (each,) = [each for each in OUTPUT_FORMATS if each.name == kind]
    body = render(kind, STORY)
    assert f"https://feeds.example/feeds/{file_name('idlib', kind)}".encode() in body
    assert kind.endswith("json") or each.content_type.encode() in body


def test_a_feed_without_stories_is_well_formed(kind):
    """It is what readers get until the first story comes."""
    assert read(kind, render(kind)) == ("Idlib", [])


def test_entries_from_the_cache_are_those_that_are_rendered(kind):
    """Byte for byte, whichever of a document's entries were known before, in any order."""
    news = [*stories(5), HOSTILE, replace(STORY, point=(35.93, 36.63))]
    fresh = [render(kind, *news[n:], *news[:n], context=without_cache()) for n in range(len(news))]
    context = without_cache()
    render(kind, *news[::2], context=context)
    mixed = [render(kind, *news[n:], *news[:n], context=context) for n in range(len(news))]
    assert mixed == fresh


def test_text_that_looks_like_our_own_markup_stays_where_it_is(feed_kind):
    """Documents are put together from pieces, at places that no text can imitate."""
    marks = "\n  <entry>\n    <item>\n    </item>\n  </entry>\n  </channel>\n</feed>\n  ]]>"
    tricky = [
        replace(each, title=f"{each.title}{marks}", html=f"<p>{marks}</p>", author=marks, categories=(marks,))
        for each in stories(3)
    ]
    context = replace(without_cache(), title=marks)
    first, second = render(feed_kind, *tricky, context=context), render(feed_kind, *tricky, context=context)
    assert first == second
    assert [entry.id for entry in read(feed_kind, second).entries] == [each.uid for each in tricky]


def test_a_changed_story_or_link_is_rendered_anew(kind):
    """Whatever changed of it."""
    changes = [
        {"title": "Other"}, {"html": "<p>Other</p>"}, {"author": "Other"}, {"point": (-1.0, 5.0)}, {"point": (-2.0, 5.0)},
        {"categories": ("Other",)}, {"enclosure": None}, {"link": "https://www.presstv.ir/Detail/2"},
        {"published": NOW - timedelta(days=2)}, {"tags": ()}, {"language": "ar"}, {"notes": "<p>Other</p>"},
        {"pictures": (Picture(url="https://www.presstv.ir/a.jpg"),)},
    ]  # fmt: skip
    context = without_cache()
    for change in changes:
        changed = replace(PLACED, **change)
        assert render(kind, changed, context=context) == render(kind, changed, context=without_cache()), change
    moved = render(kind, PLACED, context=context, bases={"presstv": "https://www.presstv.com"})
    assert b"https://www.presstv.com/Detail/1" in moved


def test_more_entries_than_the_old_bound_are_found_again(feed_kind):
    """Three thousand in a round, each known in the second."""
    context = without_cache()
    for _ in range(2):
        for first in range(0, 3000, 100):
            render(feed_kind, *stories(100, first), context=context)
    assert context.entry_cache.entries.hits == 3000


def test_the_entry_cache_is_bounded_by_bytes_and_drops_what_was_not_used_for_longest(feed_kind):
    """A busy feed's entries stay while many others pass."""
    context = replace(SITE, entry_cache=EntryCache(200_000))
    entries = context.entry_cache.entries
    for first in range(100, 3000, 20):
        before = entries.hits
        render(feed_kind, *stories(10), context=context)
        render(feed_kind, *stories(20, first), context=context)
        assert entries.weight <= 200_000
        assert entries.hits == before + (0 if first == 100 else 10)


def test_a_cache_counts_what_it_holds():
    """Also when a value is replaced, dropped, or too heavy for it."""
    cache = BoundedCache(10)
    cache.put("a", "A", 4)
    cache.put("a", "B", 6)
    assert (cache.get("a"), cache.weight, len(cache)) == ("B", 6, 1)
    cache.put("b", "C", 4)
    assert (cache.get("a"), cache.weight) == ("B", 10)
    cache.put("c", "D", 1)
    assert (cache.get("b"), cache.get("a"), cache.weight) == (None, "B", 7)
    cache.put("d", "E", 100)
    assert (cache.get("d"), cache.get("c"), cache.weight, len(cache)) == ("E", None, 100, 1)
    cache.discard("d")
    cache.discard("d")
    assert (cache.weight, len(cache)) == (0, 0)


ARABIC = replace(FEED, name="arabic", labels="ar")
IN_ARABIC = {("ar", "SY"): "سوريا", ("ar", "SY-ID"): "إدلب"}


def labelled(kind, feed, *stories, context):
    """Return the categories of a feed's first entry: term and scheme or domain, and in Atom the label."""
    document = etree.fromstring(RENDERERS[kind](feed, stories, context, NOW, {}))
    return [(each.text or each.get("term"), each.get("scheme") or each.get("domain"), each.get("label"))
            for each in document.iter("{*}category")]  # fmt: skip


def in_arabic():
    """A context that knows two regions' names, with an entry cache of its own."""
    return replace(SITE, local_label=lambda *key: IN_ARABIC.get(key), entry_cache=EntryCache())


def test_a_feeds_labels_are_in_its_language_in_atom():
    """Terms and schemes stay; what is not known in the language, and what is no region, is labelled as ever."""
    aleppo = Tag(scheme="region", term="SY-HL", label="Aleppo", path=("SY", "SY-HL"), evidence=())
    truce = Tag(scheme="concept", term="truce", label="Truce", path=("truce",), evidence=())
    story, regions = replace(STORY, tags=(*STORY.tags, aleppo, truce)), "tag:feeds.example,2026:region"
    assert labelled("atom", ARABIC, story, context=in_arabic()) == [
        ("SY", regions, "سوريا"), ("SY-ID", regions, "إدلب"), ("SY-HL", regions, "Aleppo"),
        ("truce", "tag:feeds.example,2026:concept", "Truce"), ("World", None, None),
    ]  # fmt: skip


def test_a_feeds_labels_are_categories_of_their_own_in_rss():
    """RSS has no labels: terms go on, and readers see the words beside them, each once."""
    regions, story = "tag:feeds.example,2026:region", replace(STORY, categories=("World", "سوريا"))
    terms = [("SY", regions, None), ("SY-ID", regions, None)]
    own = [("World", None, None), ("سوريا", None, None)]
    assert labelled("rss", ARABIC, story, context=in_arabic()) == [*terms, ("إدلب", None, None), *own]
    english = [("Syria", None, None), ("Idlib", None, None)]
    assert labelled("rss", FEED, story, context=in_arabic()) == [*terms, *english, *own]


def test_feeds_in_different_languages_share_no_entry(feed_kind):
    """Whichever is rendered first; each keeps its own in the cache."""
    context = in_arabic()
    alone = [RENDERERS[feed_kind](feed, [STORY], in_arabic(), NOW, {}) for feed in (FEED, ARABIC)]
    for _ in range(2):
        assert [RENDERERS[feed_kind](feed, [STORY], context, NOW, {}) for feed in (FEED, ARABIC)] == alone
    assert context.entry_cache.entries.hits == 2


def test_no_label_is_looked_up_for_a_feed_that_does_not_ask(feed_kind):
    """It costs feeds in English nothing."""
    asked = []
    context = replace(SITE, local_label=lambda *key: asked.append(key), entry_cache=EntryCache())
    RENDERERS[feed_kind](FEED, [STORY], context, NOW, {})
    assert asked == []
    RENDERERS[feed_kind](ARABIC, [STORY], context, NOW, {})
    assert set(asked) == {("ar", "SY"), ("ar", "SY-ID")}

"""How much of an outlet's stories feeds show, what titles look like, pictures, heads, and the list of feeds."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from syndicator.models import FeedToken, Link, Origin, Picture, Republish, Revision
from syndicator.publish import RENDERERS
from syndicator.publish.cache import EntryCache
from syndicator.publish.entry import body_of
from syndicator.publish.notes import History, with_notes
from syndicator.publish.opml import render as render_opml
from tests.conftest import NOW
from tests.stages.test_publish import FEED, OUTLET, SITE, STORY, render
from tests.validity.reading import FEEDS, read
from tests.validity.rules import faults_of

LONG = (
    "<p>"
    + " ".join(f"كلمة{n}" for n in range(40))
    + ".</p><ul><li>"
    + " ".join(f"слово{n}" for n in range(90))
    + "</li></ul>"
)
ATOM = "{http://www.w3.org/2005/Atom}"


def context_of(policy, **changed):
    outlets = {"presstv": replace(OUTLET, republish=policy)}
    return replace(SITE, outlets=outlets, entry_cache=EntryCache(), **changed)


@pytest.mark.parametrize("kind", FEEDS)
def test_an_outlets_policy_decides_how_much_of_its_text_is_shown(kind):
    """All of it, its first sentence or fifty words, or its title alone; and each is valid."""
    shown = {}
    for policy in Republish:
        body = render(kind, replace(STORY, html=LONG), context=context_of(policy))
        assert faults_of(f"x.{kind}", body) == []
        shown[policy] = read(kind, body).entries[0].html
    assert "слово89" in shown[Republish.FULL]
    assert "كلمة39.</p>" in shown[Republish.EXCERPT]
    assert "слово0" not in shown[Republish.EXCERPT]
    assert "كلمة" not in shown[Republish.LINK]
    assert "Ceasefire" in shown[Republish.LINK]


def test_a_policy_holds_when_the_outlet_has_left_the_configuration():
    """Its stories are still there, and so is what it said."""
    past = {"presstv/rss": Origin(source="presstv/rss", outlet="presstv", name="Press TV", home=OUTLET.home,
                                  address="https://www.presstv.ir/rss", republish=Republish.LINK)}  # fmt: skip
    context = replace(SITE, outlets={}, past=past, entry_cache=EntryCache())
    assert body_of(replace(STORY, html=LONG), context) == ""


@pytest.mark.parametrize(
    ("policy", "is_told"), [(Republish.FULL, True), (Republish.EXCERPT, False), (Republish.LINK, False)]
)
def test_what_changed_is_told_only_of_what_is_shown(policy, is_told):
    """A word far below the excerpt is no way to read the rest; the title's change is always told."""
    before = Revision(replaced_at=NOW, title="Was", html=LONG.replace("слово80", "тайна"), changed=("title", "text"))
    history = History(revisions={STORY.id: [before]})
    story = with_notes(replace(STORY, html=LONG), history, context_of(policy), {})
    assert "Title changed" in story.notes
    assert ("тайна" in story.notes) is is_told
    body = body_of(story, context_of(policy))
    assert body.startswith("<p><b>Title changed</b>")
    assert ("слово89" in body) is is_told


def test_a_text_from_right_to_left_says_so():
    """In an element of its own; the line below it, which is English, does not run that way."""
    arabic = body_of(replace(STORY, language="ar", html="<p>هدنة</p>"), SITE)
    assert arabic == '<div dir="rtl"><p>هدنة</p></div>'
    assert body_of(replace(STORY, language="ru", html="<p>Мир</p>"), SITE) == "<p>Мир</p>"


@pytest.mark.parametrize("kind", sorted(RENDERERS))
def test_a_feeds_template_makes_its_titles(kind):
    """In every format; another feed of the same stories keeps theirs."""
    story = replace(STORY, title="Перемирие {outlet}", point=(35.93, 36.63))
    feed = replace(FEED, entry_title="{title} – {outlet} ({country}, {language})")
    context = context_of(Republish.FULL)
    dressed, plain = (read(kind, RENDERERS[kind](each, [story], context, NOW, {})) for each in (feed, FEED))
    assert dressed.entries[0].title == "Перемирие {outlet} – Press TV (IR, en)"
    assert plain.entries[0].title == "Перемирие {outlet}"


@pytest.mark.parametrize("html", ["<p>هدنة</p>", ""])
def test_must_40_an_entry_says_something_and_leads_somewhere(html):
    """One alternate link; a content, or a summary where there is no text (RFC 4287, 4.1.2)."""
    (entry,) = etree.fromstring(render("atom", replace(STORY, html=html))).iterfind(f"{ATOM}entry")
    assert [link.get("href") for link in entry.iterfind(f"{ATOM}link") if link.get("rel") in (None, "alternate")] == [
        STORY.link
    ]
    texts = [entry.findtext(f"{ATOM}{name}") for name in ("content", "summary")]
    assert [text is not None for text in texts] == [bool(html), not html]
    for name in ("id", "title", "updated"):
        assert len(entry.findall(f"{ATOM}{name}")) == 1


def test_must_41_nothing_that_changes_gives_an_entry_another_id():
    """A thousand times something else of the story, its outlet, the feed or the host; in every format."""
    chance = random.Random(7)
    choices = {
        "title": ("Перемирие", "هدنة"), "html": ("<p>x</p>", ""), "link": ("https://www.presstv.ir/9", None), "language": ("ar", ""),
        "updated": (NOW + timedelta(days=1),), "copies": ((), ("https://other.example/9",)), "notes": ("<p>n</p>",), "point": ((1.0, 2.0),),
        "outlet": ("presstv", "gone"), "tags": ((),), "author": (None,),
    }  # fmt: skip
    for _ in range(1000):
        story = replace(STORY, **{name: chance.choice(choices[name]) for name in chance.sample(sorted(choices), 4)})
        feed = replace(FEED, labels=chance.choice(("", "ar")), entry_title=chance.choice(("", "{title}!")))
        base = chance.choice(("https://feeds.example", "https://moved.example/news"))
        context = context_of(chance.choice(list(Republish)), base_url=base)
        kind = chance.choice(FEEDS)
        assert [each.id for each in read(kind, RENDERERS[kind](feed, [story], context, NOW, {})).entries] == [STORY.uid]


PICTURES = (
    Picture(url="https://www.presstv.ir/t.jpg", is_thumbnail=True, width=90, height=60),
    Picture(url="https://www.presstv.ir/ا.jpg", type="image/jpeg", width=640, height=480),
    Picture(url="data:image/png;base64,x"),
)


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_must_50_pictures_are_passed_through_with_their_own_size_and_type(kind):
    """By Media RSS; thumbnails as such, addresses as URIs, and what is no address not at all."""
    root = etree.fromstring(render(kind, replace(STORY, pictures=PICTURES)))
    media = "{http://search.yahoo.com/mrss/}"
    found = [(each.tag.removeprefix(media), dict(each.attrib)) for each in root.iter() if each.tag.startswith(media)]
    assert found == [
        ("thumbnail", {"url": "https://www.presstv.ir/t.jpg", "width": "90", "height": "60"}),
        ("content", {"url": "https://www.presstv.ir/%D8%A7.jpg", "type": "image/jpeg", "medium": "image",
                     "width": "640", "height": "480"}),
    ]  # fmt: skip


def test_a_json_feed_says_where_its_items_come_from():
    """The outlet, the source, the copies, the places with their roles, what was rewritten; and the picture that is no thumbnail."""
    place = replace(STORY.tags[0], role="mention", point=(35.93, 36.63), score=0.987654, geonameid=169577)
    story = replace(
        STORY, pictures=PICTURES, tags=(place,), revised=("title",), outlets=("presstv", "other"), deleted_at=NOW
    )
    (item,) = json.loads(render("json", story))["items"]
    assert item["image"] == "https://www.presstv.ir/%D8%A7.jpg"
    assert item["attachments"] == [
        {"url": "https://www.presstv.ir/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 10}
    ]
    # Nobody subscribes for what is only mentioned: it is no tag, but it is known.
    assert item["tags"] == ["World"]
    ours = item["_syndicator"]
    assert ours["outlet"] == {"id": "presstv", "name": "Press TV", "url": "https://www.presstv.ir/"}
    assert ours["source"]["url"] == "https://www.presstv.ir/rss"
    assert ours["copies"] == [{"url": "https://other.example/1"}]
    assert ours["regions"] == [
        {"term": "SY-ID", "label": "Idlib", "within": ["SY"], "role": "mention", "score": 0.988, "geonameid": 169577,
         "point": {"latitude": 35.93, "longitude": 36.63}},
    ]  # fmt: skip
    assert (ours["revised"], ours["deleted_at"]) == (["title"], "2026-03-06T12:00:00+00:00")


@pytest.mark.parametrize("kind", ["geojson", "kml"])
def test_maps_show_the_stories_whose_place_is_certain(kind):
    """Longitude first, and no others."""
    placed = replace(STORY, id=2, uid="tag:feeds.example,2026:presstv/2", title="В Идлибе", point=(35.93, 36.63))
    body = render(kind, STORY, placed)
    assert [each.title for each in read(kind, body).entries] == ["В Идлибе"]
    assert (b"[36.63,35.93]" if kind == "geojson" else b"36.63,35.93") in body


HUBBED = replace(SITE, hubs=("https://hub.example/",), alternates=("https://mirror.example/news",), icon="https://x.example/i.png",
                 logo="https://x.example/l.png", entry_cache=EntryCache())  # fmt: skip


def heads(context, feed=FEED):
    """Return the links of a feed's heads by relation: in Atom, in RSS, and in JSON Feed."""
    atom = etree.fromstring(RENDERERS["atom"](feed, [], context, NOW, {}))
    rss = etree.fromstring(RENDERERS["rss"](feed, [], context, NOW, {}))
    found = [{link.get("rel"): link.get("href") for link in root.iter(f"{ATOM}link")} for root in (atom, rss)]
    return [*found, json.loads(RENDERERS["json"](feed, [], context, NOW, {}))]


def test_must_38_heads_name_the_hub_and_the_other_copies():
    """A copy is a duplicate and no alternate: of those there may be one of each type (RFC 4287, 4.1.1)."""
    atom, rss, feed = heads(HUBBED)
    for found, suffix in ((atom, "atom"), (rss, "rss")):
        assert found["hub"] == "https://hub.example/"
        assert found["duplicate"] == f"https://mirror.example/news/feeds/idlib.{suffix}"
        assert found["self"] == f"https://feeds.example/feeds/idlib.{suffix}"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert feed["_syndicator"]["duplicates"] == ["https://mirror.example/news/feeds/idlib.json"]


def test_a_private_feed_names_neither_a_hub_nor_a_copy():
    """Nobody is told that it is there."""
    private = replace(FEED, tokens=(FeedToken(name="one", digest=b"x"),))
    atom, rss, feed = heads(HUBBED, private)
    assert not {"hub", "duplicate"} & {*atom, *rss}
    assert "hubs" not in feed
    assert "duplicates" not in feed["_syndicator"]


def test_a_feeds_pictures_are_its_own_or_those_of_all():
    """A square one and a wide one, in each format where it has a place."""
    own = replace(FEED, icon="https://x.example/own.png")
    for feed, icon in ((FEED, "https://x.example/i.png"), (own, "https://x.example/own.png")):
        atom, rss, found = (RENDERERS[kind](feed, [], HUBBED, NOW, {}) for kind in FEEDS)
        assert etree.fromstring(atom).findtext(f"{ATOM}icon") == icon
        assert etree.fromstring(atom).findtext(f"{ATOM}logo") == "https://x.example/l.png"
        assert etree.fromstring(rss).findtext("channel/image/url") == "https://x.example/l.png"
        assert (json.loads(found)["favicon"], json.loads(found)["icon"]) == (icon, "https://x.example/l.png")


@pytest.mark.parametrize(("feed", "language"), [({"language": "tr"}, "tr"), ({"labels": "ar"}, "ar"), ({}, None)])
def test_a_feed_says_the_language_of_its_title(feed, language):
    """As its file does, or else that of its labels; otherwise nothing is said."""
    atom, rss, found = (RENDERERS[kind](replace(FEED, **feed), [], SITE, NOW, {}) for kind in FEEDS)
    assert etree.fromstring(atom).get("{http://www.w3.org/XML/1998/namespace}lang") == language
    assert etree.fromstring(rss).findtext("channel/language") == language
    assert json.loads(found).get("language") == language


def test_must_49_an_archive_is_marked_and_linked():
    """RFC 5005, 4: it has an address of its own, and leads to its neighbours and to the feed."""
    links = [
        Link(rel="self", href="https://feeds.example/feeds/idlib/2026-02.atom"),
        Link(rel="current", href="https://feeds.example/feeds/idlib.atom", type="application/atom+xml"),
        Link(rel="prev-archive", href="https://feeds.example/feeds/idlib/2026-01.atom"),
    ]
    body = RENDERERS["atom"](FEED, [STORY], SITE, NOW, {}, links=links, is_archive=True)
    assert faults_of("x.atom", body) == []
    root = etree.fromstring(body)
    assert root.find("{http://purl.org/syndication/history/1.0}archive") is not None
    assert {
        link.get("rel"): link.get("href") for link in root.iterfind(f"{ATOM}link") if link.get("rel") != "alternate"
    } == {link.rel: link.href for link in links}
    assert any(
        "current document" in fault for fault in faults_of("x.atom", body.replace(b'rel="current"', b'rel="via"'))
    )


def test_must_58_the_list_of_feeds_has_those_that_are_public():
    """Grouped by kind, by title within each, at the address of the best format; maps are no feeds."""
    feeds = [
        replace(FEED, name="b", title="Б & <б>", language="ru", formats=("rss", "json")),
        replace(FEED, name="a", title="أ"),
        replace(FEED, name="outlet/one", title="One"),
        replace(FEED, name="region/SY", title="Syria"),
        replace(FEED, name="map", formats=("kml",)),
        replace(FEED, name="secret", title="Secret", tokens=()),
    ]
    body = render_opml(feeds, SITE)
    assert faults_of("feeds.opml", body) == []
    found = [(group.get("text"), [each.get("xmlUrl") for each in group]) for group in etree.fromstring(body)[1]]
    base = "https://feeds.example/feeds"
    assert found == [
        ("Feeds", [f"{base}/b.rss", f"{base}/a.atom"]),
        ("Outlets", [f"{base}/outlet/one.atom"]),
        ("Places", [f"{base}/region/SY.atom"]),
    ]
    assert b"ecret" not in body
    assert faults_of("feeds.opml", render_opml([], SITE)) == []


def test_the_time_of_a_story_is_a_whole_second_in_every_format():
    """Fractions differ from one database to the next, and say nothing to readers."""
    story = replace(STORY, updated=STORY.updated + timedelta(microseconds=999_999))
    for kind in FEEDS:
        assert b"12:05:00+00:00" in render(kind, story) or kind == "rss"
        assert b".999" not in render(kind, story)

"""The rules themselves: each finds the fault that it is for, in a document that has no other."""

from dataclasses import replace

import pytest

from syndicator.models import Picture
from syndicator.publish import RENDERERS
from syndicator.publish.cache import EntryCache
from syndicator.publish.opml import render as render_opml
from tests.conftest import NOW
from tests.stages.test_publish import FEED, SITE, STORY
from tests.validity.rules import faults_of

PICTURES = (
    Picture(url="https://www.presstv.ir/a.jpg", type="image/jpeg", width=640, height=480),
    Picture(url="https://www.presstv.ir/t.jpg", is_thumbnail=True),
)
WHOLE = replace(STORY, pictures=PICTURES, point=(35.93, 36.63))
CONTEXT = replace(SITE, icon="https://feeds.example/i.png", hubs=("https://hub.example/",), entry_cache=EntryCache())


def document(kind):
    if kind == "opml":
        return render_opml([FEED], CONTEXT)
    second = replace(WHOLE, id=2, uid="tag:feeds.example,2026:presstv/2", title="Второе сообщение")
    return RENDERERS[kind](replace(FEED, language="en"), [WHOLE, second], CONTEXT, NOW, {})


@pytest.mark.parametrize("kind", [*sorted(RENDERERS), "opml"])
def test_a_document_of_ours_breaks_no_rule(kind):
    """Of which the others are made."""
    assert faults_of(f"x.{kind}", document(kind)) == []


BROKEN = {
    "atom": [
        ("</feed>", "", "not well-formed"),
        (' rel="self" type="application/atom+xml"', ' rel="related"', "not one self link"),
        ("<title>Idlib</title>", "", "0 times title"),
        ("<title>Idlib</title>", "<title>Idlib</title><title>x</title>", "2 times title"),
        ("2026-03-06T12:05:00+00:00", "2026-03-06 12:05:00", "no RFC 3339 date"),
        ("2026-03-06T12:05:00+00:00", "2026-02-30T12:05:00Z", "on no calendar"),
        ("presstv/2</id>", "presstv/1</id>", "two entries have the id"),
        ('term="SY"', 'term=""', "term (4.2.2.1) is empty"),
        ('scheme="tag:feeds.example,2026:region"', 'scheme="region"', "scheme (4.2.2.2)"),
        (' label="Syria"', "", "label of SY is empty"),
        ('rel="via"', 'rel="nonsense"', "unknown relation"),
        ('href="https://other.example/1"', 'href="https://www.presstv.ir/Detail/1"', "related to itself"),
        ('href="https://other.example/1"', 'href="/1"', "no http(s) address"),
        ('rel="related"', 'rel="alternate"', "two alternates"),
        ("<name>A. Writer</name>", "<name></name>", "name (3.2.1) is empty"),
        ("<name>A. Writer</name>", "<name>x</name><name>y</name>", "(3.2)"),
        ("&lt;p&gt;All", "&lt;script&gt;All", "<script> is not harmless"),
        ("&lt;p&gt;All", "All", "</p> closes nothing"),
        ('xml:lang="en">\n  <id>', 'xml:lang="english">\n  <id>', "no language"),
        ('medium="image"', 'medium="video"', "media is no video"),
        ('width="640"', 'width="0"', "media width is no number"),
        (">35.93 36.63<", ">95.93 36.63<", "on no globe"),
        (">35.93 36.63<", ">35.93,36.63<", "is no point"),
        ("<source>", "<odd/><source>", "unknown element odd"),
        ('length="10"', 'length="ten"', "length (4.2.7.6)"),
        ("\n</feed>", "\n  <logo>https://x.example/</logo>\n</feed>", "metadata stands after entries"),
    ],
    "rss": [
        ('version="2.0"', 'version="0.91"', "not one channel"),
        ("<description>Idlib</description>", "", "0 times description"),
        ("<ttl>5</ttl>", "<ttl>-1</ttl>", "ttl is no number"),
        ('rel="self" type="application/rss+xml"', 'rel="hub"', "not one atom:link to itself"),
        ("Fri, 06 Mar 2026 12:00:00", "Thu, 06 Mar 2026 12:00:00", "another day of the week"),
        ("Fri, 06 Mar 2026 11:00:00", "Fri, 06 Mar 26 11:00:00", "no RFC 822 date"),
        ("<title>Ceasefire", "<title>&lt;b&gt;Ceasefire", "another text as HTML"),
        ("<title>Ceasefire", "<title>&amp;lt;Ceasefire", "another text as HTML"),
        ("presstv/2</guid>", "presstv/1</guid>", "two items have the guid"),
        ('isPermaLink="false"', 'isPermaLink="true"', "said to be a link"),
        ('<source url="https://www.presstv.ir/rss"', '<source url="/rss"', "source is no http(s) address"),
        ("<category>World</category>", "<category/>", "category is empty"),
        ("<category>World</category>", "<category>Syria</category>", "twice"),
        ("<dc:creator>", "<dc:creator></dc:creator><dc:creator>", "2 times"),
        ("<dc:language>en</dc:language>", "<dc:language></dc:language>", "no language"),
        ("<title>Idlib</title>\n      <link>", "<title>Other</title>\n      <link>", "its title is not the channel's"),
        ("<pubDate>", "<author>somebody</author><pubDate>", "unknown element author"),
    ],
    "json": [
        ('"version":"https://jsonfeed.org/version/1.1",', "", "has no version"),
        ("version/1.1", "version/2", "feed version is"),
        ('"title":"Idlib",', '"title":"Idlib","title":"x",', "a member twice"),
        ('"title":"Idlib",', '"title":"Idlib","odd":1,', "unknown member odd"),
        ('"id":"tag:feeds.example,2026:presstv/2"', '"id":17', "is no string"),
        ('presstv/2","url"', 'presstv/1","url"', "two items have the id"),
        ('"content_html":', '"_content":', "neither content_html nor content_text"),
        ('"name":"A. Writer"', '"nick":"A. Writer"', "neither name nor url nor avatar"),
        ('"mime_type":"audio/mpeg",', "", "has no mime_type"),
        ('"size_in_bytes":10', '"size_in_bytes":"10"', "no number above 0"),
        ('"World"]', '"World","World"]', "has one twice"),
        ('"date_modified":"2026-03-06T12:05', '"date_modified":"2025-03-06T12:05', "before it was published"),
        ('"type":"WebSub",', "", "has no type"),
        ('"language":"en","attachments"', '"language":"english","attachments"', "no language"),
    ],
    "geojson": [
        ("FeatureCollection", "Features", "no feature collection"),
        ('"title":"Idlib"', '"properties":"Idlib"', "(7.1)"),
        ("[36.63,35.93]", "[36.63,95.93]", "on no globe"),
        ('"type":"Point"', '"type":"Dot"', "no point"),
    ],
    "kml": [
        ("<coordinates>36.63,35.93", "<coordinates>36.63 35.93", "no longitude and latitude"),
        ('id="story-2"', 'id="2"', "its id is no name"),
        ("</TimeStamp>", "</TimeStamp><name>x</name>", "out of order"),
    ],
    "opml": [
        ('version="2.0"', 'version="1.0"', "not head and body"),
        ('text="Idlib"', 'text=""', "is empty"),
        ('xmlUrl="https', 'xmlUrl="feed', "no http(s) address"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "fault"),
    [(kind, *each) for kind, faults in BROKEN.items() for each in faults],
)
def test_each_rule_finds_its_fault(kind, right, wrong, fault):
    """What is put in the place of something right is noticed, and named."""
    body = document(kind).decode()
    assert right in body
    broken = body.replace(right, wrong, 1) if "presstv/2" not in right else wrong.join(body.rsplit(right, 1))
    assert any(fault in found for found in faults_of(f"x.{kind}", broken.encode())), faults_of(
        f"x.{kind}", broken.encode()
    )

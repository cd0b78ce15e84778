"""What formats demand of whoever reads them, by the numbers of the fetcher's contract; through parse and normalize."""

from datetime import UTC, datetime

import msgspec
import pytest

from syndicator.config.opml import read_opml
from syndicator.errors import EndedError, NotAFeedError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.models import Picture
from tests.conftest import NOW

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="https://x.example/ns" xml:base="https://o.example/a/">'
    "<title>f</title>{}</feed>"
)
RSS = (
    '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:x="https://x.example/ns">'
    "<channel><title>f</title><link>https://o.example/</link>{}</channel></rss>"
)


def read(body, **what):
    values = {"url": "https://o.example/f", "outlet": "o", "content_type": "", "bases": ("https://o.example",)}
    job = Job(**{**values, "language": "en", "now": NOW, **what})
    return extract_document(job, body if isinstance(body, bytes) else body.encode()).entries


def atom(*entries):
    return read(ATOM.format("".join(f"<entry>{each}</entry>" for each in entries)))


def rss(*items):
    return read(RSS.format("".join(f"<item>{each}</item>" for each in items)))


def json(*items, **what):
    return read(
        msgspec.json.encode({"version": "https://jsonfeed.org/version/1.1", "title": "f", "items": items, **what})
    )


def test_must_19_foreign_markup_stops_nothing():
    """Elements and attributes of unknown namespaces are passed over, wherever they stand."""
    foreign = '<x:odd x:a="1"><x:deep>t</x:deep></x:odd>'
    (one,) = atom(f'{foreign}<id>1</id><title x:b="2">Перемирие</title>{foreign}')
    (two,) = rss(f"{foreign}<title>آتش‌بس</title><guid>1</guid>{foreign}")
    assert (one.title, two.title) == ("Перемирие", "آتش‌بس")


def test_must_20_atom_ids_are_compared_character_by_character():
    """Another case or spelling is another entry; two entries of one id in a document are one."""
    ids = ("urn:a", "urn:A", "urn:%61", "urn:a")
    entries = atom(*(f"<id>{id_}</id><title>t{n}</title>" for n, id_ in enumerate(ids)))
    assert sorted(entry.key for entry in entries) == ["guid:urn:%61", "guid:urn:A", "guid:urn:a"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<content type="html">&lt;p&gt;one &amp;amp; two&lt;/p&gt;</content>', "<p>one &amp; two</p>"),
        ('<content type="text">one &lt; two &amp; three</content>', "one &lt; two &amp; three"),
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>one <b>two</b></p></div></content>',
            "<p>one <b>two</b></p>",
        ),
        (
            '<content type="html" xml:base="b/">&lt;a href="c"&gt;x&lt;/a&gt;</content>',
            '<a href="https://o.example/a/b/c" rel="noopener noreferrer nofollow">x</a>',
        ),
    ],
)
def test_must_22_content_is_read_by_its_type(content, expected):
    """Escaped HTML, plain text, a div of XHTML; xml:base is inherited."""
    (entry,) = atom(f"<id>1</id><title>t</title>{content}")
    assert entry.html == expected


@pytest.mark.parametrize(
    ("inner", "key", "link"),
    [
        ("<guid>https://o.example/p</guid>", "guid:~/p", "https://o.example/p"),
        ('<guid isPermaLink="true">https://o.example/p</guid>', "guid:~/p", "https://o.example/p"),
        ('<guid isPermaLink="false">https://o.example/p</guid>', "guid:~/p", None),
        ('<guid isPermaLink="false">17</guid><link>https://o.example/p</link>', "guid:17", "https://o.example/p"),
        ("<guid>17</guid><link>https://o.example/p</link>", "guid:~/17", "https://o.example/p"),
        ("<link>https://o.example/p</link>", "link:~/p", "https://o.example/p"),
        ("", "words:", None),
    ],
)
def test_must_23_a_guid_is_a_link_unless_it_says_otherwise(inner, key, link):
    """Without one the link tells items apart, else the words."""
    (entry,) = rss(f"<title>t</title>{inner}")
    assert (entry.key.startswith(key), entry.link) == (True, link)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Thu, 05 Mar 2026 10:00:00 GMT", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("05 Mar 26 10:00 EST", datetime(2026, 3, 5, 15, tzinfo=UTC)),
        ("Thu, 05 Mar 2026 10:00:00 +0330", datetime(2026, 3, 5, 6, 30, tzinfo=UTC)),
        ("2026-03-05T10:00:00Z", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("2026-03-05T10:00:00.5+03:00", datetime(2026, 3, 5, 7, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_must_24_dates_in_all_their_forms(date, expected):
    """What is no date is none: the story's is then when it was first seen."""
    (entry,) = rss(f"<title>t</title><pubDate>{date}</pubDate>")
    assert entry.published == expected


def test_must_27_json_feed_by_its_rules():
    """Ids may be numbers; items without are ignored; other versions are none; an expired feed has ended."""
    entries = json({"id": 17, "title": "هدنة"}, {"id": "18", "content_text": "b"}, {"title": "no id"}, {"id": ""})
    assert {(entry.key, entry.title) for entry in entries} == {("guid:17", "هدنة"), ("guid:18", "b")}
    with pytest.raises(NotAFeedError):
        json(version="https://other.example/1")
    with pytest.raises(EndedError):
        json({"id": "1"}, expired=True)


def test_must_27_next_url_is_not_followed():
    """So that no loop can be made of it: a first page is news enough, and gaps are for archives."""
    assert len(json({"id": "1", "title": "t"}, next_url="https://o.example/f")) == 1


@pytest.mark.parametrize(
    ("inner", "point"),
    [
        ("<georss:point>35.93 36.63</georss:point>", (35.93, 36.63)),
        ("<georss:point> -35.5 -120 </georss:point>", (-35.5, -120.0)),
        ("<georss:where><gml:Point><gml:pos>35.93 36.63</gml:pos></gml:Point></georss:where>", (35.93, 36.63)),
        ("<geo:lat>35.93</geo:lat><geo:long>36.63</geo:long>", (35.93, 36.63)),
        ("<geo:Point><geo:lat>35.93</geo:lat><geo:long>36.63</geo:long></geo:Point>", (35.93, 36.63)),
        ("<georss:point>95 36.63</georss:point>", None),
        ("<georss:point>35.93</georss:point>", None),
        ("<georss:point>north</georss:point>", None),
        ("<geo:lat>nan</geo:lat><geo:long>1</geo:long>", None),
        ("<geo:lat>35.93</geo:lat>", None),
    ],
)
def test_must_28_a_point_is_latitude_and_longitude(inner, point):
    """GeoRSS, GML and W3C Geo are read; what is on no globe is no point."""
    names = (
        'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"'
        ' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"'
    )
    body = RSS.replace("<rss ", f"<rss {names} ").format(f"<item><title>t</title>{inner}</item>")
    (entry,) = read(body)
    assert entry.point == point


def test_must_29_a_media_group_is_one_object():
    """Variants of one picture or film are not several; RSS readers take one enclosure."""
    group = "".join(f'<media:content url="https://o.example/{n}.mp4" type="video/mp4"/>' for n in range(3))
    enclosure = '<enclosure url="https://o.example/a.mp3" type="audio/mpeg" length="7"/>'
    (entry,) = rss(f"<title>t</title>{enclosure}<media:group>{group}</media:group>")
    assert (entry.enclosure.url, entry.enclosure.length) == ("https://o.example/a.mp3", 7)


PICTURE = '<media:content url="/a.jpg" type="IMAGE/jpeg" width="640" height="480px"/>'
A_PICTURE = Picture(url="https://o.example/a.jpg", type="image/jpeg", width=640, height=480)


@pytest.mark.parametrize(
    ("inner", "pictures"),
    [
        (PICTURE, [A_PICTURE]),
        (PICTURE * 2, [A_PICTURE]),
        (f"<media:group>{PICTURE}<media:thumbnail url='t.png' width='90'/></media:group>",
         [A_PICTURE, Picture(url="https://o.example/t.png", width=90, is_thumbnail=True)]),
        ("<media:content url='https://o.example/p' medium='image'/>", [Picture(url="https://o.example/p")]),
        ("<media:content url='https://o.example/b.webp?w=9'/>", [Picture(url="https://o.example/b.webp?w=9")]),
        ("<enclosure url='https://o.example/e.jpg' type='image/jpeg' length='9'/>",
         [Picture(url="https://o.example/e.jpg", type="image/jpeg")]),
        # Films, sounds, pages, scripts, pixels that count readers, and what is no address.
        ("<media:content url='https://o.example/v.mp4' type='video/mp4'/>", []),
        ("<media:content url='https://o.example/v.jpg' medium='video'/>", []),
        ("<media:content url='https://o.example/page'/>", []),
        ("<media:content url='javascript:alert(1)' medium='image'/><media:thumbnail url=''/><media:thumbnail/>", []),
        ("<media:content url='https://o.example/p.gif' width='1' height='1'/>", []),
        ("<media:thumbnail url='https://o.example/t' width='100%' height='-5'/>",
         [Picture(url="https://o.example/t", is_thumbnail=True)]),
    ],
)  # fmt: skip
def test_pictures_of_media_rss_and_enclosures(inner, pictures):
    """The same whether an item is plain, or has something that makes feedparser read it."""
    (plain,) = rss(f"<title>t</title>{inner}")
    (odd,) = rss(f"<title>t</title>{inner}<name>odd</name>")
    assert list(plain.pictures) == list(odd.pictures) == pictures


def test_of_many_pictures_ten_are_kept():
    """A gallery is not an item's pictures."""
    many = "".join(f"<media:thumbnail url='https://o.example/{n}.jpg'/>" for n in range(50))
    (entry,) = rss(f"<title>t</title>{many}")
    assert len(entry.pictures) == 10


def test_pictures_of_atom_and_json_feed():
    """A JSON Feed's own picture before the wide one for its top."""
    media = '<media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="t.jpg"/>'
    (entry,) = atom(f"<id>1</id><title>t</title>{media}<link rel='enclosure' type='image/png' href='e.png'/>")
    assert [each.url for each in entry.pictures] == ["https://o.example/a/t.jpg", "https://o.example/a/e.png"]
    (entry,) = json(
        {"id": "1", "title": "هدنة", "image": "/i.jpg", "banner_image": "https://o.example/b", "attachments": []}
    )
    assert [each.url for each in entry.pictures] == ["https://o.example/i.jpg", "https://o.example/b"]


def test_must_30_an_outline_with_an_address_is_a_feed():
    """Whatever its type; what it includes is not followed."""
    body = (
        '<opml version="2.0"><body><outline type="include" url="https://other.example/list.opml"/>'
        '<outline text="A &amp; B" xmlUrl="https://a.example/f" odd="x"/>'
        '<outline text="C" type="link" xmlurl="https://c.example/f"/></body></opml>'
    )
    assert [(each.title, each.address) for each in read_opml(body)] == [
        ("A & B", "https://a.example/f"),
        ("C", "https://c.example/f"),
    ]

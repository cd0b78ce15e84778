"""Documents through real children and real feedparser."""

import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.extract import COMMAND, Extractor, Limits, Pool
from syndicator.models import Document, Outcome, ParsedDocument, Source
from tests.conftest import NOW
from tests.newsroom import Item, rss

URL = "https://outlet.example/feed.xml"
SOURCE = Source(id="outlet/feed.xml", outlet="outlet", endpoints=(URL,), language="en")


# For tests that are not about limits: enough for the slowest machine.
AMPLE = Limits(cpu=100, wall=300)


@pytest.fixture
async def pool():
    made = Pool(COMMAND, size=2, limits=AMPLE)
    yield made
    await made.close()


async def prepared(pool, body, content_type="", **what):
    document = Document(endpoint=URL, outcome=Outcome.OK, url=URL, body=body, content_type=content_type)
    values = {"source": SOURCE, "bases": ("https://outlet.example",), "now": NOW, **what}
    return await Extractor(pool).document(document, **values)


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fa"><title>عنوان</title><id>x</id>
<entry><id>urn:1</id><title type="html">آتش‌بس &amp;amp; ادلب</title><link href="/a"/><updated>2026-03-01T00:00:00+03:30</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>متن</p></div></content></entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="x"><title>c</title></channel><item rdf:about="y"><title>i</title><link>https://outlet.example/i</link></item></rdf:RDF>"""


async def test_atom_rdf_and_rss_come_out_alike(pool):
    """Three kinds of feeds, one kind of entry."""
    atom = await prepared(pool, ATOM.encode())
    (entry,) = atom.entries
    assert (entry.title, entry.link, entry.html) == ("آتش‌بس & ادلب", "https://outlet.example/a", "<p>متن</p>")
    assert entry.published == datetime(2026, 2, 28, 20, 30, tzinfo=UTC)
    (entry,) = (await prepared(pool, RDF.encode())).entries
    assert entry.link == "https://outlet.example/i"
    (entry,) = (await prepared(pool, rss(Item("t", guid="g")))).entries
    assert entry.key == "guid:g"


@pytest.mark.parametrize(
    ("encoding", "declared", "text"),
    [
        ("windows-1251", "windows-1251", "Перемирие в Идлибе"),
        ("koi8-r", "koi8-r", "Перемирие в Идлибе"),
        ("windows-1256", "windows-1256", "هدنة في إدلب"),
        ("iso-8859-9", "iso-8859-9", "İdlib'de ateşkes"),
        ("utf-16", "utf-16", "آتش‌بس در ادلب"),
    ],
)
async def test_f27_old_encodings(pool, encoding, declared, text):
    """As the prolog says, without mojibake."""
    body = rss(Item(text, guid="1")).decode().replace("UTF-8", declared).encode(encoding, "xmlcharrefreplace")
    (entry,) = (await prepared(pool, body)).entries
    assert entry.title == text


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", Outcome.NOT_A_FEED),
        (b"<!doctype html><html><body>Just a moment...</body></html>", Outcome.NOT_A_FEED),
        (b"{}", Outcome.NOT_A_FEED),
        (rss(*(Item(f"t{n}", guid=str(n)) for n in range(50)))[:3000], Outcome.NOT_A_FEED),
        (b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel/></rss>', Outcome.POISON_XML),
        (b'<!-- <rss> --><!DOCTYPE r [<!ENTITY % a SYSTEM "file:///etc/passwd">]><rss/>', Outcome.POISON_XML),
        ('<!DOCTYPE r [<!ENTITY a "b">]><rss/>'.encode("utf-16"), Outcome.POISON_XML),
    ],
)
async def test_f16_f23_f28_what_is_no_feed_says_what_it_is(pool, body, outcome):
    """Challenge pages, broken-off documents and XML bombs bring nothing in."""
    result = await prepared(pool, body)
    assert not isinstance(result, ParsedDocument)
    assert result.outcome is outcome


@pytest.mark.parametrize(
    "damage",
    [
        (b"<description>", b"<description>&#xD800; "),
        (b"<link>", b"<link>https://x&#xD800;.example/"),
        (b"</channel>", b"<ttl>" + b"9" * 5000 + b"</ttl></channel>"),
        (
            b"</item>",
            b'<enclosure url="https://x.example/\xef\xbf\xbe" length="' + b"9" * 5000 + b'" type="a/b"/></item>',
        ),
    ],
)
async def test_one_bad_field_does_not_lose_the_document(pool, damage):
    """The other items come in, and this one as far as it goes."""
    body = rss(Item("Good", link="https://outlet.example/1", guid="1", text="x"), Item("Other", guid="2", text="y"))
    result = await prepared(pool, body.replace(*damage, 1))
    assert isinstance(result, ParsedDocument)
    assert {"Other"} <= {entry.title for entry in result.entries}


async def test_f36_many_links_on_a_long_base_do_not_inflate(pool):
    """A megabyte of short links against a long base stays a few megabytes, and costs a small multiple of a short base's."""
    body = rss(*(Item(f"t{n}", guid=str(n), text="<a href=a>x</a>" * 800) for n in range(60)))
    cost = {}
    for length in (1, 1900):
        base = b'<rss xml:base="https://outlet.example/' + b"b" * length + b'/"'
        before = pool.cpu_seconds
        result = await prepared(pool, body.replace(b"<rss", base))
        assert sum(len(entry.html) for entry in result.entries) < 8_000_000
        cost[length] = pool.cpu_seconds - before
    assert cost[1900] < 20 * cost[1]


async def test_f30_no_items_is_no_error(pool):
    """An empty feed is a feed."""
    assert (await prepared(pool, rss())).entries == ()


async def test_items_without_anything_to_tell_them_apart_keep_their_words(pool):
    """No guid, no link: the words are the key."""
    result = await prepared(pool, rss(Item("One story"), Item("Another story")))
    assert len({entry.key for entry in result.entries}) == 2


async def test_the_date_of_the_fetch_bounds_the_items_dates(pool):
    """A feed from next year has no dates to believe."""
    date = (NOW + timedelta(days=300)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    (entry,) = (await prepared(pool, rss(Item("t", guid="1", date=date)))).entries
    assert entry.published is None


async def test_all_feed_fixtures_pass_without_a_crash(pool, corpora, tmp_path):
    """Every file comes out as entries or as a word that says why not."""
    with tarfile.open(corpora / "feeds" / "fixtures.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    files = [path for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert len(files) > 300
    results = [await prepared(pool, path.read_bytes()) for path in files]
    good = [result for result in results if isinstance(result, ParsedDocument)]
    assert len(good) > 250
    assert sum(len(result.entries) for result in good) > 3000
    assert {result.outcome for result in results if not isinstance(result, ParsedDocument)} <= {
        Outcome.NOT_A_FEED,
        Outcome.POISON_XML,
    }

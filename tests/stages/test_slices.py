"""What is read of a document taken apart is what feedparser reads of it whole."""

import itertools
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.parse import ItemIndex, parse_feed, parse_whole
from tests.newsroom import Item, rss

URL = "https://outlet.example/feeds/world.xml?page=1"
ITEMS = (
    (
        "<title>Ceasefire in Idlib</title><link>/news/1</link><guid>1</guid><pubDate>Thu, 05 Mar 2026 18:00:00 GMT</pubDate>"
        "<description>&lt;p&gt;Roads &amp;amp; schools&lt;/p&gt;</description>"
    ),
    (
        "<title>وقف إطلاق النار في إدلب</title><link>https://outlet.example/2?a=1&amp;amp;b=2</link><guid isPermaLink='false'>b</guid>"
        "<content:encoded><![CDATA[<p>نص <b>كامل</b> ]]&gt; </p>]]></content:encoded><dc:creator>ليلى</dc:creator>"
    ),
    (
        "<title type='html'>Перемирие &amp;laquo;в Идлибе&amp;raquo;</title><dc:date>2026-03-05T18:00:00+03:00</dc:date>"
        "<description>первое</description><itunes:summary>второе</itunes:summary><category domain='x'>Сирия</category>"
        "<category domain='x'>Турция</category>"
    ),
    (
        "<guid>https://outlet.example/4</guid><title>İdlib'de ateşkes</title><title>Başka başlık</title>"
        "<media:group><media:content url='https://outlet.example/v.mp4'/><media:title>Video</media:title></media:group>"
        "<enclosure url='https://outlet.example/a.mp3' type='Audio/MPEG' length='12'/>"
    ),
    "<title>آتش‌بس در ادلب</title><description>متن<br/>با نشانه</description>",
    "<title>Own base</title><description xml:base='https://other.example/'>x</description><link>rel</link>",
    "<title>Twice read as Latin: Ø\xa5Ø¯Ù\x84Ø¨ and \x93quotes\x94</title><author>a@outlet.example (A. B.)</author>",
    "<post-id xmlns='com-wordpress:feed-additions:1'>7</post-id><title>Foreign default</title><source url='https://s.example/'>S</source>",
)
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:p="http://www.pheedo.com/namespace/pheedo"'
)
ENTRIES = (
    (
        "<id>tag:outlet.example,2026:1</id><title type='html'>A &amp;amp; B</title><link href='/1'/><updated>2026-03-05T18:00:00Z</updated>"
        "<author><name>لیلا</name><email>l@outlet.example</email></author><summary>short</summary><content type='html'>&lt;p&gt;long</content>"
    ),
    (
        "<id>2</id><title>Plain &lt;b&gt;</title><link rel='enclosure' href='/a.mp3' type='audio/mpeg'/><link rel='alternate' href='2.html'/>"
        "<category term='سوريا' label='x'/><source><id>s</id><title>Source</title><author><name>N</name></author></source>"
    ),
    "<id>3</id><title>XHTML</title><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>متن</p></div></content>",
    (
        "<id>4</id><title>Contributors</title><contributor><name>C</name></contributor><published>2026-03-05T18:00:00+03:30</published>"
        "<author><name>One</name></author><author><uri>https://x.example/</uri></author>"
    ),
)
HEAD = (
    "<title>{0}</title><link>https://outlet.example/</link><ttl>30</ttl><image><url>i</url><title>Logo</title></image>"
)


def rss_of(items, root="", title="Outlet"):
    body = "".join(f"<item>{item}</item>\n" for item in items)
    return f'<rss version="2.0" {SPACES} {root}><channel>{HEAD.format(title)}{body}</channel></rss>'.encode()


def atom_of(entries, root=""):
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><title type="text">Outlet</title>{body}</feed>'.encode()


def rdf_of(items):
    body = "".join(f'<item rdf:about="https://outlet.example/{n}">{item}</item>' for n, item in enumerate(items))
    spaces = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    return f'<rdf:RDF {spaces} {SPACES}><channel rdf:about="x"><title>Outlet</title></channel>{body}</rdf:RDF>'.encode()


DOCUMENTS = {
    "rss": rss_of(ITEMS),
    "rss with a base": rss_of(ITEMS, "xml:base='https://cdn.example/x/'"),
    "rss in windows-1251": b'<?xml version="1.0" encoding="windows-1251"?>'
    + rss_of(ITEMS).decode().encode("windows-1251", "xmlcharrefreplace"),
    "rss with a title feedparser alone can tell": rss_of(ITEMS, title="<b>Outlet</b>"),
    "atom": atom_of(ENTRIES),
    "atom with a base": atom_of(ENTRIES, "xml:base='/sub/' xml:lang='fa'"),
    "rdf": rdf_of(ITEMS[:3]),
}


def agree(body, known=frozenset(), content_type=""):
    whole = parse_whole(body, url=URL, content_type=content_type)
    hashes = parse_feed(body, url=URL, content_type=content_type).hashes
    sliced = parse_feed(body, url=URL, content_type=content_type, known=known)
    wanted = [entry for entry, one in zip(whole.entries, hashes, strict=True) if one not in known]
    assert (sliced.title, sliced.polling_hints, sliced.listed) == (whole.title, whole.polling_hints, whole.listed)
    assert list(sliced.entries) == wanted
    return hashes


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_subset_of_known_items_leaves_the_others_as_they_are(name):
    """Field by field, whatever is cut out around them."""
    hashes = agree(DOCUMENTS[name])
    assert len(set(hashes)) == len(hashes) > 0
    for count in range(1, len(hashes) + 1):
        for known in itertools.islice(itertools.combinations(hashes, count), 30):
            agree(DOCUMENTS[name], frozenset(known))


FIELDS = st.lists(
    st.sampled_from(
        [part for item in (*ITEMS, *ENTRIES) for part in item.replace("><", ">\0<").split("\0")]
        + [
            "<title/>",
            "<link/>",
            "<guid/>",
            "text",
            "<!-- c -->",
            "<x:y xmlns:x='u'>z</x:y>",
            "<category/>",
            "<author/>",
            "<description/>",
            "<dc:title>dc</dc:title>",
            "<dc:description>dc</dc:description>",
            "<description>second</description>",
            "<content:encoded> </content:encoded>",
            "<media:description>caption</media:description>",
            "<media:content><media:description>caption</media:description></media:content>",
            "<image><title>i</title><link>/i</link><description>i</description></image>",
            "<link>N/A</link>",
            "<link>www.outlet.example/7</link>",
            "<link> /8 </link>",
            "<guid>12345</guid>",
            "<link rel='alternate canonical' href='/9'/>",
            "<link rel='http://www.iana.org/assignments/relation/alternate' hreflang='fa' href='/10'/>",
            "<link hreflang='en' href='/11' type='text/html; charset=utf-8'/>",
            "<feedburner:origLink>https://outlet.example/12</feedburner:origLink>",
            "<p:origLink>https://outlet.example/13?a=1&amp;b=2</p:origLink>",
            "<source url='https://s.example/'><title>s</title><link>/s</link></source>",
        ]
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FIELDS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_any_mixture_of_elements_is_read_as_feedparser_reads_it(items, chance):
    """Well-formed or not, likely or not."""
    body = rss_of("".join(item) for item in items)
    try:
        whole = parse_whole(body, url=URL)
    except NotAFeedError:
        return
    found = parse_feed(body, url=URL)
    assert (found.title, found.entries) == (whole.title, whole.entries)
    if found.hashes:
        agree(body, frozenset(one for one in found.hashes if chance.random() < 0.5))


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss><rss version='2.0'><channel><item><title>t</title></item></channel></rss>",
        b"<rss version='2.0'><channel><item><title>t & u</title></item></channel></rss>",
        b"<rss version='2.0'><item><title>outside</title></item><channel/></rss>",
        b"<rss version='2.0' xmlns:media='urn:other'><channel><item><media:title>t</media:title></item></channel></rss>",
        (
            b"<rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><itunes:summary>s</itunes:summary>"
            b"<description>d</description><item><description>a</description><itunes:summary>b</itunes:summary></item></channel></rss>"
        ),
    ],
)
def test_an_odd_document_goes_to_feedparser_whole(body):
    """It has no hashes, so that nothing of it is ever taken for known."""
    found = parse_feed(body, url=URL)
    assert found == parse_whole(body, url=URL)
    assert found.hashes == ()


@pytest.mark.parametrize(
    "other",
    [
        rss_of(ITEMS, "xml:base='https://cdn.example/'"),
        rss_of(ITEMS, "xml:lang='fa'"),
        rss_of(ITEMS).replace(b"<channel>", b"<channel xml:base='/x/'>"),
    ],
)
def test_what_items_inherit_is_part_of_their_hashes(other):
    """The same bytes under another base are another item."""
    assert not set(parse_feed(rss_of(ITEMS), url=URL).hashes) & set(parse_feed(other, url=URL).hashes)


def test_the_address_is_part_of_the_hashes_but_not_its_query():
    """Relative links mean something else elsewhere; a token that changes each time does not."""
    here, there, token = (
        parse_feed(rss_of(ITEMS), url=url).hashes for url in (URL, "https://mirror.example/f", URL + "&token=2")
    )
    assert here == token
    assert not set(here) & set(there)


def test_items_that_share_a_link_or_guid_are_judged_together():
    """A listing cannot vouch for a known item when a new one claims to be the same."""
    old = Item("Live page", link="https://outlet.example/live", guid="1", text="a")
    first = parse_feed(rss(old), url=URL)
    packed = ItemIndex().after(first.hashes, first.entries)
    same_link = rss(Item("Live page, later", link=old.link, guid="2", text="b"), old)
    same_guid = rss(Item("Another", link="https://outlet.example/x", guid="1", text="b"), old)
    neither = rss(Item("Another", link="https://outlet.example/x", guid="3", text="b"), old)
    for body, is_told in ((same_link, False), (same_guid, False), (neither, True)):
        later = parse_feed(body, url=URL, known=ItemIndex(packed).hashes)
        assert len(later.entries) == 1
        assert (ItemIndex(packed).after(later.hashes, later.entries) is not None) is is_told


@pytest.mark.parametrize("packed", [b"", b"short", b"x" * 17])
def test_a_listing_that_is_none_knows_nothing(packed):
    """Whatever stands in the store."""
    assert ItemIndex(packed).hashes == frozenset()


@pytest.mark.long
@pytest.mark.parametrize(
    "content_type", ["", "text/xml", "application/rss+xml; charset=utf-8", "text/xml; charset=windows-1251"]
)
def test_all_fixtures_agree(corpora, content_type):
    """Every file of fourteen feed libraries' tests: no crash, and the same entries both ways."""
    chance, sliced = random.Random(1), 0
    with tarfile.open(corpora / "feeds/fixtures.tar.xz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None or member.size > 1_000_000:
                continue
            body = file.read()
            try:
                whole = parse_whole(body, url=URL, content_type=content_type)
            except (NotAFeedError, UnsafeDocumentError):
                continue
            found = parse_feed(body, url=URL, content_type=content_type)
            assert (found.title, found.entries) == (whole.title, whole.entries), member.name
            if found.hashes:
                sliced += 1
                agree(body, frozenset(one for one in found.hashes if chance.random() < 0.7), content_type)
    assert sliced > 150

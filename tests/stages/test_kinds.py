"""Sources that are no feeds: news sitemaps, and pages by selectors."""

import gzip
from datetime import UTC, datetime

import pytest

from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.models import Link, Select, Source, SourceKind
from syndicator.parse import guess_select, parse_page, parse_sitemap, read_page
from syndicator.selectors import check_selector

URL = "https://outlet.example/sitemap.xml"
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def address(loc, title, date="2026-03-06T10:00:00+03:30", more=""):
    return (
        f"<url><loc>{loc}</loc><news:news><news:publication><news:name>Outlet</news:name><news:language>fa</news:language>"
        f"</news:publication><news:publication_date>{date}</news:publication_date><news:title>{title}</news:title>{more}"
        "</news:news></url>"
    )


def urlset(*addresses):
    head = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {NEWS}>'
    return f"{head}{''.join(addresses)}</urlset>".encode()


TITLES = {
    "en": "Truce holds in Idlib &amp; Aleppo",
    "ar": "وقف إطلاق النار في إدلب",
    "fa": "آتش‌بس در ادلب",
    "ru": "Перемирие в Идлибе",
    "tr": "İdlib'de ateşkes",
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_news_sitemap_gives_its_headlines(pack):
    """Addresses, headlines in their own letters, dates in UTC, keywords; packed or not."""
    body = urlset(*(address(f"https://outlet.example/{key}", title) for key, title in TITLES.items()))
    parsed = parse_sitemap(pack(body), url=URL)
    assert parsed.title == "Outlet"
    assert [entry.title for entry in parsed.entries] == [title.replace("&amp;", "&") for title in TITLES.values()]
    assert parsed.entries[0].link == "https://outlet.example/en"
    assert parsed.entries[0].published.isoformat() == "2026-03-06T06:30:00+00:00"


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "utf-8-sig"])
def test_a_sitemap_is_read_in_its_own_encoding(encoding):
    """As its prolog, or its first bytes, say."""
    text = urlset(address("https://outlet.example/1", "Перемирие")).decode().replace('"UTF-8"', f'"{encoding}"')
    (entry,) = parse_sitemap(text.encode(encoding), url=URL).entries
    assert entry.title == "Перемирие"


@pytest.mark.parametrize("given", ["outlet.example/1", "//outlet.example/1", "/1", "https:/outlet.example/1"])
def test_an_address_in_a_sitemap_may_lack_its_scheme_or_be_relative(given):
    """As a link in a feed may; so may one in an index."""
    (entry,) = parse_sitemap(urlset(address(given, "Köprü açıldı")), url=URL).entries
    assert entry.link == "https://outlet.example/1"
    index = f"<sitemapindex><sitemap><loc>{given}</loc></sitemap></sitemapindex>".encode()
    assert [link.href for link in parse_sitemap(index, url=URL).links] == ["https://outlet.example/1"]


def test_sitemaps_are_fetched_packed_where_they_are_too_large_unpacked():
    """The child that parses them unpacks more than the fetcher does; no other kind is so."""
    kept = [kind for kind in SourceKind if source_of(kind).options_for("https://outlet.example/map").keeps_packed]
    assert kept == [SourceKind.SITEMAP]


def source_of(kind):
    return Source(id="a/map", outlet="a", endpoints=("https://outlet.example/map",), language="ar", kind=kind)


def test_pictures_have_titles_that_are_no_headlines():
    """Only what stands in the news counts, and only the address's own location."""
    picture = "<image:image><image:loc>https://outlet.example/p.jpg</image:loc><image:title>A photo</image:title></image:image>"
    news = address("https://outlet.example/1", "<![CDATA[The town&#039;s truce]]>").replace("<url>", f"<url>{picture}")
    page = f"<url>{picture}<loc>https://outlet.example/about</loc></url>"
    body = urlset(news, page).replace(
        b"<urlset ", b'<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
    )
    (entry,) = parse_sitemap(body, url=URL).entries
    assert (entry.title, entry.link, entry.title_is_html) == ("The town&#039;s truce", "https://outlet.example/1", True)


def test_known_addresses_are_left_out():
    """By what they say, so that a changed headline comes again."""
    body = urlset(address("https://outlet.example/1", "One"), address("https://outlet.example/2", "Two"))
    first = parse_sitemap(body, url=URL)
    again = parse_sitemap(body.replace(b"Two", b"Three"), url=URL, known=frozenset(first.hashes))
    assert ([entry.title for entry in again.entries], len(again.hashes)) == (["Three"], 2)


def test_an_index_gives_its_sitemaps_the_latest_first():
    """They are read after it."""
    body = (
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        b"<sitemap><loc>https://outlet.example/old.xml</loc><lastmod>2026-01-01</lastmod></sitemap>"
        b"<sitemap><loc>/new.xml</loc><lastmod>2026-03-06T10:00:00Z</lastmod></sitemap>"
        b"<sitemap><loc>javascript:x</loc></sitemap></sitemapindex>"
    )
    parsed = parse_sitemap(body, url=URL)
    assert [link.href for link in parsed.links] == ["https://outlet.example/new.xml", "https://outlet.example/old.xml"]
    assert parsed.entries == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><p>no</p></html>",
        urlset("<url><loc>https://outlet.example/1</loc></url>"),
        urlset(address("https://outlet.example/1", "One"))[:-20],
        gzip.compress(urlset(address("https://outlet.example/1", "One")))[:-20],
    ],
)
def test_what_is_no_news_sitemap_is_said_so(body):
    """Also one that breaks off, and one without headlines."""
    with pytest.raises(NotAFeedError):
        parse_sitemap(body, url=URL)


TWO = (address("https://outlet.example/1?a=1", "Мост открыт"), address("https://outlet.example/2", "سد يصمد"))
WHOLE = urlset(*TWO).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("?a=1</loc>", "?a=1&copy=2&b=3</loc>"),
        ("Мост открыт", "Мост & порт: R&D, AT&T &copy 5 < 6"),
        ("Мост открыт", "Мост&nbsp;открыт &mdash; caf&eacute; &unknown; &#1071;"),
        (
            "<url>",
            "<url><image:image><image:loc>https://p.example/1.jpg</image:loc><image:title>A photo</image:title></image:image>",
        ),
        ("Мост открыт", "Мост\x0b открыт\x1f\x00"),
        ("</urlset>", "</urlset><script src='/t.js'></script>"),
        ("</urlset>", "</urlset>\n<!-- cached -- by -- us -->\x00"),
        ("</urlset>", "</urlset></urlset>"),
        (f" {NEWS}", ""),
        (f' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {NEWS}', ""),
        ("Мост открыт</news:title></news:news>", "Мост открыт</news:news></news:title>"),
        ("Мост открыт</news:title>", "Мост <b>открыт</news:title></b>"),
        ("Мост открыт</news:title>", "Мост открыт"),
        ("</news:news></url>", "</news:news>"),
        ("</url></urlset>", "</urlset>"),
        ("?a=1</loc>", "?a=1"),
        ("<news:news>", "<xhtml:link rel=alternate href='/en'><news:news>"),
        ("<?xml", "\n\n  <?xml"),
        ("<?xml", "Warning: undefined variable in sitemap.php\n<?xml"),
        ('encoding="UTF-8"?>', 'encoding="UTF-8">'),
        ("<news:", "<NEWS:"),
        ("<urlset", "<url/><urlset"),
        ("<urlset", "<urlset <x:y"),
        ("<urlset", "<br><urlset"),
        ('encoding="UTF-8"', 'encoding="UTF-"'),
        ("<?xml", "<!-- made -- by a plugin --><?xml"),
        ("<urlset", '<!DOCTYPE urlset PUBLIC "-//Outlet//News" "https://outlet.example/n.dtd"><urlset'),
    ],
)
def test_an_ill_formed_sitemap_is_read_as_leniently_as_a_feed(before, after):
    """Damage costs no more than what it stands in; both addresses are news, under their own titles, dates and links."""
    assert before in WHOLE
    parsed = parse_sitemap(WHOLE.replace(before, after).encode(), url=URL)
    assert (parsed.title, parsed.is_cut) == ("Outlet", False)
    first, second = parsed.entries
    assert first.title.startswith("Мост")
    assert second.title == "سد يصمد"
    assert first.link.startswith("https://outlet.example/1?a=1")
    assert second.link == "https://outlet.example/2"
    assert {entry.published.isoformat() for entry in parsed.entries} == {"2026-03-06T06:30:00+00:00"}


def test_what_is_damaged_is_read_as_it_is_meant():
    """A raw ampersand is one, whatever follows; entities of HTML are characters; capitals and crossed tags say the same."""
    body = urlset(address("https://outlet.example/1?a=1&sect=2&copy=3", "R&D &mdash; caf&eacute; &copy 5 < 6"))
    (entry,) = parse_sitemap(body, url=URL).entries
    assert entry.link == "https://outlet.example/1?a=1&sect=2&copy=3"
    assert entry.title == "R&D — café &copy 5 < 6"
    shouted = WHOLE.replace("news:", "NEWS:").replace("url", "URL").replace("loc>", "LOC>").replace("title>", "TITLE>")
    assert parse_sitemap(shouted.encode(), url=URL).entries == parse_sitemap(WHOLE.encode(), url=URL).entries


@pytest.mark.parametrize("damage", ["</urlset><script></script>", "</urlset> & "])
def test_both_ways_of_reading_a_sitemap_agree(damage):
    """So that what is known stays known while a document is damaged."""
    body = urlset(*TWO, *(address(f"https://outlet.example/{key}", title) for key, title in TITLES.items()))
    strict, loose = parse_sitemap(body, url=URL), parse_sitemap(body.replace(b"</urlset>", damage.encode()), url=URL)
    assert strict == loose
    assert len(strict.hashes) == 2 + len(TITLES)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("lost", [20, 60, 200])
def test_of_a_sitemap_that_breaks_off_the_whole_addresses_are_read(pack, lost):
    """And the cut is said; it may also be one of the packed bytes."""
    whole = urlset(*(address(f"https://outlet.example/{n}", f"Headline {n * 7919}") for n in range(400)))
    cut = pack(whole)[:-lost]
    job = Job(
        kind=SourceKind.SITEMAP,
        url=URL,
        content_type="",
        outlet="o",
        bases=(),
        language="en",
        now=datetime(2026, 3, 7, tzinfo=UTC),
    )
    document = extract_document(job, cut)
    assert 300 < len(document.entries) <= 400
    assert document.is_cut
    assert "breaks off" in document.note


def test_an_index_is_read_as_leniently():
    """Also in capitals, without its namespace, with raw ampersands, and cut."""
    body = (
        b"<SITEMAPINDEX><sitemap><loc>https://outlet.example/news.xml?a=1&b=2</loc></sitemap><sitemap><loc>https://outl"
    )
    parsed = parse_sitemap(body, url=URL)
    assert [link.href for link in parsed.links] == ["https://outlet.example/news.xml?a=1&b=2"]
    assert parsed.is_cut


def test_a_packed_sitemap_may_have_several_members():
    """RFC 1952, 2.2."""
    body = urlset(*TWO)
    assert len(parse_sitemap(gzip.compress(body[:300]) + gzip.compress(body[300:]), url=URL).entries) == 2


def test_f23_a_sitemap_with_entities_is_poison():
    """As everywhere."""
    with pytest.raises(UnsafeDocumentError):
        parse_sitemap(b'<!DOCTYPE u [<!ENTITY a "b">]>' + urlset(address("https://o.example", "&a;")), url=URL)


PAGE = """<!doctype html><html lang="ar-SY"><head><title>البريد | أخبار</title><base href="https://outlet.example/ar/">
<link rel="alternate" type="application/rss+xml" href="/feed"><link rel="canonical" href="https://www.outlet.example/">
<meta property="og:site_name" content="البريد"><style>p{}</style></head><body>
<nav><a href="/about">من نحن وماذا نفعل هنا يا ترى</a></nav>
<div class="list"><div class="card lead"><h2><a href="1">وقف إطلاق النار يدخل حيز التنفيذ في إدلب</a></h2>
<p class="text">نص <b>أول</b></p><time datetime="2026-03-06T10:00:00Z">اليوم</time></div>
<div class="card"><h2><a href="2">دوريات مشتركة على الطريق الدولي إم 4</a></h2><p class="text">نص</p></div>
<div class="card"><h2><a href="javascript:x">لا شيء هنا سوى فخ واحد كبير</a></h2></div>
<div class="card"><h2><a href="3">اجتماع جديد في أستانا حول وقف إطلاق النار</a></h2></div></div>
<script>document.write("www.outlet-trap.example")</script></body></html>""".encode()
PAGE_URL = "https://outlet.example/ar/index.html"


def test_a_page_gives_the_stories_that_selectors_point_at():
    """Relative links are resolved, what leads nowhere is left out, dates and texts are taken where they stand."""
    parsed = parse_page(PAGE, url=PAGE_URL, select=Select(item=".card", text="p.text"))
    assert [entry.link for entry in parsed.entries] == [f"https://outlet.example/ar/{n}" for n in (1, 2, 3)]
    assert parsed.entries[0].title == "وقف إطلاق النار يدخل حيز التنفيذ في إدلب"
    assert parsed.entries[0].published.isoformat() == "2026-03-06T10:00:00+00:00"
    assert "<b>أول</b>" in parsed.entries[0].summary
    known = parse_page(PAGE, url=PAGE_URL, select=Select(item=".card", text="p.text"), known=frozenset(parsed.hashes))
    assert (known.entries, known.hashes) == ((), parsed.hashes)


@pytest.mark.parametrize("encoding", ["windows-1251", "windows-1256", "iso-8859-9"])
@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8"])
def test_a_page_may_say_its_encoding_itself(encoding, content_type):
    """In a meta element, whatever the server says of everything."""
    title = {"windows-1251": "Перемирие в Идлибе", "windows-1256": "هدنة في إدلب", "iso-8859-9": "İdlib'de ateşkes"}[
        encoding
    ]
    html = f'<html><head><meta charset="{encoding}"></head><body><p class="x"><a href="/1">{title}</a></p>'
    parsed = parse_page(html.encode(encoding), url=URL, select=Select(item="p.x"), content_type=content_type)
    assert [entry.title for entry in parsed.entries] == [title]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-03-05", "2026-03-05T00:00:00+00:00"),
        ("۲۰۲۶-۰۳-۰۵T10:00:00+03:30", "2026-03-05T06:30:00+00:00"),
        ("Thu, 05 Mar 2026 10:00:00 GMT", "2026-03-05T10:00:00+00:00"),
        ("2026/03/05", "2026-03-05T00:00:00+00:00"),
        ("٢٠٢٤/٠٥/١٢ 10:00", "2024-05-12T10:00:00+00:00"),
        ("12-05-2024", None),
        ("14:30", None),
        ("6 марта 2026", "2026-03-06T00:00:00+00:00"),
        ("6 марта", None),
    ],
)
def test_a_date_on_a_page_is_whole_or_none(date, expected):
    """What is missing is not taken from today's calendar."""
    html = f'<div><a href="/1">A headline</a><time>{date}</time></div>'
    (entry,) = parse_page(html.encode(), url=URL, select=Select(item="div")).entries
    assert (entry.published and entry.published.isoformat()) == expected


def test_a_page_whose_layout_changed_is_said_so():
    """Nothing found is a failure, not an empty list."""
    with pytest.raises(NotAFeedError, match="has its layout changed"):
        parse_page(PAGE, url=PAGE_URL, select=Select(item="article"))


def test_where_stories_stand_is_guessed():
    """The place that most words lead from; the guess gives the same stories."""
    select = guess_select(PAGE, url=PAGE_URL)
    parsed = parse_page(PAGE, url=PAGE_URL, select=select)
    assert [entry.link[-1] for entry in parsed.entries] == ["1", "2", "3"]
    assert guess_select(b"<p>nothing here</p>", url=PAGE_URL) is None
    odd = "".join(f'<x:y><a href="/{n}">A headline that is long enough</a></x:y>' for n in range(5))
    assert guess_select(odd.encode(), url=PAGE_URL).item == "a"


def test_a_page_says_what_it_is():
    """Its language, its site's name, its head's links, its words without scripts."""
    page = read_page(PAGE, url=PAGE_URL)
    assert (page.title, page.name, page.language) == ("البريد | أخبار", "البريد", "ar-SY")
    assert Link(rel="alternate", href="https://outlet.example/feed", type="application/rss+xml") in page.links
    assert "إدلب" in page.text
    assert "trap" not in page.text


def test_selectors_are_checked():
    """A mistake is found when the file is read."""
    check_selector("article > h2 a[href^='/news']")
    with pytest.raises(ValueError, match="no CSS selector"):
        check_selector("a[")

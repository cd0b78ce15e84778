"""What names a feed, and what a site is called, before any network and any child."""

from dataclasses import replace

import pytest

from syndicator import urls
from syndicator.discover import inspect
from syndicator.errors import NotAFeedError, SyndicatorError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.fetch.headers import link_header
from syndicator.models import Document, Outcome, Rejected
from syndicator.parse import read_page
from tests.conftest import NOW
from tests.newsroom import Item, rss

HOME = "https://gazete.example"
FEED = rss(Item("Köprü açıldı", guid="1"), title="Gazete")


class Web:
    """Sites in memory: documents by address. Anything else is not found; hosts of ``dead`` schemes do not answer."""

    def __init__(self, pages, dead=(), links=()):
        self.pages, self.dead, self.links = pages, dead, links
        self.asked = []

    async def fetch(self, address):
        self.asked.append(address)
        if urls.origin(address) in self.dead:
            return Document(endpoint=address, outcome=Outcome.TLS_ERROR, url=address)
        body = self.pages.get(address)
        outcome = Outcome.NOT_FOUND if body is None else Outcome.OK
        document = Document(endpoint=address, outcome=outcome, url=address, status=200 if body else 404)
        links = link_header(self.links, address) if body and address == next(iter(self.pages)) else ()
        return replace(document, body=body.encode() if isinstance(body, str) else body, links=links)

    async def parse(self, document, source):
        job = Job(
            url=document.url,
            content_type="",
            outlet="",
            kind=source.kind,
            bases=(),
            language="und",
            now=NOW,
            select=source.select,
        )
        try:
            return extract_document(job, document.body)
        except (NotAFeedError, ValueError) as error:
            return Rejected(Outcome.NOT_A_FEED, str(error))

    async def read_page(self, document):
        try:
            return read_page(document.body, url=document.url)
        except NotAFeedError:
            return None

    async def inspect(self, address):
        return await inspect(address, fetch=self.fetch, parse=self.parse, read_page=self.read_page)


def page(head="", body="<p>.</p>", title="Gazete"):
    return f"<!DOCTYPE html><html lang=tr><head><title>{title}</title>{head}</head><body>{body}</body></html>"


async def found(text, *, at="/x/main", links=(), base=HOME, **more):
    """Return the addresses of the sources that are found where a page names a feed at an unusual address."""
    site = await Web({f"{HOME}/": text, f"{base}{at}": FEED, **more}, links=links).inspect(HOME)
    return [source.address for source in site.sources]


@pytest.mark.parametrize(
    "given",
    [
        'rel=alternate type="application/rss+xml" href="/x/main"',
        'rel=alternate type="application/rss+xml; charset=UTF-8" href="/x/main"',
        'rel=alternate type=" application/Atom+XML " href="/x/main"',
        'rel=ALTERNATE type="\napplication/feed+json;charset=utf-8" href=" /x/main "',
        'rel="alternate feed" type="text/rss+xml" href="/x/main"',
        'rel=feed href="/x/main"',
        'rel=alternate type="text/xml" href="/x/main"',
        'rel=alternate type="application/xml;charset=windows-1254" href="/x/main"',
        'rel=alternate type="application/json" href="/x/main"',
        'rel=alternate type="application/rss+xml" href="feed://gazete.example/x/main"',
        'rel=alternate type="application/rss+xml" href="feed:https://gazete.example/x/main"',
        'rel=alternate type="application/rss+xml" href="//gazete.example/x/main"',
        'rel="http://www.iana.org/assignments/relation/alternate" type="application/rss+xml" href="/x/main"',
        'rel=alternate type="application/xml+rss" href="/x/main"',
        'rel=alternate type="application/rss+xml, text/xml" href="/x/main"',
        'rel=alternate type=rss href="/x/main"',
        'rel=service.feed type="application/atom+xml" href="/x/main"',
    ],
)
async def test_a_link_names_a_feed_however_its_type_and_address_are_written(given):
    """Types are compared without parameters, case and spaces; XML and JSON are worth a try."""
    assert await found(page(f"<link {given}>")) == [f"{HOME}/x/main"]


@pytest.mark.parametrize(
    "given",
    [
        '</x/main>; rel="alternate"; type="application/rss+xml"',
        "<https://gazete.example/x/main>;rel=alternate;type=text/xml",
        '</wp-json/>; rel="https://api.w.org/", <feed://gazete.example/x/main>; type="application/atom+xml"; REL=Alternate',
    ],
)
async def test_link_headers_say_the_same_as_link_elements(given):
    """RFC 8288."""
    assert await found(page(), links=[given]) == [f"{HOME}/x/main"]


@pytest.mark.parametrize(
    ("given", "at", "base"),
    [
        ('<a href="/haber/rss.xml">.</a>', "/haber/rss.xml", HOME),
        ('<a href="feed:https://gazete.example/x/main">Abone ol</a>', "/x/main", HOME),
        ('<a href=" FEED://gazete.example/x/main">Abone ol</a>', "/x/main", HOME),
        ('<a rel=alternate type="application/rss+xml" href="/x/main">.</a>', "/x/main", HOME),
        ('<a href="/x/main">RSS</a>', "/x/main", HOME),
        ('<a href="/x/main">Haber RSS 2.0 akışı</a>', "/x/main", HOME),
        ('<a href="https://cdn.gazete.example/rss/1">.</a>', "/rss/1", "https://cdn.gazete.example"),
        ('<a href="https://feeds.feedburner.com/gazete">.</a>', "/gazete", "https://feeds.feedburner.com"),
    ],
)
async def test_anchors_name_feeds_where_nothing_else_does(given, at, base):
    """By their names, their scheme, or the host that is known for feeds."""
    assert await found(page(body=given), at=at, base=base) == [f"{base}{at}"]


async def test_a_base_element_counts_for_links_of_every_kind():
    """As in browsers."""
    text = page('<base href="/x/"><link rel=alternate type="text/xml" href="main">')
    assert await found(text) == [f"{HOME}/x/main"]


@pytest.mark.parametrize(
    "content",
    ["0; url=/yeni", "0;URL='/yeni'", '3 , url = "https://gazete.example/yeni"', "0; /yeni", "0.5;url=/yeni"],
)
async def test_a_page_that_sends_its_visitors_on_is_followed(content):
    """To a page that names a feed, or to the feed itself."""
    moved = page(
        f"<meta http-equiv=Refresh content='{content}'>"
        if "'" not in content
        else f'<meta http-equiv=refresh content="{content}">'
    )
    named = page('<link rel=alternate type="text/xml" href="/x/main">')
    assert await found(moved, **{f"{HOME}/yeni": named}) == [f"{HOME}/x/main"]
    assert await found(moved, at="/yeni") == [f"{HOME}/yeni"]


@pytest.mark.parametrize("content", ["900; url=/yeni", "0", "0; url=javascript:x()", "url=/yeni", "", "0; url=/"])
async def test_a_page_that_only_reloads_itself_is_read_itself(content):
    """And one that sends its visitors in a circle."""
    named = page(f'<meta http-equiv=refresh content="{content}"><link rel=alternate type="text/xml" href="/x/main">')
    assert await found(named, **{f"{HOME}/yeni": page()}) == [f"{HOME}/x/main"]


async def test_comments_are_no_source_and_what_does_not_parse_is_none():
    """However it is linked."""
    kind = 'rel=alternate type="application/rss+xml"'
    text = page(
        f'<link {kind} href="/comments/feed"><link {kind} href="/x/none"><link rel=alternate type="text/xml" href="/x/main">'
    )
    more = {f"{HOME}/comments/feed": FEED, f"{HOME}/x/none": page()}
    assert await found(text, **more) == [f"{HOME}/x/main"]


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("gazete.example", "https://gazete.example"),
        (" gazete.example/ ", "https://gazete.example"),
        ("feed://gazete.example/", "https://gazete.example"),
        ("//gazete.example", "https://gazete.example"),
        ("новости.рф", "https://новости.рф"),
        ("روزنامه.ایران", "https://روزنامه.ایران"),
        ("أخبار.مصر", "https://أخبار.مصر"),
        ("127.0.0.1:9103", "https://127.0.0.1:9103"),
    ],
)
async def test_an_address_without_a_scheme_is_tried_with_https_and_then_with_http(address, home):
    """Whatever its script; the first that answers counts."""
    text = page('<link rel=alternate type="text/xml" href="/x/main">')
    both = {f"{home}/": text, f"{home}/x/main": FEED}
    assert (await Web(both).inspect(address)).home == home
    plain = home.replace("https", "http")
    sites = {f"{plain}/": text, f"{plain}/x/main": FEED}
    assert (await Web(sites, dead=[home]).inspect(address)).home == plain


async def test_an_address_with_a_scheme_is_tried_with_that():
    """TLS is never left out where somebody asked for it; an answer that is an error is an answer."""
    web = Web({"http://gazete.example/": page()}, dead=[HOME])
    with pytest.raises(SyndicatorError, match="tls error"):
        await web.inspect(HOME)
    with pytest.raises(SyndicatorError, match="not found"):
        await Web({"http://gazete.example/": page()}).inspect("gazete.example")
    for address in ("newsletter:jo@mail.example", "javascript:alert(1)", "ftp://gazete.example/", "", "rss.xml"):
        with pytest.raises(SyndicatorError, match="no address"):
            await web.inspect(address)
    assert {urls.origin(each) for each in web.asked} == {HOME}


STORY = "Köprü bu sabah trafiğe açıldı ve uzun kuyruklar oluştu"


@pytest.mark.parametrize(
    ("at", "head", "title", "feed", "name"),
    [
        ("/haber/1", "", f"{STORY} - Gazete", "Gazete", "Gazete"),
        ("/haber/1", "", f"{STORY} - Gazete", "Sabah Postası", "Sabah Postası"),
        ("/haber/1", "", f"{STORY} | Gazete", "RSS", "Gazete"),
        ("/haber/1", '<meta property="og:site_name" content="Yeni Gazete">', f"{STORY} - Gazete", "x", "Yeni Gazete"),
        ("/haber/1", "", STORY, "RSS", "gazete.example"),
        ("/", "", "Gazete | Şehrin bütün haberleri burada", "Gazete - RSS", "Gazete"),
        ("/", "", "Ana Sayfa - Gazete", "Outlet", "Gazete"),
        ("/ar/", "", "الرئيسية | الجريدة", "Outlet", "الجريدة"),
    ],
)  # fmt: skip
async def test_an_outlet_is_named_after_its_site_and_not_after_a_story(at, head, title, feed, name):
    """By what the site says of itself, what its feed is called, and what ends a story's title."""
    text = page(f'{head}<link rel=alternate type="text/xml" href="/x/main">', title=title)
    site = await Web({f"{HOME}{at}": text, f"{HOME}/x/main": rss(Item("a", guid="1"), title=feed)}).inspect(HOME + at)
    assert site.name == name

"""Functions that read what outlets send, with input that makes quadratic code take minutes.

``python -m tests.linear SECONDS`` runs the cases that it reads from its standard input, a name on each line, and answers
each with ``ok`` or with what its child died of. Each case has a child of its own, with so many seconds of CPU.
"""

from __future__ import annotations

import itertools
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from itertools import count
from typing import Any, NamedTuple

from syndicator import domains, urls
from syndicator.config.opml import outlet_files, read_opml
from syndicator.errors import FilterError, NotAFeedError, UnsafeDocumentError
from syndicator.extract.normalize import normalize
from syndicator.fetch.chunks import BadChunkError, Chunks
from syndicator.fetch.closing import is_closed
from syndicator.fetch.cookies import Cookies
from syndicator.fetch.head import end_of_head, is_interim, may_be_head, rewritten
from syndicator.fetch.headers import fresh_for, http_date, link_header
from syndicator.fetch.robots import read_robots
from syndicator.fingerprint import fingerprint
from syndicator.ingest.boilerplate import Boilerplate
from syndicator.ingest.copies import compare
from syndicator.ingest.copy_text import prepare
from syndicator.lexicon import Lexicon, Match
from syndicator.markup import clean, has_words, plain_text, safe_html, words_of_safe
from syndicator.models import Select
from syndicator.parse import parse_feed, parse_page, parse_sitemap, read_page
from syndicator.parse.candidates import reference
from syndicator.parse.credits import wire_credit
from syndicator.parse.dates import parse_date
from syndicator.parse.encoding import as_utf8
from syndicator.parse.feed import parse_whole
from syndicator.parse.header import read_header
from syndicator.query import Vocabulary, parse
from syndicator.query.grammar import MAX_LENGTH
from syndicator.tagsoup import unescape_attribute
from syndicator.text import Words
from syndicator.trackers import names_place, without_session_in_path, without_trackers
from syndicator.watch import named_addresses

URL = "https://outlet.example/feed.xml"
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
SIZE = 2_000_000
MARKS = "\u0315\u0300"  # in an order that normalization has to change
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'


class Case(NamedTuple):
    """A function and its input, made when it is wanted."""

    run: Callable[[Any], object]
    make: Callable[[], Any]


def repeated(fragment: str, size: int = SIZE) -> str:
    """Repeat a fragment up to a size, its number in each copy where it holds ``%d``."""
    if "%d" not in fragment:
        return fragment * (size // len(fragment))
    pieces, length = [], 0
    for number in count():
        if length >= size:
            return "".join(pieces)
        pieces.append(fragment % number)
        length += len(pieces[-1])
    raise AssertionError


# --- documents -------------------------------------------------------------------------------------------------------


def rss(inside: str, before: str = "", root: str = "") -> bytes:
    """Give a feed with an ordinary item and one that has ``inside`` in it."""
    items = f"<item><title>ok</title><guid>1</guid></item><item>{inside}</item>"
    return f'{before}<rss version="2.0" {SPACES} {root}><channel><title>t</title>{items}</channel></rss>'.encode()


def atom(content: str) -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>1</id>'
        f'<content type="xhtml">{content}</content></entry></feed>'
    ).encode()


def sitemap(inside: str, before: str = "", root: str = "") -> bytes:
    return f"{before}{SITEMAP} {root}>{inside}</urlset>".encode()


def read(body: bytes) -> None:
    """Read a document as a child does; a refusal is an answer."""
    try:
        parsed = parse_feed(body, url=URL)
    except (NotAFeedError, UnsafeDocumentError):
        return
    _normalize(parsed.entries)


def read_whole(body: bytes) -> None:
    """Have feedparser read all of a document."""
    try:
        parsed = parse_whole(body, url=URL, is_well_formed=True)
    except (NotAFeedError, UnsafeDocumentError):
        return
    _normalize(parsed.entries)


def _normalize(entries: Any) -> None:
    normalize(entries, url=URL, bases=("https://outlet.example",), language="en", now=NOW)


FIELDS = {
    "title": "<title>{}</title>",
    "description": "<description>{}</description>",
    "content": "<content:encoded>{}</content:encoded>",
    "link": "<link>{}</link>",
    "guid": "<guid>{}</guid>",
    "author": "<author>{}</author>",
    "category": "<category>{}</category>",
    "date": "<pubDate>{}</pubDate>",
}
IN_TEXTS = (
    "<p ",
    "<p",
    '<"',
    "<b id=%d>",
    "<b id=%d><p>",
    "<ul><li>",
    "</",
    "&",
    "&#1",
    "<!--",
    "<a href='/%d'>",
    "\u0301",
)
IN_FIELDS = {
    "link": ("http://a/../", f"http://{MARKS}", "%25", " "),
    "guid": (f"//{MARKS}", "a"),
    "author": ("a", "a.", "1T", "a@a.", "("),
    "category": ("a,", "a"),
    "date": ("2026-", "Fri, ", "1 ", "12:00 "),
    **dict.fromkeys(("title", "description", "content"), IN_TEXTS),
}
ELEMENTS = (
    "<category>%d</category>", "<category domain='%d'/>", "<author/>", "<dc:creator>a</dc:creator>", "<title>a</title>",
    "<description>a</description>", "<content:encoded>a</content:encoded>", "<link>a</link>", "<enclosure url='a%d'/>",
    "<x xml:base='a/'/>", "<x:c xmlns:x='urn:%d'/>", "<itunes:keywords>%d,a</itunes:keywords>", "<!---->", "<?x?>", "<![CDATA[]]>",
    "<source url='a'>b</source>", "<image><url>a</url></image>", "<div>a</div>",
)  # fmt: skip
ILL_FORMED = (
    "<![CDATA[",
    "<!--",
    "<?",
    "&",
    "<",
    "<a",
    '<a "',
    "<a '",
    "<a b=",
    "</",
    "<!",
    "<!DOCTYPE ",
    "&#x",
    "-- ",
    "<item>",
)


def _field(name: str, fragment: str, size: int) -> str:
    text = repeated(fragment, size)
    text = f"http://{text}/" if name == "link" and fragment.endswith(MARKS) else text
    return FIELDS[name].format(escape(text))


def _documents() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for name, fragments in IN_FIELDS.items():
        for fragment in fragments:
            # feedparser itself takes two microseconds for a byte.
            for way, run in (("", read), (" by feedparser", read_whole)):
                cases[f"{name} of {fragment!a}{way}"] = Case(
                    run, lambda name=name, fragment=fragment: rss(_field(name, fragment, SIZE // 4))
                )
    for element in ELEMENTS:
        for way, run in (("", read), (" by feedparser", read_whole)):
            cases[f"{element!a}{way}"] = Case(run, lambda element=element: rss(repeated(element, SIZE // 4)))
    for fragment in ILL_FORMED:
        cases[f"ill-formed {fragment!a}"] = Case(
            read, lambda fragment=fragment: rss(f"<description>{repeated(fragment, SIZE // 8)}</description>")
        )
    return cases


half, some = SIZE // 2, SIZE // 8  # feedparser takes twenty microseconds for an element
DOCUMENTS = {
    "a long base": lambda: rss(repeated("<x/>", some), root=f"xml:base='https://h.example/{'b' * half}'"),
    "bases in bases": lambda: rss(
        f"<x xml:base='{'b' * 2000}/'>" * 400 + repeated("<y/>", some // 2) + "</x>" * 400
    ),
    "a base of marks": lambda: rss(f"<x xml:base='//{repeated(MARKS, half)}/'/>"),
    "a long namespace": lambda: rss(repeated("<x:a/>", some), root=f"xmlns:x='{'u' * half}'"),
    "many namespaces": lambda: rss(repeated("<z:a/>", some), root=repeated("xmlns:x%d='u' ", half) + "xmlns:z='v'"),
    "many attributes": lambda: rss("<category " + repeated("a%d='b' ") + "/>"),
    "an address after a long author": lambda: rss(f"<author>{'a' * half}</author>" + repeated("<author/>", some)),
    "a long token": lambda: rss(f"<x a='{'b' * 5 * SIZE}'/>"),
    "a long comment": lambda: rss(f"<!--{'b' * 5 * SIZE}-->"),
    "encodings in the first line": lambda: b"<?xml version='1.0'?>" + rss(
        f"<description>{repeated(escape('encoding=').replace('&quot;', '') + chr(39), half // 8)}</description>"
    ),
    "lines before the root": lambda: rss("<title>a</title>", before=f"<!--{chr(10) * SIZE}-->"),
    "lines after the document type": lambda: rss("<title>a</title>", before=f"<!DOCTYPE rss>{chr(10) * SIZE}"),
    "document types": lambda: rss("<title>a</title>", before="x" + repeated("\n<!DOCTYPE", 60_000)),
    "comments before the root": lambda: rss("", before=repeated("<!--", SIZE)),
    "instructions before the root": lambda: rss("", before=repeated("<?", SIZE)),
}  # fmt: skip


# --- all cases -------------------------------------------------------------------------------------------------------


def _over(run: Callable[[Any], object], fragments: Any, name: str, wrap: Callable[[str], Any] = str) -> dict[str, Case]:
    return {
        f"{name} of {fragment!a}": Case(run, lambda fragment=fragment: wrap(repeated(fragment)))
        for fragment in fragments
    }


def _address(link: str) -> None:
    address = urls.absolute(link, "https://outlet.example/a")
    if address is not None:
        urls.link_key(address, ("https://outlet.example",))
        domains.registrable(address)


def _words(text: str) -> None:
    words = Words(text)
    words.folded()
    for place in range(len(words.words)):
        words.arcs(place)
    lexicon = Lexicon()
    phrases = [lexicon.numbers(each, match) for match in Match for each in (("syria",), ("a", "a"), ("a", "a", "b"))]
    read = lexicon.read(words, "en")
    for phrase in phrases:
        list(itertools.islice(read.find(phrase), 10_000))
    read.nearest([phrases[:5], phrases[5:]], 5)


def _page(body: bytes) -> None:
    for read_it in (read_page, lambda body, url: parse_page(body, url=url, select=Select(item="section"))):
        try:
            read_it(body, url=URL)
        except NotAFeedError:
            continue


def _robots(text: bytes) -> None:
    read_robots(text, "syndicator").allows("https://outlet.example/" + "a" * 2000)


def _refused_filter(text: str) -> None:
    """Parse what is no filter: it starts as one that matches everything."""
    try:
        parse(text, Vocabulary())
    except FilterError:
        return
    raise AssertionError


def _opml(text: str) -> None:
    outlet_files(read_opml(text), country="SY", language="ar", known=(), taken=())


def _sitemap(body: bytes) -> None:
    try:
        parse_sitemap(body, url=URL)
    except (NotAFeedError, UnsafeDocumentError):
        return


def _json(body: bytes) -> None:
    try:
        parse_feed(body, url=URL)
    except NotAFeedError:
        return


def _query(text: str) -> None:
    without_trackers(text)
    without_session_in_path(f"/{text}")
    names_place(text)


def _headers(text: str) -> None:
    link_header([text], URL)
    fresh_for({"Cache-Control": text, "Expires": text}, NOW)
    http_date(text)


def _answer(data: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + data
    end_of_head(head), is_interim(head), may_be_head(data), rewritten(head)
    is_closed(data), is_closed(b"<rss>" + data + b"</rss>")
    Cookies().store(URL, [data.decode()[start : start + 4096] for start in range(0, len(data), 4096)], NOW)
    chunks = Chunks()
    try:
        for start in range(0, len(data), 1460):
            chunks.feed(data[start : start + 1460])
    except BadChunkError:
        return


def _copied(text: str) -> None:
    """Do what is done to tell copies; texts of stories are bounded."""
    text = text[:100_000]
    fingerprint(text, text)
    Boilerplate().learn(text)
    wire_credit(text, text, text)
    texts = (text, text[1:] + " z", text[::-1])
    one, *others = (prepare(each, each, language="ar", places=[each[:100]]) for each in texts)
    for other in others:
        compare(one, other)


def _encoded(body: bytes) -> None:
    for charset in ("utf-8", "windows-1255", "gb18030", "shift_jis", "iso-2022-jp", "utf-16"):
        try:
            as_utf8(body, f"text/xml; charset={charset}")
        except NotAFeedError:
            continue


def _nested(opening: str, closing: str) -> str:
    number = half // len(opening + closing)
    return opening * number + closing * number


MARKUP = (
    *IN_TEXTS,
    "<div>",
    "<a><div>",
    "<table>x",
    "<html a=%d>",
    "<i><b><u>",
    "<!",
    "<?",
    "<a ",
    "<a b='",
    "<script>",
    "<svg>",
)
LINKS = (f"//{MARKS}", "http://", "a", "../", "%", "?", "&utm_a", "&a=b", "@", ":", "[", "\u00e9.", "\u3002", "\t", " ")
TEXTS = ("a", "a.", "a'", "a-", "a\u200c", "\u0301", f"a{MARKS}", "\u0648\u0627\u0644", "\u0130", "1.", " ", "_")
LISTS = (
    "<a ", "<!--", "<outline ", "<outline a='", '<outline a="', "<outline a=", "<![CDATA[", "<?", "<!", "</a", "<script>", "<outline '", "<outline a='&a", "<outline a='&#1",
    "<outline xmlUrl='http://a%d.example/'/>", "<outline xmlUrl='http://%d.\u00e9/'/>", f"<outline xmlUrl='http://{'a' * 45}%d.example/'/>",
)  # fmt: skip
LOOSE = (
    "<a ",
    "<aa",
    "<x>",
    "</x>",
    "<x><y></z>",
    "<title>",
    "<title>a&b;",
    "<news>",
    "<!--",
    "<![CDATA[",
    "<!",
    "<?",
    "&a",
    "& ",
    "<url>",
    "<loc>a",
)
HEADERS = ("<a", "<a>;a=", ", ", "max-age = ", "no-", "; ")
ANSWERS = (
    "a: b\n",
    "a",
    ":",
    " \n",
    "\n\n\r",
    "\r",
    "1\n",
    "1;",
    "content-length: 1,\n",
    "a=b;",
    "<!--",
    "</",
    "<?",
    "-->",
    "<a>",
)
ROBOTS = ("allow: /*a\n", "user-agent: a%d\n", "*a", "\r", "%", "?")
HEAD = ("<ttl>", "<ttl> ", "<skipHours>", "<skipDays ", "<link ", "<link a=", "<link a='", "<!--", "<a:link ")
ADDRESSES = (
    "a.example ",
    "our new site a.example ",
    "a-a.",
    "\u0639\u0646\u0648\u0627\u0646",
    "\u0437\u0435\u0440\u043a\u0430\u043b",
)

CASES: dict[str, Case] = {
    **_over(plain_text, MARKUP, "plain_text"),
    **_over(words_of_safe, MARKUP, "words_of_safe"),
    **_over(lambda markup: [safe_html(markup[:99_000], URL) for _ in range(5)], MARKUP, "safe_html"),
    **_over(has_words, (*MARKUP, "<!--", "<figcaption>", "<title", "&", "&a", "<a b=", "<a b=' "), "has_words"),
    **_over(lambda text: [safe_html(text[:99_000], URL) for _ in range(3)], ("<div dir=rtl>", "<span dir=ltr>x</span>", "</div>"), "directions", lambda text: text + "<p dir=rtl>"),
    **_over(unescape_attribute, ("&", "&a", "&copy=", "&copy"), "an attribute"),
    **_over(_query, ("&", "a=", "ref=rss&", "ref=rss-", "a.", "ref=a.&", ";sid=", "/(", "(S(", "%28", "#", ".", "sid=a&"), "a query"),
    **_over(lambda text: reference(text, URL), ("a.", "a/", "a-", "www.", ":", "/", "\u00e9.", "a b"), "a reference"),
    **_over(clean, ("\u0301", "a\u0301", "\u202e"), "clean"),
    **_over(_address, LINKS, "an address"),
    **_over(lambda text: domains.is_public(text + "onion"), ("a.", "a-", "."), "a host"),
    **_over(lambda text: _words(text[:half]), TEXTS, "words"),
    **_over(lambda text: list(named_addresses(text[:200_000])), ADDRESSES, "named_addresses"),
    **_over(lambda text: _opml(text[:half]), LISTS, "a list"),
    **_over(_headers, HEADERS, "headers"),
    **_over(_answer, ANSWERS, "an answer", str.encode),
    **_over(urls.written, ("a.", "feed:", "http:", "//", "[", " ", "\u0301."), "a written address"),
    **_over(_robots, ROBOTS, "robots.txt", lambda text: ("user-agent: *\nallow: /" + text).encode()),
    **_over(lambda text: read_header(text, URL), HEAD, "a feed's header", str.encode),
    **_over(_encoded, ("\xff", "\x81", "\x1b$B", "~{", "\xed\xa0\x80"), "bytes", lambda text: text.encode("latin-1")),
    **_over(
        _encoded, (" ", "\t", " \xef\xbb\xbf"), "a prolog", lambda text: ("<?xml encoding=" + text).encode("latin-1")
    ),
    **_over(_encoded, (" ", "\n\xef\xbb\xbf"), "blank bytes", lambda text: text.encode("latin-1")),
    **_over(_copied, ("a b. ", "a. ", "a b ", ".", ". ", '."', "1,", "1 ", "%d ", "a%d b. ", "\u6e2f\u3002", "\u6e2f", "(", "AP ", "(AP/", "\u0634\u0646\u0628\u0647 "), "a copy"),
    **_over(_json, ("[", '{"a":', '"\x01', "1", "\\u0000", "\\"), "damaged JSON", lambda text: ('{"items": ["\x01", ' + text).encode()),
    **_over(_page, ("<a href='/x'><table><tr><td>x ", "<p>x</p>", "<a href='/x'>words</a>"), "a page", lambda text: text[:400_000].encode()),
    **_documents(),
    **{name: Case(read_whole, make) for name, make in DOCUMENTS.items()},
    **{f"{name}, in slices": Case(read, make) for name, make in DOCUMENTS.items()},
    "blank text in XHTML": Case(read, lambda: atom(repeated(" <!---->", half) + "<div>x</div>")),
    "attributes in XHTML": Case(read, lambda: atom("<div " + repeated("a%d='b' ", half) + ">x</div>")),
    **_over(_sitemap, LOOSE, "an ill-formed sitemap", lambda text: sitemap(f"<url><loc>/1</loc>&{text}")),
    **_over(parse_date, ("1", "1 ", "1:", "a ", "+1", "(", "\u0645", "-"), "a date"),
    **_over(lambda text: [parse_date(text[at : at + 120]) for at in range(0, half // 8, 120)], ("1 ", "a.", "a-", "1-1-", "[", "\u0645 "), "dates"),
    "news in news": Case(_sitemap, lambda: sitemap(_nested("<url><n:news>", "</n:news></url>"))),
    "a sitemap with default attributes": Case(
        _sitemap,
        lambda: sitemap(f"<url>{repeated('<a/>', half)}</url>", before=f"<!DOCTYPE urlset [<!ATTLIST a b CDATA '{'c' * half}'>]>"),
    ),
    "a sitemap with a long namespace": Case(
        _sitemap, lambda: sitemap(f"<url>{repeated('<x:a/>', half)}</url>", root=f"xmlns:x='{'u' * half}'")
    ),
    **{
        f"a filter of {again!r}": Case(_refused_filter, lambda again=again: f"*{repeated(again, MAX_LENGTH - 9)}\nx")
        for again in ("#", " #", "\n#", " ", "* ", "*#", "-", "a*", "a-")
    },
    "a sitemap with a long comment": Case(
        _sitemap, lambda: sitemap(f"<!--{'c' * 20 * SIZE}--><url><loc>https://outlet.example/</loc></url>")
    ),
}  # fmt: skip


def main() -> None:
    """Run what is asked for."""
    seconds = int(sys.argv[1])
    for line in sys.stdin:
        case = CASES[line.rstrip("\n")]
        pid = os.fork()
        if pid == 0:
            case_input = case.make()
            used = resource.getrusage(resource.RUSAGE_SELF)
            limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            case.run(case_input)
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        died_of = (
            signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"
        )
        print("ok" if status == 0 else died_of, flush=True)


if __name__ == "__main__":
    main()

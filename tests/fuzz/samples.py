"""What the fuzzers start from: one small document of each kind, words of many scripts, and fragments that hurt."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from tests.newsroom import Item, rss

_LARGEST = 60_000

TEXTS = (
    "Ceasefire in Idlib",
    "هدنة في إدلب",
    "آتش‌بس در ادلب",
    "Перемирие в Идлибе",
    "İdlib'de ateşkes",
    "停火",
    "e\u0301\u0323",
    "👩‍🚒🏽",
)
NASTY = (
    "]]>", "<![CDATA[", "<!--", "-->", "<?x y?>", "<", ">", "&", "&amp;", "&amp;lt;", "&lt;b&gt;", "&#0;", "&#xD800;", "&#x110000;",
    "&#xFFFE;", "&nbsp;", "&unknown;", "&#38;#60;", "\0", "\x0b", "\x1b", "\x7f", "\x85", "\xa0", "\ufeff", "\ufffe", "\ud800",
    "\udc80", "\u202e", "\u2066", "\u200b", "\u2028", "\U0001fffe", "\u0301" * 9, "\u064e" * 9, "\r\n", "\t", " ", "''", '""', "'\"><",
    "<script>alert(1)</script>", "<scr<script>ipt>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<a href=javascript:x>",
    "<a href='java&#x09;script:x'>", "<a href=//x.example/>", "<a href='data:text/html,x'>", "<a href=a>", "<base href=//evil.example>",
    "<math><mtext><table><mglyph><style><img title='</style><img src=x onerror=y>'>", "<noscript><p title='</noscript><b>'>",
    "<iframe src=x>", "<style>*{}</style>", "<form action=x>", "<p onclick=x style=y>", "</p>", "<br/>", "<b><i></b></i>",
    "<title>x</title>", "<textarea>", "<plaintext>", "<xmp>", "<!doctype html>", "<table><tr><td>", "<li>", "<a href='http://[::1'>",
    "a." * 99, "(" * 99, "&" * 99, "<b>" * 99, "9" * 99,
)  # fmt: skip
LINKS = (
    "https://outlet.example/a/b?c=d#e", "http://outlet.example:80/", "HTTPS://OUTLET.EXAMPLE./%7ea/%2F/%zz", "//mirror.example/x",
    "/relative", "?q", "#f", "", "javascript:alert(1)", "java\tscript:x", "data:,x", "file:///etc/passwd", "mailto:a@b.example",
    "https://user:pass@outlet.example/", "https://пример.example/путь", "https://xn--e1afmkfd.example/", "http://[::1]:8080/",
    "http://[::1", "http://127.0.0.1:99999/", "http://a:b@c:d@e/", "https://outlet.example/?utm_source=x&id=1&fbclid=2",
    "https://outlet.example/a b", "https://outlet.example\\x", "https:outlet.example", "https:///x", "http://..../", "http://a..b/",
    "https://www.outlet.example/section/", "urn:uuid:1", "tag:outlet.example,2026:1", "http://%41.example/", "http://ⅷ.example/",
    "https://outlet.example/" + "a" * 2100,
)  # fmt: skip
DATES = (
    "Fri, 06 Mar 2026 12:00:00 GMT", "Fri, 06 Mar 2026 12:00 +0300", "6 Mar 26 12:00:00 EST", "2026-03-06T12:00:00Z",
    "2026-03-06T12:00:00.123456+03:30", "2026-03-06", "2026-065", "20260306", "2026-W10-5", "2026", "Fri Mar  6 12:00:00 2026",
    "06/03/2026 12:00", "Пт, 06 мар 2026 12:00:00 +0300", "٦ مارس ٢٠٢٦", "vendredi 6 mars 2026", "2026年3月6日 12:00", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z", "Fri, 31 Feb 2026 25:61:61 GMT", "Thu, 01 Jan 1970 00:00:00 +9999", "-1", "1772798400", "now", "",
    "2026-03-06T12:00:00-24:00", "2026-03-06T24:00:00", "Fri, 06 Mar 2026 12:00:00 XYZ", "12:00:00", "Mar 2026",
)  # fmt: skip
CONTENT_TYPES = (
    "", "application/rss+xml", "application/atom+xml; charset=utf-8", "text/xml", "text/xml; charset=iso-8859-1", "text/html",
    "application/xml; charset=windows-1256", "application/xml; charset=utf-7", "application/xml; charset=no-such", ';charset="', "\ufffd",
)  # fmt: skip
CODECS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "cp1251", "cp1252", "cp1256", "koi8-r", "iso-8859-9",
    "gb18030", "euc-kr", "big5", "shift_jis", "cp037", "ascii",
)  # fmt: skip
NAMES = (
    b"rss", b"channel", b"item", b"feed", b"entry", b"rdf:RDF", b"title", b"link", b"guid", b"id", b"description", b"summary", b"content",
    b"content:encoded", b"author", b"name", b"dc:creator", b"dc:date", b"pubDate", b"updated", b"published", b"category", b"enclosure",
    b"media:content", b"media:group", b"media:title", b"source", b"image", b"url", b"textInput", b"ttl", b"atom:link", b"atom:entry",
    b"itunes:author", b"georss:point", b"div", b"xhtml:p", b"svg", b"math", b"cdf", b"x:y", b"a", b"\xd8\xa7",
)  # fmt: skip
ATTRIBUTES = (
    b' xml:base="//b.example/"', b' xml:lang="ar"', b' type="html"', b' type="xhtml"', b' type="text/plain"', b' mode="base64"',
    b' mode="escaped"', b' isPermaLink="true"', b' rel="alternate"', b' rel="enclosure" href="/e" length="-1"', b' rdf:about="urn:1"',
    b' version="0.91"', b' xmlns="http://purl.org/atom/ns#"', b' xmlns=""', b' xmlns:x="urn:x"', b' href="javascript:x"', b" a=b", b' url="/u"',
    b' domain="d"', b" x='<'", b' src="http://[::1"',
)  # fmt: skip

_ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fa" xml:base="/b/">
<title type="text">عنوان</title><id>urn:f</id><updated>2026-03-06T12:00:00Z</updated><author><name>A</name></author>
<entry><id>urn:1</id><title type="html">آتش‌بس &amp;amp; &lt;b>ادلب&lt;/b></title><link href="a?b=c"/>
<link rel="enclosure" href="e.mp3" type="audio/mpeg" length="9"/><updated>2026-03-01T00:00:00+03:30</updated>
<category term="c" label="C"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>متن <a href="x">y</a></p></div></content>
</entry><entry><id>urn:2</id><title>Two</title><published>2026-03-02T00:00:00Z</published><summary type="html">&lt;p>s</summary>
<author><name>B</name><email>b@x.example</email></author></entry></feed>"""
_RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>c</title><items><rdf:Seq><rdf:li resource="y"/></rdf:Seq></items>
</channel><item rdf:about="y"><title>i</title><link>https://outlet.example/i</link><dc:date>2026-03-06</dc:date><dc:creator>C</dc:creator>
<description>d</description></item><item rdf:about="z"><title>j</title></item></rdf:RDF>"""
_MEDIA = """<?xml version="1.0" encoding="UTF-8"?><!-- c --><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title><![CDATA[A & B]]></title>
<atom:link rel="self" href="https://outlet.example/f"/><ttl>15</ttl><image><title>logo</title><url>/l.png</url></image>
<item><title>One &#8212; 1</title><link>/1</link><guid>https://outlet.example/1</guid><pubDate>Fri, 06 Mar 2026 12:00:00 GMT</pubDate>
<content:encoded><![CDATA[<p>Body <a href="/2">two</a><img src="i"></p>]]></content:encoded><media:group><media:title>m</media:title>
<media:content url="https://outlet.example/v.mp4" type="video/mp4" fileSize="9"/></media:group></item>
<item><description>Only &amp;lt;words&amp;gt;</description><author>a@outlet.example (A)</author><category>x</category><category>y</category>
<enclosure url="https://outlet.example/p.mp3" length="7" type="audio/mpeg"/><comments>/c</comments></item></channel></rss>"""
_ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>t</title><entry><title mode="escaped">&lt;i>x&lt;/i></title>
<id>1</id><modified>2026-03-06T12:00:00Z</modified><content type="text/html" mode="base64">PGI+eDwvYj4=</content></entry></feed>"""
_RSS_091 = """<?xml version="1.0" encoding="windows-1251"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>Новости</title><item><title>Перемирие</title>
<link>https://outlet.example/1</link></item></channel></rss>"""


def documents() -> tuple[bytes, ...]:
    """Give the project's own samples, and the corpora's where SYNDICATOR_CORPORA names their folder."""
    items = (
        Item(text, link=f"/{n}", guid=f"{n}", text=f"<p>{text}.</p>", date=DATES[n]) for n, text in enumerate(TEXTS)
    )
    own = [rss(*items), *(text.encode() for text in (_ATOM, _RDF, _MEDIA, _ATOM_03)), _RSS_091.encode("cp1251")]
    folder = os.environ.get("SYNDICATOR_CORPORA")
    if folder:
        with tarfile.open(Path(folder) / "feeds" / "fixtures.tar.xz") as archive:
            files = (archive.extractfile(member) for member in archive if member.isfile() and member.size < _LARGEST)
            own += [file.read() for file in files if file is not None]
    return tuple(own)

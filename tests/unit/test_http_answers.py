"""What servers answer against the letter of the standards, before any network: heads, chunks, ends, cookies."""

from datetime import UTC, datetime

import pytest

from syndicator.fetch.chunks import MOST_CHUNKS, BadChunkError, Chunks
from syndicator.fetch.closing import is_closed
from syndicator.fetch.cookies import Cookies
from syndicator.fetch.head import end_of_head, is_interim, may_be_head, rewritten

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"),
        (b"http/1.1 200 ok", b"HTTP/1.1 200 ok"),
        (b"HTTP/1.1   404\t Not Found", b"HTTP/1.1 404 Not Found"),
        (b"\r\nHTTP/1.2 200", b"HTTP/1.1 200 "),
        (b"HTTP/2 503 \xd0\x9d\xd0\xb5\xd1\x82\x01", b"HTTP/1.1 503 \xd0\x9d\xd0\xb5\xd1\x82 "),
        (b"HTTP/1.1 2000 OK", None),
        (b"HTTP/1.1 OK", None),
        (b"ICY 200 OK", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_status_line_is_read_however_it_is_spaced_and_spelt(head, line):
    """What is none is refused."""
    found = rewritten(head + b"\r\n\r\n")
    assert (found.text.split(b"\r\n")[0] if found else None) == line


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        (b"Content-Type : text/xml", b"Content-Type: text/xml"),
        (b"X:  a \r\n\t b", b"X: a b"),
        (b"X: a\rb\x01c", b"X: a b c"),
        (b"\xd0\x9d: a", b""),
        (b"<b>Warning</b>: a", b""),
        (b": a", b""),
        (b"X: \xe9\xff", b"X: \xe9\xff"),
        (b"Keep-Alive: timeout=5", b""),
        (b"no colon", None),
        (b" X: continues nothing", None),
        (b"X: a\0b", None),
    ],
)
def test_fields_are_repaired_left_out_or_refused(field, kept):
    """As curl and browsers do; the connection is not used again."""
    found = rewritten(b"HTTP/1.1 200 OK\n" + field + b"\n\n")
    lines = (b"HTTP/1.1 200 OK", *filter(None, [kept]), b"Connection: close", b"", b"")
    assert (found and found.text) == (None if kept is None else b"\r\n".join(lines))


@pytest.mark.parametrize(
    ("fields", "is_chunked", "length"),
    [
        (b"", False, None),
        (b"Content-Length: 5\n", False, 5),
        (b"Content-Length: 5\ncontent-length: 5\n", False, 5),
        (b"Content-Length: 5, 5\n", False, 5),
        (b"Content-Length: +5\n", False, 5),
        (b"Content-Length: 5.0\n", False, 5),
        (b"Content-Length:\n", False, None),
        (b"Content-Length: none\n", False, None),
        (b"Content-Length: -1\nContent-Length: 5\n", False, 5),
        (b"Content-Length: 99999999999999999999\n", False, None),
        (b"Content-Length: 5\nTransfer-Encoding: chunked\n", True, None),
        (b"Transfer-Encoding: gzip, Chunked\nContent-Length: 5\nContent-Length: 6\n", True, None),
        (b"Transfer-Encoding: identity\nContent-Length: 5\n", False, 5),
    ],
)
def test_transfer_encoding_overrides_content_length(fields, is_chunked, length):
    """RFC 9112, 6.3; one length may be said twice, and what is no number is no length."""
    found = rewritten(b"HTTP/1.1 200 OK\n" + fields + b"\n")
    assert (found.is_chunked, found.length) == (is_chunked, length)
    assert b"ength" not in found.text
    assert b"ncoding" not in found.text


def test_lengths_that_differ_are_refused():
    """There is no telling where the body ends."""
    assert rewritten(b"HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\n") is None


@pytest.mark.parametrize("status", [b"204", b"304"])
def test_what_has_no_body_has_none_whatever_is_said(status):
    """RFC 9112, 6.3, first of all."""
    found = rewritten(b"HTTP/1.1 " + status + b" x\nTransfer-Encoding: chunked\n\n")
    assert (found.is_chunked, found.length) == (False, 0)


def test_the_end_of_a_head_is_found_and_what_cannot_be_one_is_known_early():
    """With either kind of line ends; informational heads are told apart."""
    for text in (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", b"HTTP/1.1 200 OK\nA: b\n\n", b"HTTP/1.1 200 OK\nA: b\n\r\n"):
        assert end_of_head(text + b"body") == len(text)
        assert end_of_head(text[:-1]) == 0
    assert [may_be_head(data) for data in (b"", b"\r\nHt", b"http/1.1 200", b"<rss", b"ICY")] == [True] * 3 + [
        False
    ] * 2
    assert [is_interim(b"HTTP/1.1 %d x" % code) for code in (100, 103, 200)] == [True, True, False]


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    "data",
    [
        b"4\r\nnews\r\n2\r\n!\n\r\n0\r\n\r\n",
        b"4\nnews\n2\n!\n\n0\n\n",
        b"4;a=b\r\nnews\r\n 2 \r\n!\n\r\n0;x\r\nTrailer: a\r\n\r\n",
        b"0004\r\nnews\r\n0x2\r\n!\n\r\n0\r\n\r\nHTTP/1.1 200 OK",
    ],
)
def test_chunks_are_taken_apart_leniently(data, step):
    """Bare line feeds, spaces, extensions, trailers, and something behind the end."""
    chunks = Chunks()
    assert b"".join(chunks.feed(data[start : start + step]) for start in range(0, len(data), step)) == b"news!\n"
    assert chunks.has_ended


@pytest.mark.parametrize(
    "data", [b"<rss>\r\n", b"-5\r\n", b"x" * 5000, b"1\nx\n" * (MOST_CHUNKS + 1), b"f" * 16 + b"\n"]
)
def test_chunks_without_a_size_and_too_many_of_them_are_refused(data):
    """So that work is bounded, and nothing is taken for a body that is none."""
    with pytest.raises(BadChunkError):
        Chunks().feed(data)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"<rss></rss>", True),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <a> --><feed xmlns='x'>\n</feed >\r\n<!-- cached -->\n", True),
        ("<rdf:RDF><title>خبر</title></rdf:RDF>".encode(), True),
        (b"<!DOCTYPE html><html><body></html>", True),
        (b"<rss><channel></channel>", False),
        (b"<rss><channel></rss", False),
        (b"<rss><![CDATA[ A feed ends in </rss>", False),
        (b"<rss><!-- </rss>", False),
        (b"<rss><item>&lt;/rss>", False),
        ('{"items": [{"title": "خبر"}]}\n'.encode(), True),
        (b'\xef\xbb\xbf {"items": []}', True),
        (b'{"items": [{}, {}', False),
        (b'{"a":' * 100_000, False),
        (b"", False),
    ],
)
def test_a_document_is_closed_if_its_roots_end_tag_is_the_last_thing_in_it_or_if_it_is_json(document, expected):
    """Whatever stands before the root; a text on how feeds end is no end."""
    assert is_closed(document) is expected


def header(setter, fields, url):
    cookies = Cookies()
    cookies.store(setter, fields, NOW)
    return cookies.header_for(url)


@pytest.mark.parametrize(
    ("field", "setter", "url", "sent"),
    [
        ("a=b", "http://outlet.example/x/f", "http://outlet.example/x/g", "a=b"),
        ("a=b", "http://outlet.example/x/f", "http://outlet.example/y", ""),
        ("a=b; Path=/", "http://outlet.example/x/f", "http://outlet.example/y", "a=b"),
        ("a=b; Path=/x", "http://outlet.example/x", "http://outlet.example/xy", ""),
        ("a=b; Path=/", "http://outlet.example/", "http://www.outlet.example/", ""),
        ("a=b; Domain=.outlet.example", "http://www.outlet.example/", "http://feeds.outlet.example/", "a=b"),
        ("a=b; Domain=outlet.example", "http://www.outlet.example/", "http://evil-outlet.example/", ""),
        ("a=b; Domain=other.example", "http://outlet.example/", "http://other.example/", ""),
        ("a=b; Domain=co.uk", "http://outlet.co.uk/", "http://other.co.uk/", ""),
        ("a=b; Domain=blogspot.com", "http://outlet.blogspot.com/", "http://other.blogspot.com/", ""),
        ("a=b; Domain=blogspot.com", "http://blogspot.com/", "http://other.blogspot.com/", ""),
        ("a=b; Domain=com.tr", "http://com.tr/", "http://gazete.com.tr/", ""),
        ("a=b; Domain=0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", ""),
        ("a=b; Domain=www.outlet.example", "http://outlet.example/", "http://www.outlet.example/", ""),
        ("a=b; Secure", "https://outlet.example/", "https://outlet.example/", "a=b"),
        ("a=b; Secure", "https://outlet.example/", "http://outlet.example/", ""),
        ("a=b; secure", "http://outlet.example/", "https://outlet.example/", ""),
        ("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://o.example/", "http://o.example/", "a=b"),
        ("a=b; Max-Age=0", "http://o.example/", "http://o.example/", ""),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://o.example/", "http://o.example/", ""),
        ("a=\x01b", "http://o.example/", "http://o.example/", ""),
        ("a=b\r\nX: y", "http://o.example/", "http://o.example/", ""),
        ("a=\udce9", "http://o.example/", "http://o.example/", ""),
        ("a b=c", "http://o.example/", "http://o.example/", ""),
        ("a[b]=Москва, да", "http://o.example/", "http://o.example/", "a[b]=Москва, да"),
        ("alone", "http://o.example/", "http://o.example/", ""),
        ("a=" + "b" * 5000, "http://o.example/", "http://o.example/", ""),
    ],
)
def test_cookies_go_back_to_whom_they_are_for_and_to_nobody_else(field, setter, url, sent):
    """RFC 6265, 5, at its strictest: no other registrable domain, no public suffix, nothing secure in the clear."""
    assert header(setter, [field], url) == sent


def test_cookies_are_replaced_taken_back_and_few():
    """The longest path first, as RFC 6265, 5.4, has it."""
    url = "http://o.example/x/f"
    assert header(url, ["a=1; Path=/", "b=2; Path=/x", "a=3; Path=/", "c=4", "c=; Max-Age=-1"], url) == "b=2; a=3"
    assert header(url, [f"c{number}=1" for number in range(1000)], url).count("=") == 20

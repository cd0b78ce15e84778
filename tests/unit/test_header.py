"""What a feed says beside its items."""

from datetime import timedelta

import pytest

from syndicator.models import Link
from syndicator.parse.header import declared_language, read_header

URL = "https://outlet.example/feed.xml"
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


def header(inner, url=URL):
    return read_header(f"<rss {SY}><channel>{inner}<item><ttl>9</ttl></item></channel></rss>".encode(), url)


@pytest.mark.parametrize(
    ("inner", "minutes"),
    [
        ("<ttl>60</ttl>", 60),
        ("<ttl> 15 </ttl>", 15),
        ("<ttl>-5</ttl>", 0),
        ("<ttl>99999999999</ttl>", 7 * 24 * 60),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 60),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 360),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>90</ttl>", 90),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", 7 * 24 * 60),
        ("<sy:updatePeriod>whenever</sy:updatePeriod>", 0),
        ("<!-- <ttl>60</ttl> -->", 0),
        ("", 0),
    ],
)
def test_must_05_a_feed_says_how_long_to_leave_it_alone(inner, minutes):
    """``ttl`` in minutes, the syndication module's period by its frequency; never more than a week."""
    polling_hints, _ = header(inner)
    assert polling_hints.pause == timedelta(minutes=minutes)


def test_must_14_hours_and_days_of_rest_are_read():
    """Hours as numbers, of which some write the last as 24; days by their English names."""
    polling_hints, _ = header(
        "<skipHours><hour>1</hour><hour> 2</hour><hour>24</hour><hour>x</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>sunday</day><day>Freitag</day></skipDays>"
    )
    assert (polling_hints.hours, polling_hints.days) == ({0, 1, 2}, {5, 6})


@pytest.mark.parametrize(
    ("inner", "links"),
    [
        ('<atom:link rel="hub" href="https://hub.example/"/>', [Link(rel="hub", href="https://hub.example/")]),
        ("<link href='/self' rel='self'/>", [Link(rel="self", href="https://outlet.example/self")]),
        (
            '<link rel="alternate hub" href="https://h.example/?a=1&amp;b=2" type="text/html"/>',
            [
                Link(rel="alternate", href="https://h.example/?a=1&b=2", type="text/html"),
                Link(rel="hub", href="https://h.example/?a=1&b=2", type="text/html"),
            ],
        ),
        (
            '<link rel="hub" href="https://h.example/?a=1&copy=2&reg=3"/>',
            [Link(rel="hub", href="https://h.example/?a=1&copy=2&reg=3")],
        ),
        ('<link rel="hub" href="javascript:alert(1)"/>', []),
        ("<link>https://outlet.example/</link>", []),
    ],
)
def test_links_are_read_with_what_they_are(inner, links):
    """Absolute http(s) addresses only."""
    assert list(header(inner)[1]) == links


def test_hostile_heads_cost_little():
    """Comments without end, links without end: this ends."""
    for hostile in (b"<!--" * 16000, b"<link " * 10000, b"<skipHours>" * 5000, b"<ttl" * 16000):
        assert read_header(b"<rss><channel>" + hostile, URL)[1] == ()


@pytest.mark.parametrize(
    ("head", "language"),
    [
        ("<feed xml:lang='ar-SY'>", "ar-SY"),
        ('<rss version="2.0" xml:lang = "fa"><channel><language>en</language>', "fa"),
        ("<rss><channel><language> tr-TR </language>", "tr-TR"),
        ("<rdf:RDF><channel><dc:language>ru</dc:language>", "ru"),
        ("<rss><!-- <language>en</language> --><channel>", ""),
        ("<rss><channel><item><language>en</language>", ""),
    ],
)
def test_a_feed_declares_its_language(head, language):
    """On its root or in an element, before its first item."""
    assert declared_language(head.encode()) == language

"""JSON Feed, whole and with known items left out."""

import json
from datetime import UTC, datetime

import pytest

from syndicator.errors import NotAFeedError
from syndicator.models import Enclosure
from syndicator.parse import ItemIndex, parse_feed

URL = "https://outlet.example/feed.json"
ITEMS = [
    {
        "id": 7, "url": "/news/7", "title": "Roads & <schools> in Idlib", "content_html": "<p>وقف إطلاق النار</p>",
        "date_published": "2026-03-05T18:00:00+03:00", "authors": [{"name": "ليلى"}], "tags": ["سوريا", 3, None],
        "attachments": [{"url": "https://outlet.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12}],
    },
    {"id": "b", "external_url": "https://other.example/b", "content_text": "1 < 2", "author": {"name": "Old style"}},
]  # fmt: skip


def document(items, **more):
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "منفذ", "items": items, **more}).encode()


def test_an_item_is_read_as_the_specification_says():
    """Titles and texts are plain, numbers are ids too."""
    found = parse_feed(document(ITEMS), url=URL)
    first, second = found.entries
    assert found.title == "منفذ"
    assert (first.guid, first.link, first.title, first.title_is_html) == (
        "7",
        "/news/7",
        "Roads & <schools> in Idlib",
        False,
    )
    assert (first.content, first.author, first.categories) == ("<p>وقف إطلاق النار</p>", "ليلى", ("سوريا", "3"))
    assert first.published == datetime(2026, 3, 5, 15, tzinfo=UTC)
    assert first.enclosure == Enclosure(url="https://outlet.example/a.mp3", type="audio/mpeg", length=12)
    assert (second.link, second.content, second.author) == ("https://other.example/b", "1 &lt; 2", "Old style")


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        (b"%", b"\x0b\n\t", "\u0645\x0b\n\t\u0633"),
        (b"%", b"\\ud83d", "\u0645\ufffd\u0633"),
        (b"%", b"\\ud83d\\ude00", "\u0645\U0001f600\u0633"),
        (b"%", b"\xd9", "\u0645\ufffd\u0633"),
        (b"]}", b"]}<script></script>", "\u0645%\u0633"),
    ],
)
def test_damage_in_json_costs_a_character(before, after, title):
    """Control characters, halves of characters, a byte of another encoding, and what follows the end."""
    body = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "م%س"}, {"id": "2", "title": "Мост"}]}'.encode()
    parsed = parse_feed(body.replace(before, after), url=URL)
    assert [entry.title for entry in parsed.entries] == [title, "Мост"]


def test_known_items_are_left_out_however_they_are_written():
    """The order of an object's members is no change."""
    first = parse_feed(document(ITEMS), url=URL)
    packed = ItemIndex().after(first.hashes, first.entries)
    turned = [dict(reversed(item.items())) for item in ITEMS]
    later = parse_feed(document([{"id": "new", "title": "New"}, *turned]), url=URL, known=ItemIndex(packed).hashes)
    assert [entry.title for entry in later.entries] == ["New"]
    assert later.hashes[1:] == first.hashes


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"{",
        b'{"version": "https://jsonfeed.org/version/1"}',
        b'{"version": "x", "items": []}',
        b'{"a":' * 100_000,
        document({}),
    ],
)
def test_other_json_is_no_feed(body):
    """It says so and does no harm."""
    with pytest.raises(NotAFeedError):
        parse_feed(body, url=URL)


@pytest.mark.parametrize("odd", [[], {}, "x", None, 1.5, True, [{}], ["\ud800"]])
def test_members_of_the_wrong_type_are_as_good_as_none(odd):
    """One bad member does not lose the others."""
    names = ("url", "title", "content_html", "summary", "date_published", "authors", "author", "tags", "attachments")
    body = document([{"id": "1", **dict.fromkeys(names, odd)}, "no object", {"id": "2", "title": "Good"}])
    assert [entry.title for entry in parse_feed(body.replace(b"\\ud800", b""), url=URL).entries][-1] == "Good"


def test_content_without_words_gives_way():
    """HTML to plain text, and both to the summary."""
    picture = "<p><img src='1.jpg'>&nbsp;</p>"
    items = [
        {"id": "1", "content_html": picture, "content_text": "Мост открыт", "summary": "s"},
        {"id": "2", "content_html": picture, "summary": "Мост открыт"},
        {"id": "3", "content_html": "<p>Köprü</p>", "content_text": "uzun " * 50},
        {"id": "4", "content_html": picture},
    ]
    found = parse_feed(document(items), url=URL).entries
    texts = [each.content or each.summary for each in found]
    assert texts == ["Мост открыт", "Мост открыт", "<p>Köprü</p>", picture]


def test_what_is_no_address_is_no_link_here_either():
    """The first of both that is one counts."""
    links = [("N/A", "https://o.example/1"), ("12345", None), ("www.o.example/2", None), ("mailto:a@o.example", "/3")]
    items = [{"id": str(n), "url": one, "external_url": two} for n, (one, two) in enumerate(links)]
    found = [each.link for each in parse_feed(document(items), url=URL).entries]
    assert found == ["https://o.example/1", None, "https://www.o.example/2", "/3"]


def test_items_without_an_id_are_counted():
    """The format demands one."""
    found = parse_feed(document([{"id": "1"}, {"url": "/2"}, "x"]), url=URL)
    assert (len(found.entries), found.nameless) == (1, 2)

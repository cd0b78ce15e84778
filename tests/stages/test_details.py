"""What filters see of an item beside its words: its attachments, pictures and place, as feeds give them."""

import pytest

from syndicator.extract.normalize import normalize_document
from syndicator.parse import parse_feed
from syndicator.query.subject import details_of
from tests.conftest import NOW

ITEM = (
    '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss"><channel>'
    "<title>t</title><item><title>جسر الرقة</title><link>https://o.example/1</link>{}</item></channel></rss>"
)


@pytest.mark.parametrize(
    ("markup", "has"),
    [
        ("", ()),
        ('<enclosure url="https://o.example/a.mp3" length="9" type="audio/mpeg"/>', ("enclosure", "audio")),
        ('<enclosure url="https://o.example/a.jpg" length="9" type="image/jpeg"/>', ("enclosure", "image")),
        ('<media:content url="https://o.example/a.jpg" medium="image"/>', ("image",)),
        ('<media:thumbnail url="https://o.example/a.jpg" width="90" height="60"/>', ("image",)),
        ("<georss:point>35.95 39.01</georss:point>", ("point",)),
    ],
)
def test_what_an_item_has_is_found_whichever_way_its_feed_says_it(markup, has):
    """A picture may be an attachment, one of Media RSS, or stand in the text."""
    url = "https://o.example/feed.xml"
    parsed = parse_feed(ITEM.format(markup).encode(), url=url, content_type="application/rss+xml")
    (entry,) = normalize_document(parsed.entries, url=url, bases=("https://o.example",), language="ar", now=NOW).entries
    assert details_of(entry, "").has == has

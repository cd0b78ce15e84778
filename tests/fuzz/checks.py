"""What must hold whatever comes in. Each check raises where it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from syndicator import urls
from syndicator.errors import NotAFeedError, UnsafeDocumentError
from syndicator.extract.document import extract_document
from syndicator.extract.job import Job
from syndicator.extract.normalize import LONGEST_TITLE, normalize
from syndicator.markup import LONGEST_HTML, clean, safe_html, words_of_safe
from syndicator.models import Entry, Feed, Outlet, ParsedDocument, RawEntry, Story, Tag
from syndicator.parse import parse_feed
from syndicator.parse.feed import parse_whole
from syndicator.publish import RENDERERS, PublicationContext
from tests.newsroom import Item, rss
from tests.validity.reading import read
from tests.validity.rules import faults_of

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
URL = "https://www.outlet.example/section/feed.xml"
BASES = ("https://www.outlet.example", "https://mirror.example/outlet", "http://192.0.2.1:8080")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# An element inside of a text: feedparser, reading all at once, carries it over into the next item; and half a character
# in a CDATA section, which is taken for a reference only then.
_CARRIED_OVER = re.compile(
    rb"<(?:\w+:)?(?:title|summary|description|subtitle|tagline|abstract|content|info|encoded)\b[^>]*>"
    rb"(?>[^<]+|<!\[CDATA\[.*?\]\]>|<!--.*?-->)*+<(?![/!])|&#(?:[xX]0*[dD][89a-fA-F]|0*5[567]\d{3})",
    re.DOTALL,
)
_LONGEST_KEY, _LONGEST_AUTHOR, _LONGEST_CATEGORY, _MOST_CATEGORIES = 1024, 200, 100, 50
_LONGEST_DOCUMENT_TITLE, _LONGEST_TTL = 200, timedelta(days=7)


# --- parse: bytes in, entries out --------------------------------------------------------------------


def check_document(document: tuple[str, bytes]) -> None:
    """Nothing but the two documented errors; what comes out is bounded, clean, and the same every time."""
    content_type, body = document
    job = Job(url=URL, outlet="o", content_type=content_type, bases=BASES, language="en", now=NOW)
    try:
        prepared = extract_document(job, body)
    except (NotAFeedError, UnsafeDocumentError) as error:
        assert str(error)  # noqa: PT017 - a refusal says why
        return
    assert extract_document(job, body) == prepared
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(prepared), type=ParsedDocument) == prepared
    assert len(prepared.title) <= _LONGEST_DOCUMENT_TITLE
    assert timedelta(0) <= prepared.polling_hints.pause <= _LONGEST_TTL
    assert len({entry.key for entry in prepared.entries}) == len(prepared.entries)
    for entry in prepared.entries:
        check_entry(entry)
    check_slices_agree_with_the_whole(job, body)
    check_known_items_are_left_out(job, body, prepared)


def check_entry(entry: Entry) -> None:
    """What an entry is, whatever it was made of."""
    assert 0 < len(entry.key) <= _LONGEST_KEY
    assert entry.title == " ".join(entry.title.split())
    assert 0 < len(entry.title) <= (LONGEST_TITLE if entry.title != entry.link else 3 * urls.MAX_LENGTH)
    assert len(entry.html) <= LONGEST_HTML
    text = words_of_safe(entry.html)
    # Not byte for byte: parsers move misnested headings, and drop line breaks at the start of ``pre``.
    assert check_markup(safe_html(entry.html, URL)) == check_markup(entry.html)
    for words in (entry.title, entry.html, text, entry.author or "", *entry.categories):
        assert not NOT_XML.search(words)
        assert clean(words) == words
    assert len(entry.author or "") <= _LONGEST_AUTHOR
    assert len(entry.categories) <= _MOST_CATEGORIES
    assert all(0 < len(category) <= _LONGEST_CATEGORY for category in entry.categories)
    if entry.link is not None:
        assert urls.canonical(entry.link) == entry.link
        assert urls.absolute(entry.link) == entry.link
    if entry.enclosure is not None:
        assert urls.absolute(entry.enclosure.url) == entry.enclosure.url
        assert entry.enclosure.length >= 0
    check_date(entry.published)


def check_date(date: datetime | None) -> None:
    """None, or one that a newspaper can have."""
    if date is not None:
        assert date.utcoffset() == timedelta(0)
        assert datetime(1990, 1, 1, tzinfo=UTC) <= date <= NOW + timedelta(days=1)


def check_slices_agree_with_the_whole(job: Job, body: bytes) -> None:
    """Reading item by item is reading at once, and leaving out known items leaves out nothing else."""
    sliced = parse_feed(body, url=job.url, content_type=job.content_type)
    if not sliced.hashes or _CARRIED_OVER.search(body):
        return
    try:
        whole = parse_whole(body, url=job.url, content_type=job.content_type)
    except NotAFeedError:  # feedparser stumbles over what expat can read
        return
    assert (sliced.title, sliced.polling_hints, sliced.listed) == (whole.title, whole.polling_hints, whole.listed)
    assert _normal(sliced.entries, job) == _normal(whole.entries, job)
    known = frozenset(sliced.hashes[::2])
    fresh = tuple(entry for entry, mark in zip(sliced.entries, sliced.hashes, strict=True) if mark not in known)
    rest = parse_feed(body, url=job.url, content_type=job.content_type, known=known)
    assert rest.entries == (fresh if rest.hashes else whole.entries)


def _normal(raw: Sequence[RawEntry], job: Job) -> tuple[Entry, ...]:
    return normalize(raw, url=job.url, bases=job.bases, language=job.language, now=job.now)


def check_known_items_are_left_out(job: Job, body: bytes, first: ParsedDocument) -> None:
    """The same document once more brings nothing that it did not bring before."""
    again = extract_document(replace(job, seen_items=first.seen_items), body)
    assert not again.entries or not first.seen_items
    assert (again.polling_hints, again.seen_items) == (first.polling_hints, first.seen_items)
    assert (first.disagrees, again.disagrees) == (False, False)


# --- dates -------------------------------------------------------------------------------------------

DATED: Sequence[Callable[[str], bytes]] = (
    lambda date: rss(Item("t", guid="1", date=date)),
    lambda date: rss(Item("t", guid="1")).replace(b"</item>", f"<dc:date>{date}</dc:date></item>".encode()),
    lambda date: (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>t</title><updated>{date}</updated></entry></feed>'.encode()
    ),
)


def check_any_date(dated: tuple[int, str]) -> None:
    """Whatever stands where a date should: none, or a plausible one, and the item is there."""
    kind, text = dated
    body = DATED[kind](NOT_XML.sub("", escape(text)))
    job = Job(url=URL, outlet="o", content_type="application/xml", bases=BASES, language="en", now=NOW)
    (entry,) = extract_document(job, body).entries
    assert entry.title == "t"
    check_date(entry.published)


# --- addresses ---------------------------------------------------------------------------------------


def check_address(case: tuple[str, str, tuple[str, ...]]) -> None:
    """Only http(s) comes out; canonical is final; home or mirror, a page has one key."""
    link, base, bases = case
    address = urls.absolute(link, urls.absolute(base))
    if address is None:
        return
    assert urls.absolute(address) is not None
    spelt = urls.canonical(address)
    assert urls.canonical(spelt) == spelt
    assert urls.absolute(spelt) == spelt
    for one in (address, spelt):
        assert urlsplit(one).scheme in {"http", "https"}
        assert urlsplit(one).hostname
        assert not re.search(r"[\x00-\x20\x7f]", one)
        assert not NOT_XML.search(one)
        assert len(one) <= 9 * urls.MAX_LENGTH
    key = urls.link_key(address, bases)
    assert key is None or key
    assert urls.link_key(spelt, bases) == key
    folded = urls.fold(address, bases)
    assert urls.fold(folded, bases) == folded
    assert urls.link_key(folded, bases) == key
    for other in bases:
        led = urls.lead(folded, other, bases)
        assert urls.absolute(led) is not None
        assert urls.link_key(led, bases) == key
    for show in (urls.without_user, urls.redact, urls.origin, urls.host_key):
        assert isinstance(show(address), str)


# --- render: sanitize, then render -------------------------------------------------------------------

_OUTLET = Outlet(id="outlet", name="Outlet & Söhne", country="GB", language="en", home=BASES[0], mirrors=BASES[1:])
_SITE = PublicationContext(
    base_url="https://feeds.example",
    title="Desk",
    authority="feeds.example,2026",
    outlets={"outlet": _OUTLET},
    labels={},
)
_FEED = Feed(name="f", title="F", where="", has_story_links=False)
_ALLOWED = frozenset(
    "a abbr b blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins li ol p pre q s small"
    " strong sub sup table tbody td th thead tr u ul".split()
)


class _Markup(HTMLParser):
    """Reads markup, and what is said in it; no tag, attribute or scheme may be there but the harmless ones."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _ALLOWED, tag
        for name, value in attrs:
            assert name in {"lang", "title", "dir"} or (tag, name) in {("a", "href"), ("a", "rel")}, (tag, name)
            assert name != "href" or urlsplit(value or "").scheme in {"http", "https"}, value

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    handle_pi = handle_comment = unknown_decl = handle_decl


def check_markup(markup: str) -> list[str]:
    """Give the words that an HTML parser reads in some markup, of which nothing does any harm."""
    parser = _Markup()
    parser.feed(markup)
    parser.close()
    return "".join(parser.said).split()


def check_story(raw: RawEntry) -> None:
    """Sanitize an item and publish it; publish it also as it came, as if it had got into the store unseen."""
    entries = normalize([raw], url=URL, bases=BASES, language="en", now=NOW)
    for entry in entries:
        check_entry(entry)
        check_published(published_story(entry))
    urlless = {"link": None, "enclosure": None}
    check_published(
        published_story(
            Entry(
                key="k", link_key=None, title=f"T {raw.title}", html=raw.summary or "", title_digest="",
                text_digest="", copy_digest=None, author=raw.author, published=raw.published, language="en",
                categories=raw.categories, **urlless,
            )
        )
    )  # fmt: skip


def published_story(entry: Entry) -> Story:
    return Story(
        id=1, uid="tag:feeds.example,2026:outlet/1", outlet="outlet", source="outlet/f", source_title=entry.title, title=entry.title,
        html=entry.html, link=entry.link, author=entry.author, language=entry.language, published=entry.published,
        first_seen=NOW, updated=NOW, categories=entry.categories, enclosure=entry.enclosure,
        tags=(Tag(scheme="region", term="SY", label="Syria", path=("SY",), evidence=()),),
        copies=(entry.link,) if entry.link else (), pictures=entry.pictures, point=(35.93, 36.63),
    )  # fmt: skip


def render_all(story: Story) -> None:
    """Write each output."""
    for render in RENDERERS.values():
        render(_FEED, [story], _SITE, NOW, {})


def check_published(story: Story) -> None:
    """Each output breaks no rule of its format, is read by strict readers, and says what the story says."""
    for kind, render in RENDERERS.items():
        written = render(_FEED, [story], _SITE, NOW, {})
        assert render(_FEED, [story], _SITE, NOW, {}) == written
        assert faults_of(f"x.{kind}", written) == []
        assert len(read(kind, written).entries) == 1
    _check_atom(etree.fromstring(RENDERERS["atom"](_FEED, [story], _SITE, NOW, {})), story)
    _check_rss(etree.fromstring(RENDERERS["rss"](_FEED, [story], _SITE, NOW, {})), story)


def _check_atom(root: Any, story: Story) -> None:
    item = root.find("{*}entry")
    assert item.findtext("{*}title") == (clean(story.title).strip() or _OUTLET.name)
    author = clean(story.author or "").replace("<", "").replace(">", "").strip()
    assert item.findtext("{*}author/{*}name") == (author or _OUTLET.name)
    _check_categories([category.get("term") for category in item.findall("{*}category")], ["SY"], story)
    _check_body(item.findtext("{*}content") or "", story)


def _check_rss(root: Any, story: Story) -> None:
    item = root.find("channel/item")
    # RSS does not say whether a title is HTML: joiners keep it from being any, and are not seen.
    assert item.findtext("title").replace("\u2060", "") == (clean(story.title).strip() or _OUTLET.name).replace(
        "\u2060", ""
    )
    said = [category.text.replace("\u2060", "") for category in item.findall("category")]
    _check_categories(said, ["SY", *(["Syria"] if "Syria" not in story.categories else [])], story)
    _check_body(item.findtext("description"), story)


def _check_categories(said: Sequence[str], first: Sequence[str], story: Story) -> None:
    own = [each for each in dict.fromkeys(clean(category).strip() for category in story.categories) if each]
    assert said == [*first, *(each.replace("\u2060", "") for each in own)]


def _check_body(said: str | None, story: Story) -> None:
    body = safe_html(story.html, story.link or _SITE.base_url).replace("\x85", " ")
    if body:
        assert said == body
        check_markup(body)

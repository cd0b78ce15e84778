"""Readers' pages as a whole, over real HTTP: every link leads somewhere, nobody sees what is private, nothing harmful is sent."""

import gzip
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import aiohttp
import pytest
from selectolax.lexbor import LexborHTMLParser

from syndicator.web.reader_pages import LANGUAGES
from tests.made_readers import SECRET, made_newsroom
from tests.walk import Walk, is_file, kind_of, visit

_MOST_HTML, _MOST_PACKED = 30 * 1024, 8 * 1024
_MOST_SHEET, _MOST_SHEET_PACKED = 26 * 1024, 7 * 1024
_FORBIDDEN = "script, iframe, frame, object, embed, applet, base, style, template, math, audio, video, form[action^='http'], input[autofocus]"


@asynccontextmanager
async def walked(folder, *, most=8, elsewhere=1, **made):
    """Make a newsroom and walk it: in English far, in the other languages so far."""
    async with made_newsroom(folder, **made) as room, aiohttp.ClientSession() as session:
        walk = await Walk(room.base, most=most, of={"/stories/ID": 3 * most}).run(session, room.paths)
        if elsewhere:
            others = await Walk(room.base, most=elsewhere, languages=LANGUAGES[1:]).run(session, room.paths)
            walk.pages |= others.pages
            walk.linked |= others.linked
        yield room, walk, session


async def end_of(session, page):
    """Return the page that a redirect leads to; the page itself where it is none."""
    for _ in range(3):
        if page.status not in (301, 302, 307, 308):
            break
        page = await visit(session, urljoin(page.address, page.headers["Location"]))
    return page


def is_expected(page):
    """Whether a page is there; a mistake in a search has a page too."""
    is_mistake = page.status == 400 and urlsplit(page.address).path.partition(".")[0].endswith("/search")
    return page.status == 200 or is_mistake


@pytest.mark.long
async def test_every_link_of_readers_pages_leads_somewhere(tmp_path):
    """In all languages: pages, their anchors, feeds, pictures, the page in other languages and as JSON."""
    wrong = []
    async with walked(tmp_path) as (_, walk, session):
        ended = {address: await end_of(session, page) for address, page in walk.pages.items()}
        wrong += [
            f"{page.status} at {address} from {sorted(walk.linked[address])[:2]}"
            for address, page in ended.items()
            if not is_expected(page) and walk.linked[address] != {"asked for"}
        ]
        assert len(ended) > 30
        asked = set()
        for page in ended.values():
            if page.elements is None:
                continue
            wrong += dead_anchors(page, ended)
            asked |= {urljoin(page.address, each) for each in (*page.elements.asked, *alternates(page))}
            asked |= {each for each in walk.links_of(page) if is_file(each)}
        for address in sorted(asked):
            found = await end_of(session, await visit(session, address))
            if not is_expected(found):
                wrong.append(f"{found.status} at {address}")
    assert not wrong, "\n".join(wrong)


def alternates(page):
    """Return the addresses that a page's head names, in English pages only: the others name the same."""
    return [each for _, _, _, each in page.elements.related] if page.language == LANGUAGES[0] else []


def dead_anchors(page, pages):
    """Return links to places in pages that are not there."""
    for link in page.elements.links:
        address, anchor = urldefrag(urljoin(page.address, link))
        target = pages.get(address)
        if not anchor or target is None or target.elements is None:
            continue
        if anchor not in target.elements.ids:
            yield f"no #{anchor} at {address} from {page.address}"


@pytest.mark.long
async def test_every_page_says_where_it_is_and_can_be_asked_for_again_cheaply(tmp_path):
    """Its canonical address is its own, it names the other languages, its JSON is JSON, its ETag is strong."""
    wrong = []
    async with walked(tmp_path, most=3) as (room, walk, session):
        pages = [page for page in walk.pages.values() if page.elements is not None and page.status == 200]
        for page in pages:
            wrong += [f"{page.address}: {each}" for each in at_odds(page, room.base)]
            again = await visit(session, page.address, **{"If-None-Match": page.etag})
            if again.status != 304:
                wrong.append(f"{page.address} is sent again")
            for twin in page.elements.related_as("alternate", "application/json")[:1]:
                found = await visit(session, urljoin(page.address, twin))
                if found.status != 200 or not isinstance(json.loads(found.body), dict | list):
                    wrong.append(f"{page.address} has no JSON at {twin}: {found.status}")
    assert not wrong, "\n".join(wrong)
    assert {page.language for page in pages} == set(LANGUAGES)


def at_odds(page, base):
    """Yield what a page says of itself that is not so."""
    head = page.elements
    if not page.etag.startswith('"'):
        yield f"its ETag is {page.etag!r}"
    (canonical,) = head.related_as("canonical")
    own, said = urlsplit(page.address), urlsplit(canonical)
    if (own.path, sorted(parse_qsl(own.query))) != (
        said.path,
        sorted(parse_qsl(said.query)),
    ) or not canonical.startswith(base):
        yield f"it says that it is {canonical}"
    others = {language for rel, _, language, _ in head.related if rel == "alternate" and language}
    if not others >= set(LANGUAGES) - {page.language}:
        yield f"it names the languages {others}"
    (html,) = (given for tag, given in head.tags if tag == "html")
    if html["lang"] != page.language:
        yield f"it says that it is in {html['lang']}"


@pytest.mark.long
async def test_pages_are_small(tmp_path):
    """30 KB of HTML and 8 KB when packed, whatever the language; the one sheet 26 KB and 7 KB."""
    async with walked(tmp_path, most=4) as (room, walk, session):
        sheet = (await visit(session, f"{room.base}/static/style.css")).body
        large = [
            f"{address}: {len(page.body)} bytes, {len(gzip.compress(page.body))} packed"
            for address, page in walk.pages.items()
            if page.elements and (len(page.body) > _MOST_HTML or len(gzip.compress(page.body)) > _MOST_PACKED)
        ]
    assert not large, "\n".join(large)
    assert (len(sheet) <= _MOST_SHEET, len(gzip.compress(sheet)) <= _MOST_SHEET_PACKED) == (True, True)


@pytest.mark.long
async def test_no_page_tells_of_what_is_in_a_private_feed_alone(tmp_path):
    """Neither its stories nor its name, in HTML or in JSON, wherever one comes from."""
    async with walked(tmp_path) as (room, walk, session):
        private = await room.app.store.read(lambda tx: alone_in(tx, SECRET))
        hidden = [SECRET, room.app.config.feeds[SECRET].title, *(each.title for each in private)]
        statuses = {(await visit(session, f"{room.base}/stories/{each.id}")).status for each in private}
        told = []
        for page in walk.pages.values():
            if page.elements is None:
                continue
            twins = page.elements.related_as("alternate", "application/json")
            bodies = [(await visit(session, urljoin(page.address, each))).body.decode() for each in twins]
            bodies.append("".join(page.elements.words))
            told += [f"{page.address}: {each}" for body in bodies for each in hidden if each in body]
    assert len(private) > 20
    assert statuses == {404}
    assert not told, "\n".join(told)


def alone_in(tx, name):
    """Return the stories that one feed alone holds."""
    return [each for each in tx.stories.newest(1000) if tx.feeds.holding(each.id) == {name}]


@pytest.mark.long
async def test_no_attack_becomes_markup(tmp_path):
    """As the parser of browsers reads it: all stories, and pages of each kind."""
    wrong, known = [], {"/stories/ID": 1000}
    async with made_newsroom(tmp_path, is_hostile=True, has_on_demand=True) as room, aiohttp.ClientSession() as session:
        every = [*room.paths, *(f"stories/{n}" for n in range(1, 301))]
        walk = await Walk(room.base, most=3, of=known).run(session, every)
        pages = [page for page in walk.pages.values() if page.elements is not None]
        for page in pages:
            wrong += [f"{page.address}: {each}" for each in harm_in(page.body.decode(), page.address)]
    assert len(pages) > 300
    assert not wrong, "\n".join(wrong)


def harm_in(html, address):
    """Yield what of a page could run, or ask somebody else."""
    tree = LexborHTMLParser(html)
    yield from (f"there is a {each.tag}" for each in tree.css(_FORBIDDEN))
    for each in tree.css("*"):
        for name, value in each.attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc", "ping", "formaction", "xlink:href"):
                yield f"{each.tag} has {name}"
            elif name in ("href", "src", "action", "cite") and not is_harmless(each.tag, urljoin(address, value or "")):
                yield f"{each.tag} has {name}={value}"


def is_harmless(tag, address):
    """Whether an element may name an address: only links for people lead elsewhere."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and (tag == "a" or parts.hostname == "127.0.0.1")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "/"),
        ("/ar/", "/"),
        ("/feeds/", "/feeds"),
        ("/fa/feeds/idlib", "/feeds/ID"),
        ("/feeds/idlib/2026-03-05", "/feeds/ID/ID"),
        ("/places/SY", "/places/CC"),
        ("/places/SY-ID", "/places/CC-ID"),
        ("/tr/places/SY-ID/idlib", "/places/CC-ID/ID"),
        ("/search?q=a&after=3", "/search?after&q"),
        ("/arms", "/arms"),
    ],
)
def test_the_kind_of_a_page_is_read_off_its_address(path, kind):
    """So that a walk sees some of each."""
    assert kind_of(f"http://127.0.0.1:1{path}") == kind


@pytest.mark.parametrize(
    "html",
    [
        "<p onclick=alert(1)>x",
        "<script>1</script>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<img src=https://evil.example/x>",
        "<svg><a xlink:href=javascript:alert(1)>x</a></svg>",
        "<p style='position: fixed'>x",
    ],
)
def test_harm_is_seen(html):
    """Whichever way it is written."""
    assert list(harm_in(f"<!doctype html><title>x</title>{html}", "http://127.0.0.1/"))

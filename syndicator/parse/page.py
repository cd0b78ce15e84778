"""Parse web pages: stories by CSS selectors, for outlets without a feed, and information about the site."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from syndicator import urls
from syndicator.errors import NotAFeedError
from syndicator.models import Link, Page, RawEntry, Select
from syndicator.parse.candidates import relations
from syndicator.parse.dates import parse_date
from syndicator.parse.encoding import html_as_text
from syndicator.parse.raw import MOST_ENTRIES, Markup, ParsedFeed, hash_of, raw_entry

_HTML = "text/html"
_MOST_LINKS = 200
_MOST_NESTED, _LONGEST_CLASSES = 10, 200
_HEADINGS = "h1, h2, h3, h4"
_FEWEST_LETTERS, _MOST_LETTERS, _FEWEST_STORIES, _MOST_STEPS = 20, 100, 3, 4
_CLASS = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
# WHATWG HTML, 4.2.5.3: seconds, and the address, which may be quoted.
_REFRESH = re.compile(r"\s*(\d{1,4})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?(?:'([^']*)|\"([^\"]*)|(\S.*))", re.IGNORECASE)
_SOON, _LONGEST_REFRESH = 10, 2100
_SUBSCRIBE = 'a[href*="feed:" i], a[rel~="alternate" i][type][href]'
_SILENT = "script, style, noscript, template, svg"


def parse_page(
    body: bytes, *, url: str, select: Select, content_type: str = "", known: Collection[bytes] = ()
) -> ParsedFeed:
    """Parse the stories of a page that ``select`` matches; raise NotAFeedError if it matches none."""
    tree, base = _tree(body, url, content_type)
    found = [said for node in _bounded(tree.css(select.item), len(body)) if (said := _said(node, select, base))]
    if not found:
        raise NotAFeedError(f'"{select.item}" finds no story on this page: has its layout changed?')
    hashes = tuple(hash_of(said, url) for said in found)
    return ParsedFeed(
        title=_words(tree.css_first("title")),
        entries=tuple(_entry(said, base) for said, one in zip(found, hashes, strict=True) if one not in known),
        hashes=hashes,
        listed=len(found),
    )


def read_page(body: bytes, *, url: str, content_type: str = "") -> Page:
    """Return what a page says of its site; only http(s) links are included."""
    tree, base = _tree(body, url, content_type)
    meta = {_given(node, "property", "name").lower(): _given(node, "content") for node in tree.css("meta")}
    html = tree.css_first("html")
    language = (_given(html, "lang") if html else "") or meta.get("og:locale", "") or meta.get("language", "")
    links = tuple(_links(tree, base))
    anchors = tuple(
        (address, _words(node)) for node in _bounded(tree.css("a[href]"), len(body)) if (address := _target(node, base))
    )
    select = _guess(tree, base, len(body))
    for node in tree.css(_SILENT):
        node.decompose()
    return Page(
        title=_words(tree.css_first("title")),
        language=language.strip(),
        name=meta.get("og:site_name", "") or meta.get("application-name", ""),
        links=links,
        anchors=anchors,
        text=_words(tree.body),
        select=select,
        refresh=_refresh(tree, base),
    )


def guess_select(body: bytes, *, url: str, content_type: str = "") -> Select | None:
    """Guess the selectors of a page's stories: the position in its layout with most text in links within the site."""
    return _guess(*_tree(body, url, content_type), len(body))


def _guess(tree: LexborHTMLParser, base: str, size: int) -> Select | None:
    places: dict[tuple[str, str], dict[str, int]] = {}
    for node in _bounded(tree.css("a[href]"), size):
        link = urls.absolute(_given(node, "href"), base)
        heading = node.css_first(_HEADINGS)
        words = len(_words(heading or node))
        if link and urls.site(link) == urls.site(base) and words >= _FEWEST_LETTERS:
            place = (_place_of(node), _HEADINGS if heading else "")
            places.setdefault(place, {})[link] = min(words, _MOST_LETTERS)
    told = {place: sum(links.values()) for place, links in places.items() if len(links) >= _FEWEST_STORIES}
    if not told:
        return None
    item, title = max(told, key=lambda place: told[place])
    return Select(item=item, title=title)


def _place_of(node: Any) -> str:
    """Return a selector for links in the same position: tags and first classes of a link and its ancestors."""
    steps: list[str] = []
    while node is not None and node.tag not in ("body", "html", "-undef") and len(steps) < _MOST_STEPS:
        if not _CLASS.fullmatch(node.tag):
            break
        classes = [name for name in _given(node, "class")[:_LONGEST_CLASSES].split() if _CLASS.fullmatch(name)]
        steps.append(f"{node.tag}.{classes[0]}" if classes else node.tag)
        node = node.parent
    return " > ".join(reversed(steps))


def _tree(body: bytes, url: str, content_type: str) -> tuple[LexborHTMLParser, str]:
    text = html_as_text(body, content_type)
    if "<" not in text:
        raise NotAFeedError("this is no web page")
    tree = LexborHTMLParser(text)
    node = tree.css_first("base[href]")
    return tree, (urls.absolute(_given(node, "href"), url) if node else None) or url


def _bounded(nodes: Sequence[Any], size: int) -> Iterator[Any]:
    """Yield the first nodes, until together they are ten times as long as the page: nested ones are read repeatedly."""
    room = _MOST_NESTED * size
    for node in nodes[:MOST_ENTRIES]:
        room -= len(node.html or "")
        if room < 0:
            return
        yield node


def _links(tree: LexborHTMLParser, base: str) -> Iterator[Link]:
    """Yield the links of a page's head, and those of its body that are meant for readers."""
    for node in tree.css("link[href]")[:_MOST_LINKS]:
        address = _target(node, base)
        if address:
            for rel in relations(_given(node, "rel"))[:3] if _given(node, "rel") else ():
                yield Link(rel=rel, href=address, type=_given(node, "type").lower())
    for node in tree.css(_SUBSCRIBE)[:_MOST_LINKS]:
        address = _target(node, base)
        is_for_readers = urls.without_feed_scheme(_given(node, "href")) != _given(node, "href")
        if address and (is_for_readers or _given(node, "type")):
            rel = "feed" if is_for_readers else "alternate"
            yield Link(rel=rel, href=address, type=_given(node, "type").lower())


def _target(node: Any, base: str) -> str | None:
    """Return where a link leads; ``feed://`` stands for the scheme of the page."""
    return urls.absolute(urls.without_feed_scheme(_given(node, "href"), urlsplit(base).scheme), base)


def _refresh(tree: LexborHTMLParser, base: str) -> str:
    """Return the address that a page sends its visitors on to within seconds, empty for none."""
    for node in tree.css("meta[http-equiv][content]")[:_MOST_LINKS]:
        if _given(node, "http-equiv").strip().lower() == "refresh":
            found = _REFRESH.match(_given(node, "content")[:_LONGEST_REFRESH])
            if found and int(found[1]) <= _SOON:
                return urls.absolute(found[2] or found[3] or found[4], base) or ""
    return ""


def _said(node: Any, select: Select, base: str) -> dict[str, str] | None:
    """Return the fields of one item, None if it has no link or no text."""
    anchor = node.css_first(select.link) if select.link else node if node.tag == "a" else node.css_first("a[href]")
    link = urls.absolute(_given(anchor, "href"), base) if anchor else None
    title = _words(node.css_first(select.title) if select.title else anchor)
    if not link or not title:
        return None
    text = node.css_first(select.text) if select.text else None
    date = node.css_first(select.date or "time")
    return {
        "link": link,
        "title": title,
        "text": text.html if text else "",
        "date": (_given(date, "datetime", "content") or _words(date)) if date else "",
    }


def _entry(said: dict[str, str], base: str) -> RawEntry:
    return raw_entry(
        guid=None,
        link=said["link"],
        title=said["title"],
        title_type="text/plain",
        summary=Markup(said["text"], _HTML) if said["text"] else None,
        content=None,
        author=None,
        published=parse_date(said["date"]),
        updated=None,
        terms=(),
        enclosures=(),
        base=base,
    )


def _given(node: Any, *names: str) -> str:
    """Return the first of a node's attributes that is not empty."""
    return next((value for name in names if (value := node.attributes.get(name))), "")


def _words(node: Any) -> str:
    return " ".join(node.text(separator=" ").split()) if node else ""

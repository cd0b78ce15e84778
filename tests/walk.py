"""A walk over readers' pages by their links: whoever adds a page has it looked at once something links to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import aiohttp

from syndicator.web.reader_pages import LANGUAGES

_LANGUAGE = re.compile(rf"^/({'|'.join(LANGUAGES[1:])})(?=/|$)")
_CODE = re.compile(r"[A-Z]{2}(-|$)")


@dataclass
class Elements(HTMLParser):
    """What a page has: links of its text, what it asks for, links of its head by relation and type, ids, words."""

    page: str
    links: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    related: list[tuple[str, str, str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    _open: str = ""

    def __post_init__(self) -> None:
        """Read the page."""
        super().__init__()
        self.feed(self.page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            self._open = given["href"]
        elif tag == "link" and "href" in given:
            self.related.append((given.get("rel", ""), given.get("type", ""), given.get("hreflang", ""), given["href"]))
        for name in ("src", "srcset", "poster", "data"):
            if name in given:
                self.asked.append(given[name])

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a link."""
        if tag == "a":
            self._open = ""

    def handle_data(self, data: str) -> None:
        """Note words, and those of a link."""
        self.words.append(data)
        if self._open:
            self.texts[self._open] = self.texts.get(self._open, "") + data

    def related_as(self, rel: str, type_: str = "") -> list[str]:
        """Return what the page's head is related to in that way."""
        return [href for found, of_type, _, href in self.related if found == rel and (not type_ or of_type == type_)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """An answer. ``elements`` are those of a page; None for anything else, and for pages that are not there."""

    address: str
    status: int
    etag: str
    headers: dict[str, str]
    body: bytes
    elements: Elements | None

    @property
    def kind(self) -> str:
        """The kind of page."""
        return kind_of(self.address)

    @property
    def language(self) -> str:
        """The language of the page."""
        return language_in(self.address)


def language_in(address: str) -> str:
    """Return the language that a page's path names; the first where it names none."""
    found = _LANGUAGE.match(urlsplit(address).path)
    return found[1] if found else LANGUAGES[0]


def kind_of(address: str) -> str:
    """Return the kind of a page: its path with ids for names, and the names of its query: "/feeds/ID?after"."""
    parts = urlsplit(address)
    section, *rest = _LANGUAGE.sub("", parts.path).strip("/").split("/")
    shaped = "/".join(["", section, *(_shape(each) for each in rest)])
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return shaped + ("?" + "&".join(names) if names else "")


def _shape(part: str) -> str:
    """Return what stands for an id: countries and divisions have pages of their own kinds."""
    found = _CODE.match(part)
    return "ID" if found is None else "CC-ID" if found[1] else "CC"


class Walk:
    """Visits pages from the front page on, at most so many of each kind and language."""

    def __init__(
        self,
        base: str,
        *,
        most: int = 2,
        of: Mapping[str, int] | None = None,
        languages: Collection[str] = LANGUAGES[:1],
    ) -> None:
        """Visit nothing yet. ``of`` says of which kinds there may be more or fewer than ``most``."""
        self.base, self.languages = base, languages
        self._most, self._most_of = most, of or {}
        self.pages: dict[str, Visited] = {}
        self.linked: dict[str, set[str]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._waiting: list[str] = []

    async def run(self, session: aiohttp.ClientSession, more: Iterable[str] = ()) -> Walk:
        """Follow links from the front pages and from ``more`` paths, until nothing of any kind is new."""
        prefixes = ["" if each == LANGUAGES[0] else f"{each}/" for each in self.languages]
        for path in ("", *more):
            for prefix in prefixes:
                self._wait(f"{self.base}/{prefix}{path}", "asked for")
        while self._waiting:
            found = await visit(session, self._waiting.pop(0))
            assert found.status < HTTPStatus.INTERNAL_SERVER_ERROR, found.address
            self.pages[found.address] = found
            for link in self.links_of(found):
                self._wait(link, found.address)
        return self

    def links_of(self, page: Visited) -> list[str]:
        """Return the addresses of this site that a page leads to, without fragments."""
        if page.elements is None:
            return []
        found = (urldefrag(urljoin(page.address, each))[0] for each in page.elements.links)
        return [each for each in dict.fromkeys(found) if each.startswith(self.base + "/")]

    def _wait(self, address: str, linked_from: str) -> None:
        is_known = address in self.linked
        self.linked.setdefault(address, set()).add(linked_from)
        if is_known or is_file(address) or language_in(address) not in self.languages:
            return
        counted = (kind_of(address), language_in(address))
        # What is asked for by several names is one page in many variations.
        most = self._most_of.get(counted[0], 1 if "&" in counted[0] else self._most)
        if self._counts[counted] < most:
            self._counts[counted] += 1
            self._waiting.append(address)


def is_file(address: str) -> bool:
    """Return whether an address is that of a file, as feeds and pages' JSON are."""
    path = urlsplit(address).path
    return path.startswith("/static/") or "." in path.rpartition("/")[2]


async def visit(session: aiohttp.ClientSession, address: str, **headers: str) -> Visited:
    """Ask for an address."""
    async with session.get(address, headers=headers, allow_redirects=False) as answer:
        body = await answer.read()
        is_page = answer.status in (200, 400) and answer.content_type == "text/html"
        return Visited(
            address=address,
            status=answer.status,
            etag=answer.headers.get("ETag", ""),
            headers=dict(answer.headers),
            body=body,
            elements=Elements(body.decode()) if is_page else None,
        )

"""Lists of feeds from other readers and for them: OPML, read leniently and written strictly (OPML 2.0)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from syndicator import urls
from syndicator.config.write import free_id, outlet_text, quoted
from syndicator.markup import clean
from syndicator.models import Outlet

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A feed that a list names: its address as written there, its title, its site's address, its language."""

    address: str
    title: str
    site: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a list comes to: files to be written, by id; what was known already; what is no feed's address, and why."""

    files: dict[str, str]
    feeds: int
    known: tuple[str, ...]
    refused: tuple[str, ...]


class _Outlines(HTMLParser):
    """Reads start tags only, as browsers do: half of the lists in use are not well-formed XML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Listed] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "outline" and given.get("xmlurl"):
            self.found.append(
                Listed(
                    address=given["xmlurl"],
                    title=given.get("title") or given.get("text", ""),
                    site=given.get("htmlurl", ""),
                    language=given.get("language", ""),
                )
            )


def read_opml(text: str) -> list[Listed]:
    """Give every outline with an ``xmlUrl``, whatever its type and however deep, in their order."""
    outlines = _Outlines()
    outlines.feed(text)
    outlines.close()
    return outlines.found


def outlet_files(
    feeds: Iterable[Listed], *, country: str, language: str, known: Collection[str], taken: Collection[str]
) -> Found:
    """Make outlet files of feeds: one outlet for all that a list has at one site.

    ``country`` and ``language`` stand where the list does not say. Feeds asked at ``known`` addresses are left out, and
    no file is called what is ``taken`` already.
    """
    by_site: dict[str, dict[str, Listed]] = defaultdict(dict)
    seen = {_schemeless(address) for address in known}
    met, refused = [], []
    for feed in feeds:
        address = urls.absolute(feed.address)
        if address is None:
            refused.append(f"{feed.title or 'an outline'}: {feed.address!r} is no http(s) address")
        elif _schemeless(address) in seen:
            met.append(address)
        else:
            seen.add(_schemeless(address))
            by_site[urls.site(feed.site or address) or urls.site(address)][address] = feed
    files: dict[str, str] = {}
    for site, listed in by_site.items():
        files[free_id(site, (*files, *taken))] = _outlet_file(listed, country, language)
    feeds_found = sum(map(len, by_site.values()))
    return Found(files=files, feeds=feeds_found, known=tuple(met), refused=tuple(refused))


def _schemeless(address: str) -> str:
    return address.partition("://")[2]


def _outlet_file(listed: dict[str, Listed], country: str, language: str) -> str:
    first = next(iter(listed))
    site = urls.absolute(listed[first].site)
    name = " ".join(clean(listed[first].title).split())[:_LONGEST_NAME] or urls.site(first)
    spoken = listed[first].language
    return outlet_text(
        name=name,
        country=country,
        language=spoken if re.fullmatch(r"[a-z]{2,3}", spoken) else language,
        home=urls.origin(urls.without_user(site or first)),
        sources=[f"[[source]]\nurl = {quoted(address)}" for address in listed],
    )


def write_opml(title: str, outlets: Sequence[Outlet]) -> str:
    """Write outlets with their sources, at their homes; user names and passwords stay here."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "<head>"]
    lines += [f"<title>{_text(title)}</title>", "</head>", "<body>"]
    for outlet in outlets:
        lines.append(f"<outline text={_attribute(outlet.name)}>")
        for source in outlet.sources:
            address = urls.without_user(source.home)
            words = f"{outlet.name}: {urlsplit(address).path}" if len(outlet.sources) > 1 else outlet.name
            lines.append(
                f'<outline type="rss" text={_attribute(words)} title={_attribute(words)} xmlUrl={_attribute(address)}'
                f" htmlUrl={_attribute(outlet.home)} language={_attribute(source.language)}/>"
            )
        lines.append("</outline>")
    return "\n".join([*lines, "</body>", "</opml>", ""])


def _attribute(text: str) -> str:
    return quoteattr(clean(text))


def _text(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;")

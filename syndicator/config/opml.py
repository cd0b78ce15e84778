"""Lists of feeds from and for other readers: OPML 2.0, parsed leniently and written strictly."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from syndicator import urls
from syndicator.config.write import free_ids, outlet_text, quoted
from syndicator.markup import clean
from syndicator.models import Outlet
from syndicator.tagsoup import start_tags

_MAX_NAME = 200
_FEED_TYPES = frozenset(("rss", "atom", "feed", "rdf", "application/rss+xml", "application/atom+xml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A feed in a list: its address as written there, its title, its site's address, its language."""

    address: str
    title: str
    site: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The outcome of an import: outlet files by id, feeds that were known already, refused ones with the reason."""

    files: dict[str, str]
    feeds: int
    known: tuple[str, ...]
    refused: tuple[str, ...]


def read_opml(text: str) -> list[Listed]:
    """Return every outline with the address of a feed, whatever its type and depth, in document order.

    Only start tags are read, as browsers read them: half of the lists in use are not well-formed XML. Some programs
    write ``url`` for ``xmlUrl``; it counts where the outline's type or the address's scheme is a feed's.
    """
    outlines = ({name: value.strip() for name, value in tag.items()} for tag in start_tags(text, "outline"))
    return [
        Listed(
            address=address,
            title=outline.get("title") or outline.get("text", ""),
            site=outline.get("htmlurl", ""),
            language=outline.get("language", ""),
        )
        for outline in outlines
        if (address := _address_in(outline))
    ]


def _address_in(outline: Mapping[str, str]) -> str:
    url = outline.get("url", "")
    is_feed = outline.get("type", "").lower() in _FEED_TYPES or urls.without_feed_scheme(url) != url
    return outline.get("xmlurl") or (url if is_feed else "")


def outlet_files(
    feeds: Iterable[Listed],
    *,
    country: str,
    language: str,
    known: Collection[str],
    taken: Collection[str],
    owner_of: Callable[[str], str] = lambda _: "",
) -> Found:
    """Return an outlet file for each site in a list, with all of its feeds.

    ``country`` and ``language`` apply where the list says nothing. Feeds at ``known`` addresses are left out, and so
    are those of a site that ``owner_of`` gives the outlet of: a second one would bring its stories twice. No file gets
    an id that is ``taken``.
    """
    by_site: dict[str, dict[str, Listed]] = defaultdict(dict)
    seen = {_schemeless(address) for address in known}
    repeated, refused = [], []
    for feed in feeds:
        address = urls.written(feed.address.replace("&amp;", "&"))  # escaped twice
        if address is None:
            refused.append(f"{feed.title or 'an outline'}: {feed.address!r} is not an http(s) address")
        elif _schemeless(address) in seen:
            repeated.append(address)
        elif owner := owner_of(address):
            refused.append(
                f"{feed.title or 'an outline'}: its site is an outlet already; add to outlets/{owner}.toml: "
                f"[[source]] with url = {quoted(address)}"
            )
        else:
            seen.add(_schemeless(address))
            by_site[_site_of(feed, address)][address] = feed
    texts = (_outlet_text(listed, country, language) for listed in by_site.values())
    return Found(
        files=dict(zip(free_ids(by_site, taken), texts, strict=True)),
        feeds=sum(map(len, by_site.values())),
        known=tuple(repeated),
        refused=tuple(refused),
    )


def _site_of(feed: Listed, address: str) -> str:
    """Return the site that the list names for a feed if it is a valid one, else the site of the feed's address."""
    return urls.site(urls.written(feed.site) or address)


def _schemeless(address: str) -> str:
    return address.partition("://")[2].removeprefix("www.")


def _outlet_text(listed: dict[str, Listed], country: str, language: str) -> str:
    first = next(iter(listed))
    site = urls.written(listed[first].site)
    name = " ".join(clean(listed[first].title).split())[:_MAX_NAME] or urls.site(first)
    declared = listed[first].language
    return outlet_text(
        name=name,
        country=country,
        language=declared if re.fullmatch(r"[a-z]{2,3}", declared) else language,
        home=urls.origin(urls.without_user(site or first)),
        sources=[f"[[source]]\nurl = {quoted(address)}" for address in listed],
    )


def write_opml(title: str, outlets: Sequence[Outlet]) -> str:
    """Return a list of outlets and their sources at their homes, without user names and passwords."""
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

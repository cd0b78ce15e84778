"""Collect what an item says, each kind in all its places, and choose what counts.

An item's own elements come before those of other vocabularies, which describe its pictures or its episode. An item's
own link comes before alternates to it, and what is no address is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from syndicator import domains, urls
from syndicator.markup import has_words
from syndicator.models import Picture
from syndicator.parse.bases import join
from syndicator.parse.raw import Markup, picture, without_cdata

MOST_LINKS = 16
MOST_PICTURES = 10
_LONGEST_HOST = 260
_PAGES = frozenset({"", "text/html", "application/xhtml+xml", "xhtml", "html"})
# Contents of these kinds are no texts (RFC 4287, 4.1.3.3).
_PICTURES = re.compile(
    r"(?:image|audio|video|font|model)/|application/(?:octet-stream|pdf|g?zip|epub|msword|ogg|mp4|vnd\.)", re.IGNORECASE
)
# RFC 4287, 4.2.7.2: a registered relation may be written as an IRI.
_RELATIONS = re.compile(r"https?://www\.iana\.org/assignments/(?:link-relations|relation)/#?", re.IGNORECASE)
_HTTP = re.compile("https?:", re.IGNORECASE)
_TWO_SCHEMES = re.compile(r"https?:/{2,}(?=https?:/)", re.IGNORECASE)
_ONE_SLASH = re.compile(r"(https?):/?(?!/)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(r"((?:[\w-]{1,63}\.)+[^\W\d_][\w-]{1,62})(?::[0-9]{1,5})?([/?#]|\Z)")
_QUERY_ENTITY = re.compile("&([A-Za-z0-9_]+);")
_ENDING = re.compile(r"[^/]\.[A-Za-z]{2,5}(?:[/?#]|\Z)")
_PAIR = re.compile(r"\?[^#]*=")
_SEVERAL_PARTS = re.compile(r"[^/?#]{2,}/[^/?#]*[\w]")


class Rank(IntEnum):
    """How near an element is to an item: its own, Dublin Core's, an episode's, a picture's."""

    OWN = 0
    DUBLIN_CORE = 1
    EPISODE = 2
    PICTURE = 3


class _Text(NamedTuple):
    """A text with its rank and the depth of its element."""

    rank: Rank
    depth: int
    markup: Markup


@dataclass(slots=True)
class Candidates:
    """What one item says of its title, its text and its page, in document order.

    ``language`` is the document's or the item's own, as declared.
    """

    language: str = ""
    titles: list[_Text] = field(default_factory=list)
    summaries: list[_Text] = field(default_factory=list)
    contents: list[Markup] = field(default_factory=list)
    origin: str | None = None
    own: str | None = None
    own_depth: int = 0
    alternates: list[tuple[str, str]] = field(default_factory=list)
    permalink: str | None = None
    addresses: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def add_title(self, rank: Rank, depth: int, title: Markup) -> None:
        """Add a title."""
        self.titles.append(_Text(rank, depth, title))

    def add_summary(self, rank: Rank, depth: int, summary: Markup) -> None:
        """Add a summary, a description or a caption."""
        self.summaries.append(_Text(rank, depth, summary))

    def add_link(self, text: str, base: str, depth: int = 1) -> None:
        """Add what stands in a ``link`` element: the item's own page, if it is an address.

        An element within another of the item's is deeper, and what it leads to is not the item's page.
        """
        if not (address := text if urls.is_plain(text) else None):
            text = without_cdata(text)
            text = _QUERY_ENTITY.sub(r"&\1", text.replace("&amp;", "&")) if "&" in text else text
            address = reference(text, base)
        self._note(address or _joined(text, base))
        if self.own is None or (address and depth < self.own_depth):
            self.own, self.own_depth = address, depth

    def add_alternate(self, href: str, base: str, *, kind: str, language: str) -> None:
        """Add the address of an ``alternate`` link, unless it is of another kind than a page."""
        if kind.partition(";")[0].strip() not in _PAGES or len(self.alternates) >= MOST_LINKS:
            return
        address = reference(href, base, is_loose=True)
        self._note(address or _joined(href, base))
        if address:
            self.alternates.append((address, language.lower()))

    def add_origin(self, text: str) -> None:
        """Add the address of the page behind a link that counts its readers."""
        if _HTTP.match(text.strip()) and urls.absolute(text):
            self.origin = self.origin or text.strip()

    def add_permalink(self, guid: str, resolved: str) -> None:
        """Add a guid that is said to be an address: it counts where it is one (RSS 2.0, guid)."""
        self._note(resolved)
        if self.own == resolved or urls.is_plain(guid) or (_HTTP.match(guid.strip()) and urls.absolute(guid)):
            self.permalink = resolved.replace("&amp;", "&")

    def add_picture(self, attributes: Mapping[str, str], base: str, *, is_thumbnail: bool) -> None:
        """Add a picture of Media RSS; a film or a sound is none, and neither is a pixel that counts readers."""
        if len(self.pictures) < MOST_PICTURES:
            found = picture(attributes, base, is_thumbnail=is_thumbnail)
            if found is not None and found not in self.pictures:
                self.pictures.append(found)

    @property
    def link(self) -> str | None:
        """The address of the item's page."""
        return self.origin or self.own or self._alternate() or self.permalink

    def others_than(self, link: str | None) -> tuple[str, ...]:
        """Return the other addresses that the item gives, each once."""
        return tuple(each for each in self.addresses if each != link)

    @property
    def title(self) -> Markup | None:
        """The item's own title, else another's that has words."""
        return _first(self.titles)

    def texts(self) -> tuple[Markup | None, Markup | None]:
        """Return the item's content and its summary; content without words is none where the summary has some."""
        summary = _first(self.summaries)
        if not self.contents:
            return None, summary
        contents = [each for each in self.contents if not _PICTURES.match(each.type)]
        content = _longest(each for each in contents if has_words(each.value))
        if content is None and not (summary and has_words(summary.value)):
            content = _longest(contents)
        return content, summary

    def _note(self, address: str | None) -> None:
        if address and len(self.addresses) < MOST_LINKS and address not in self.addresses:
            self.addresses.append(address)

    def _alternate(self) -> str | None:
        """Return the alternate in the document's language, else the first."""
        if len(self.alternates) > 1 and self.language:
            spoken = self.language.lower().replace("_", "-")
            for wanted in (spoken, spoken.partition("-")[0]):
                for address, language in self.alternates:
                    if language and wanted in (language, language.partition("-")[0]):
                        return address
        return self.alternates[0][0] if self.alternates else None


def relations(rel: str) -> list[str]:
    """Return the relations of a link by their names, in lower case."""
    return [_RELATIONS.sub("", each) for each in rel.lower().split()] or ["alternate"]


def reference(text: str, base: str, *, is_loose: bool = False) -> str | None:
    """Return the http(s) address that a link means, None if it is none.

    An address may lack its scheme. A relative one must look like a path, which a number, a code or "N/A" does not;
    where ``is_loose``, in attributes, most things may be one (RFC 3986, 4.2).
    """
    text = urls.slashed(urls.without_feed_scheme(text.strip()))
    if urls.is_plain(text):
        return text
    if _HTTP.match(text):
        text = _with_slashes(_TWO_SCHEMES.sub("", text), base)
        if not text.partition(":")[2].strip("/"):
            return None
        return _joined(text, base)
    host = _HOST.match(text[:_LONGEST_HOST])
    if host and _is_host(host[1].lower(), base, has_path=host[2] == "/"):
        return f"https://{text}"
    if _SCHEME.match(text) or not _is_relative(text, is_loose=is_loose):
        return None
    return _joined(text, base)


def _joined(text: str, base: str) -> str | None:
    address = join(base, text) if text else None
    return None if address and _HTTP.match(address) and urls.absolute(address) is None else address


def _with_slashes(text: str, base: str) -> str:
    """Return an address with the two slashes before its host; ``https:/path`` leads within the base's host."""
    found = _ONE_SLASH.match(text)
    host = _HOST.match(text[found.end() :][:_LONGEST_HOST]) if found else None
    if found and host and _is_host(host[1].lower(), base, has_path=True):
        return f"{found[1]}://{text[found.end() :]}"
    return text


def _is_host(host: str, base: str, *, has_path: bool) -> bool:
    """Return whether a name is a host's: it begins as such, it is the document's, or it is below a public suffix."""
    if host.startswith("www."):
        return True
    here = urls.site(base) if urls.is_plain(base) else ""
    if here and (here == host or here.endswith(f".{host}") or host.endswith(f".{here}")):
        return True
    return has_path and domains.is_public(host)


def _is_relative(text: str, *, is_loose: bool) -> bool:
    if not text or text.startswith("#") or any(map(str.isspace, text)):
        return False
    if text.startswith(("/", "./", "../", "?")) or "/../" in text or "/./" in text:
        return True
    if text.count("/") == 1 and len(text) < len("abc/d"):  # N/A
        return False
    return is_loose or bool(_ENDING.search(text) or _PAIR.search(text) or _is_path(text))


def _is_path(text: str) -> bool:
    """Return whether a text has several parts, and is not two words with a slash."""
    return bool(_SEVERAL_PARTS.match(text)) and (text.count("/") > 1 or not text.replace("/", "").isalpha())


def _first(texts: Sequence[_Text]) -> Markup | None:
    """Return the nearest of these texts, one with words before others."""
    if len(texts) < 2:  # noqa: PLR2004
        return texts[0].markup if texts else None
    ordered = sorted(texts, key=lambda each: (each.rank, each.depth))
    return next(
        (each.markup for each in ordered if has_words(each.markup.value)), ordered[0].markup if ordered else None
    )


def _longest(texts: Iterable[Markup]) -> Markup | None:
    return max(texts, key=lambda each: len(each.value), default=None)

"""Handlers for feedparser's parsers: an item's titles, texts and links, all of them and told apart.

feedparser keeps the last caption or episode's summary as an item's text, and the last alternate as its link; and it
makes addresses of numbers and codes. Outside of items its own handlers go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from feedparser.mixin import _FeedParserMixin
from feedparser.util import FeedParserDict

from syndicator.parse.candidates import Candidates, Rank, relations
from syndicator.parse.raw import Markup, is_permalink

# No element is called so: a name with a space.
CANDIDATES = "our candidates"
_TITLE, _TEXT, _LINK, _GUID, _ORIGIN = (f"our {name}" for name in ("title", "text", "link", "guid", "origin"))

_Start = Callable[[Any, dict[str, str]], None]
_End = Callable[[Any], None]


def _starts_text(element: str, default: str, original: str) -> _Start:
    """Return a handler that begins a text of the given type, unless it declares another."""

    def start(self: Any, attributes: dict[str, str]) -> None:
        if self.is_within_item():
            self.push_content(element, attributes, default, 1)
        else:
            getattr(super(Handlers, self), original)(attributes)

    return start


def _ends_text(element: str, rank: Rank, original: str) -> _End:
    """Return a handler that ends a text, and adds it to the item's unless it belongs to a picture in the item."""

    def end(self: Any) -> None:
        if not self.is_within_item():
            getattr(super(Handlers, self), original)()
            return
        self.pop_content(element)
        context = self.entries[-1]
        context.pop(element, None)
        found = context.pop(f"{element}_detail", None)
        if found is not None and not (self.inimage or self.intextinput):
            markup = Markup(found.get("value") or "", found.get("type", ""), found.get("base"))
            candidates = context.setdefault(CANDIDATES, Candidates())
            add = candidates.add_title if element == _TITLE else candidates.add_summary
            add(rank, self.depth, markup)

    return end


class Handlers:
    """Handlers to be put before those of one of feedparser's parsers."""

    namespaces: ClassVar = {**_FeedParserMixin.namespaces, "http://www.pheedo.com/namespace/pheedo": "pheedo"}

    inentry: int
    insource: int
    inimage: int
    lang: str | None
    baseuri: str
    depth: int
    entries: list[Any]
    elementstack: list[Any]
    guidislink: bool

    def is_within_item(self) -> bool:
        """Return whether the parser is in an item, and in no source of the item."""
        return bool(self.inentry and not self.insource)

    def _start_item(self, attributes: dict[str, str]) -> None:
        super()._start_item(attributes)  # type: ignore[misc]
        self._candidates.language = attributes.get("xml:lang") or ""

    def _end_item(self) -> None:
        """Put what counts where feedparser's other users look for it."""
        found, entry = self._candidates, self.entries[-1]
        content, summary = found.texts()
        chosen = {"title": found.title, "summary": summary or content}
        entry.update({name: text.value for name, text in chosen.items() if text})
        if found.link:
            entry["link"] = found.link
        super()._end_item()  # type: ignore[misc]

    _start_entry = _start_item
    _end_entry = _end_item

    _start_title = _starts_text(_TITLE, "text/plain", "_start_title")
    _start_dc_title = _starts_text(_TITLE, "text/plain", "_start_dc_title")
    _start_media_title = _starts_text(_TITLE, "text/plain", "_start_media_title")
    _end_title = _ends_text(_TITLE, Rank.OWN, "_end_title")
    _end_dc_title = _ends_text(_TITLE, Rank.DUBLIN_CORE, "_end_dc_title")
    _end_media_title = _ends_text(_TITLE, Rank.PICTURE, "_end_media_title")
    _start_description = _starts_text(_TEXT, "text/html", "_start_description")
    _start_dc_description = _starts_text(_TEXT, "text/html", "_start_dc_description")
    _start_media_description = _starts_text(_TEXT, "text/html", "_start_media_description")
    _start_abstract = _starts_text(_TEXT, "text/plain", "_start_abstract")
    _start_summary = _starts_text(_TEXT, "text/plain", "_start_summary")
    _start_itunes_summary = _starts_text(_TEXT, "text/plain", "_start_itunes_summary")
    _end_description = _ends_text(_TEXT, Rank.OWN, "_end_description")
    _end_dc_description = _ends_text(_TEXT, Rank.DUBLIN_CORE, "_end_dc_description")
    _end_media_description = _ends_text(_TEXT, Rank.PICTURE, "_end_media_description")
    _end_abstract = _ends_text(_TEXT, Rank.OWN, "_end_abstract")
    _end_summary = _ends_text(_TEXT, Rank.OWN, "_end_summary")
    _end_itunes_summary = _ends_text(_TEXT, Rank.EPISODE, "_end_itunes_summary")

    def _start_link(self, attributes: dict[str, str]) -> None:
        """Begin a link of an item; its relation may be an IRI, or several."""
        if not self.is_within_item():
            super()._start_link(attributes)  # type: ignore[misc]
            return
        named = relations(attributes.get("rel", "alternate"))
        kind = attributes.setdefault("type", "text/html")
        given = self._enforce_href(attributes)  # type: ignore[attr-defined]
        href = given.get("href")
        if href is None:
            self.push(_LINK, 1)  # type: ignore[attr-defined]
        elif not self.inimage:
            if "alternate" in named:
                language = given.get("hreflang", "")
                self._candidates.add_alternate(href, self.baseuri or "", kind=kind, language=language)
            rel = "enclosure" if "enclosure" in named and "alternate" not in named else " ".join(named)
            link = FeedParserDict({**given, "href": self.resolve_uri(href), "rel": rel})  # type: ignore[attr-defined]
            self.entries[-1].setdefault("links", []).append(link)

    def _end_link(self) -> None:
        if not (self.elementstack and self.elementstack[-1][0] == _LINK):
            super()._end_link()  # type: ignore[misc]
            return
        text = self._pop(_LINK)
        if not self.inimage:
            self._candidates.add_link(text, self.baseuri or "", self.depth)

    def _start_guid(self, attributes: dict[str, str]) -> None:
        attributes["ispermalink"] = "true" if is_permalink(attributes.get("ispermalink", "true")) else "false"
        super()._start_guid(attributes)  # type: ignore[misc]

    _start_id = _start_guid

    def _end_guid(self) -> None:
        if not self.is_within_item():
            super()._end_guid()  # type: ignore[misc]
            return
        written = "".join(map(_decoded, self.elementstack[-1][2])) if self.elementstack else ""
        value = self.pop("id")  # type: ignore[attr-defined]
        if self.guidislink and value:
            self._candidates.add_permalink(written, value)

    _end_id = _end_guid

    def _start_media_content(self, attributes: dict[str, str]) -> None:
        self._add_picture(attributes, is_thumbnail=False)
        super()._start_media_content(attributes)  # type: ignore[misc]

    def _start_media_thumbnail(self, attributes: dict[str, str]) -> None:
        self._add_picture(attributes, is_thumbnail=True)
        super()._start_media_thumbnail(attributes)  # type: ignore[misc]

    def _add_picture(self, attributes: dict[str, str], *, is_thumbnail: bool) -> None:
        if self.is_within_item() and not self.inimage:
            self._candidates.add_picture(attributes, self.baseuri or "", is_thumbnail=is_thumbnail)

    def _start_date(self, attributes: dict[str, str]) -> None:
        self._start_updated(attributes)  # type: ignore[attr-defined]

    def _end_date(self) -> None:
        self._end_updated()  # type: ignore[attr-defined]

    def _start_feedburner_origlink(self, _attributes: dict[str, str]) -> None:
        self.push(_ORIGIN, 1)  # type: ignore[attr-defined]

    def _end_feedburner_origlink(self) -> None:
        text = self._pop(_ORIGIN)
        if self.is_within_item():
            self._candidates.add_origin(text.replace("&amp;", "&"))

    _start_pheedo_origlink = _start_feedburner_origlink
    _end_pheedo_origlink = _end_feedburner_origlink

    @property
    def _candidates(self) -> Candidates:
        found: Candidates = self.entries[-1].setdefault(CANDIDATES, Candidates())
        return found

    def _pop(self, element: str) -> str:
        """End an element, and return its text without storing it."""
        text = self.pop(element)  # type: ignore[attr-defined]
        context = self._get_context()  # type: ignore[attr-defined]
        context.pop(element, None)
        return text or ""


def _decoded(piece: str | bytes) -> str:
    return piece.decode("utf-8", "replace") if isinstance(piece, bytes) else piece

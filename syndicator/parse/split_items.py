"""Find the items of a document in one expat pass: their byte ranges and hashes, and the content of plain ones.

Documents that are not well-formed, or not structured as their format requires, are left to feedparser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from syndicator.models import RawEntry
from syndicator.parse import names
from syndicator.parse.bases import base_of, rebase
from syndicator.parse.feedparser_item import Attributes, repaired
from syndicator.parse.feedparser_rules import plain
from syndicator.parse.item import read_item
from syndicator.parse.raw import HASH_SIZE, LONGEST_TEXT, READING
from syndicator.parse.safety import Namespaces, check_depth

Range = tuple[int, int]
# By root element: the name of an item, and that of its parent.
_ROOTS = {"rss": ("item", "channel"), "feed": ("entry", "feed"), "rdf:rdf": ("item", "rdf:rdf")}
_FRAME = frozenset({"rss", "rdf:rdf", "feed", "channel", "item", "entry"})
_BELOW_ROOT = 2
_INHERITED = 2  # root and channel
_SUMMARIES = frozenset({"summary", "itunes:summary", "description", "dc:description", "media:description", "abstract"})
_CONTENTS = frozenset({"content", "content:encoded", "fullitem", "body", "xhtml:body"})
_TITLES = frozenset({"title", "dc:title", "media:title"})
# Elements with titles of their own. For feedparser they end at an element that it does not expect in them.
_OTHERS = frozenset({"image", "textinput"})
_IN_OTHERS = frozenset({"title", "link", "description", "name", "url", "href", "width", "height"})
_TYPES = frozenset({"text", "html", "text/plain", "text/html"})


class OddDocumentError(Exception):
    """A document whose items cannot be split; feedparser parses all of it."""


class IllFormedError(OddDocumentError):
    """A document that is not well-formed XML."""


@dataclass(slots=True)
class Slices:
    """The items of a document.

    ``ranges`` are the byte ranges of all items, in order. ``hashes`` cover the first ``most`` items, each with all that
    it inherits. ``entries`` contains those of them that are not known, by position; None stands for an irregular item.
    ``title`` is the document's title, unless ``is_header_plain`` is false: then only feedparser can read it.
    """

    ranges: list[Range] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    entries: dict[int, RawEntry | None] = field(default_factory=dict)
    title: str = ""
    is_header_plain: bool = True


def split_items(text: bytes, url: str, *, most: int, known: Collection[bytes] = (), language: str = "") -> Slices:
    """Find the items of a UTF-8 document from ``url``, and read the plain ones among the first ``most``.

    Items whose hashes are ``known`` are not read. ``language`` is the document's. Raise OddDocumentError if it is not
    well-formed or not structured as feeds are.
    """
    walk = _Walk(text, url, most=most, known=known, language=language)
    try:
        walk.parser.Parse(text, True)  # noqa: FBT003 - pyexpat's own signature
    except (expat.ExpatError, ValueError) as error:
        raise IllFormedError(str(error)) from error
    return walk.found


def without(text: bytes, ranges: Iterable[Range]) -> bytes:
    """Return a document without some byte ranges."""
    kept, at = [], 0
    for begin, end in ranges:
        kept.append(text[at:begin])
        at = end
    return b"".join([*kept, text[at:]])


class _Walk:
    """Handlers for expat: they follow the elements outside of items, and build a tree of each item."""

    def __init__(self, text: bytes, url: str, *, most: int, known: Collection[bytes], language: str) -> None:
        self.parser: Any = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.StartNamespaceDeclHandler = self._declare
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.found = Slices()
        self._text, self._view, self._url = text, memoryview(text), url
        self._most, self._known, self._language = most, known, language
        self._base = base_of(url)
        self._namespaces = Namespaces()
        self._version = ""
        self._path: list[str] = []
        self._item = self._holder = ""
        self._tags: list[int] = []
        self._pieces: list[str] | None = None
        self._has_channel = self._has_summary = self._has_foreign_default = False
        self._titles = 0
        self._begin = self._depth = 0
        self._room = LONGEST_TEXT
        self._hash: Any = None
        self._builder = TreeBuilder()
        self._step_outside()

    def _step_outside(self) -> None:
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    # --- outside of items --------------------------------------------------------------------------------------------

    def _start(self, name: str, attributes: Attributes) -> None:
        spelt = names.spelt(name) or (name.rpartition(" ")[2].lower() if self._has_foreign_default else "?")
        path = self._path
        if len(self._tags) <= _INHERITED:
            self._tags.append(self.parser.CurrentByteIndex)
        if path and path[-1] == self._holder and spelt == self._item:
            self._open_item(attributes)
            return
        path.append(spelt)
        check_depth(len(path))
        if len(path) == 1:
            self._open_root(spelt, attributes)
        elif spelt in _FRAME or spelt in _CONTENTS:
            self._open_channel(spelt, attributes)
        elif spelt in _SUMMARIES:
            self._open_summary(spelt)
        elif spelt in _TITLES:
            self._open_title(spelt, attributes)
        elif self._pieces is not None or (path[-2] in _OTHERS and ":" not in spelt and spelt not in _IN_OTHERS):
            self.found.is_header_plain = False

    def _end(self, _name: str) -> None:
        spelt = self._path.pop()
        if self._pieces is not None and spelt == "title":
            self.found.title = repaired("".join(self._pieces).strip())
            self._pieces = self.parser.CharacterDataHandler = None

    def _open_root(self, spelt: str, attributes: Attributes) -> None:
        if spelt not in _ROOTS or (spelt == "rdf:rdf" and not self._version):
            raise OddDocumentError(f"a root called {spelt}")
        self._item, self._holder = _ROOTS[spelt]
        if spelt == "rss":
            self._version = "rss"
        self._rebase(attributes)

    def _open_channel(self, spelt: str, attributes: Attributes) -> None:
        is_below_root = len(self._path) == _BELOW_ROOT and self._path[0] != "feed"
        if spelt != "channel" or not is_below_root or self._has_channel or self.found.ranges:
            raise OddDocumentError(f"{spelt} in an unusual place")
        self._has_channel = True
        if self._holder == "channel":
            self._rebase(attributes)

    def _open_title(self, spelt: str, attributes: Attributes) -> None:
        """Collect the document's own title; ignore those of an image or a text input."""
        if spelt == "title" and self._path[-2] in _OTHERS:
            return
        self._titles += 1
        given = plain(attributes)
        is_plain = given == {} or (given is not None and given.keys() == {"type"} and given["type"] in _TYPES)
        is_own = spelt == "title" and self._path[-2] in ("channel", "feed")
        if not (is_own and is_plain) or self._pieces is not None or self._titles > 1:
            self.found.is_header_plain = False
        else:
            self._pieces = []
            self.parser.CharacterDataHandler = self._pieces.append

    def _open_summary(self, spelt: str) -> None:
        """Refuse a second summary: feedparser takes it for content, which affects the first item."""
        if self._has_summary:
            raise OddDocumentError("a channel with two summaries")
        self._has_summary = spelt in ("summary", "itunes:summary")

    def _rebase(self, attributes: Attributes) -> None:
        given = [value for name, value in attributes.items() if name.rpartition(" ")[2].lower() == "base"]
        if len(given) > 1:
            raise OddDocumentError("two bases on one element")
        if given:
            self._base = rebase(self._base, given[0])

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        """Refuse declarations that feedparser, which has no namespace scopes, interprets differently from expat."""
        if not uri:
            if self._path:
                raise OddDocumentError("a default namespace is taken back")
            return
        self._namespaces.add(prefix, uri)
        if names.is_misleading(prefix, uri) or uri.split() != [uri]:
            raise OddDocumentError(f"the namespace {prefix}={uri}")
        if not self._path:
            self._version = self._version or names.version_of(prefix, uri)
        if prefix is None and names.prefix_of(uri) is None:
            if not self._path:
                raise OddDocumentError(f"the default namespace {uri}")
            self._has_foreign_default = True

    def _refuse(self, *_: object) -> None:
        raise OddDocumentError("a document type declaration")

    # --- inside of items ---------------------------------------------------------------------------------------------

    def _open_item(self, attributes: Attributes) -> None:
        self._begin, self._depth = self.parser.CurrentByteIndex, 0
        if self._hash is None:
            self._hash = self._inherited()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start_inside, self._end_inside
        self._builder = TreeBuilder()
        self._builder.start("item", dict(attributes))
        if len(self.found.ranges) < self._most:
            self.parser.CharacterDataHandler = self._take

    def _inherited(self) -> Any:
        """Return the beginning of every item's hash: what items inherit from root and channel tags and the address."""
        first = self._tags[0]
        around = self._text[first : self._tags[2 if self._holder == "channel" else 1]]
        begun = hashlib.blake2b(around, digest_size=HASH_SIZE, key=READING)
        begun.update(self._url.partition("?")[0].encode("utf-8", "replace"))
        return begun

    def _start_inside(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        check_depth(self._depth)
        self._builder.start(name, attributes)
        self._room = LONGEST_TEXT

    def _end_inside(self, name: str) -> None:
        self._depth -= 1
        if self._depth >= 0:
            self._builder.end(name)
            self._room = LONGEST_TEXT
        else:
            self._close_item()

    def _take(self, piece: str) -> None:
        """Add a piece to the text of an element, up to the longest text that is kept."""
        if self._room > 0:
            self._builder.data(piece)
            self._room -= len(piece) if self._room < LONGEST_TEXT else len(piece.lstrip())

    def _close_item(self) -> None:
        at, place = self.parser.CurrentByteIndex, len(self.found.ranges)
        if at == self._begin:
            raise OddDocumentError("an empty item")
        end = self._text.index(b">", at) + 1
        self.found.ranges.append((self._begin, end))
        if place < self._most:
            digest = self._hash.copy()
            digest.update(self._view[self._begin : end])
            self.found.hashes.append(digest.digest())
            self.parser.CharacterDataHandler = None
            self._builder.end("item")
            if self.found.hashes[-1] not in self._known:
                self.found.entries[place] = read_item(
                    self._builder.close(),
                    base=self._base,
                    is_atom=self._version.startswith("atom"),
                    has_foreign_default=self._has_foreign_default,
                    language=self._language,
                )
        self._step_outside()

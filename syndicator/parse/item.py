"""One plain item, read off expat's events by feedparser's own rules; what is not plain is left to feedparser.

feedparser spends its time on bookkeeping for whatever items may hold. Nearly all hold texts, links, dates and names
only. Whatever else there is (markup among the elements, bases of their own, unusual types) makes an item irregular, and
somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syndicator.models import RawEntry
from syndicator.parse.poison import check_depth
from syndicator.parse.raw import LONGEST_TEXT
from syndicator.parse.rules import (
    ABOUT,
    HARMLESS_ATTRIBUTES,
    KINDS,
    Attributes,
    Item,
    Kind,
    has_base,
    is_mistaken,
    kind_of,
    plain,
)


class ItemReader:
    """Reads one item at a time: ``begin`` it, then let ``start`` and ``end`` take expat's events."""

    def __init__(self, parser: Any, done: Callable[[RawEntry | None], None], *, base: str, is_atom: bool) -> None:
        """Hand each item to ``done`` at its end tag, None for an irregular one."""
        self._parser, self._done, self._base, self._is_atom = parser, done, base, is_atom
        # feedparser takes elements of an unknown default namespace for the feed's own.
        self.has_foreign_default = False

    def begin(self, attributes: Attributes) -> None:
        """Begin an item."""
        self._item = Item(base=self._base, is_atom=self._is_atom)
        self._is_regular = True
        self._depth = self._open_depth = 0
        self._open: Kind | None = None  # what the text being gathered belongs to
        self._part, self._room = "", 0
        self._pieces: list[str] = []
        self._own_pieces: list[str] = []
        for name, value in attributes.items():
            if name == ABOUT:
                self._item.guid = value or None
            elif name not in HARMLESS_ATTRIBUTES:
                self._is_regular = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in a start tag."""
        self._depth += 1
        check_depth(self._depth)
        if not self._is_regular:
            return
        kind = KINDS.get(name) or kind_of(name)
        if (attributes and has_base(attributes)) or (self.has_foreign_default and is_mistaken(name)):
            self._give_up()
        elif self._open is not None:
            self._start_part(self._open, kind)
        elif not kind.is_known or (self._depth > 1 and not kind.is_deep):
            self._give_up()
        elif not kind.is_open:
            self._start_kind(kind, attributes)

    def end(self, _name: str) -> None:
        """Take in an end tag; the item's own is the last."""
        depth, self._depth = self._depth, self._depth - 1
        if not depth:
            self._done(self._item.entry() if self._is_regular else None)
            return
        kind = self._open
        if kind is None:
            return
        if depth == self._open_depth:
            self._open = None
            if kind.finish is not None:
                self._parser.CharacterDataHandler = None
                self._item.depth = depth
                kind.finish(self._item, "".join(self._pieces).strip())
        elif kind.finish is not None:
            self._item.person[self._part] = "".join(self._pieces).strip()
            self._gather(self._own_pieces)

    def _start_kind(self, kind: Kind, attributes: Attributes) -> None:
        self._open, self._open_depth = kind, self._depth
        if kind.begin is not None:
            given = plain(attributes) if attributes else {}
            if given is None or not kind.begin(self._item, given):
                self._give_up()
                return
        if kind.finish is not None:
            self._gather([])

    def _start_part(self, outer: Kind, kind: Kind) -> None:
        """Allow a person's name and addresses within a person, and what a feed says of itself within a source."""
        if kind.name not in outer.parts:
            self._give_up()
        elif outer.finish is not None:
            if self._depth != self._open_depth + 1 or self._item.author:  # feedparser mixes two authors' names
                self._give_up()
                return
            self._part, self._own_pieces = kind.name, self._pieces
            self._gather([])

    def _gather(self, pieces: list[str]) -> None:
        self._pieces, self._room = pieces, LONGEST_TEXT
        self._parser.CharacterDataHandler = self._take

    def _take(self, piece: str) -> None:
        """Take a piece of a text, but not of one that is longer than what is kept."""
        if self._room > 0:
            self._pieces.append(piece)
            self._room -= len(piece) if len(self._pieces) > 1 else len(piece.lstrip())

    def _give_up(self) -> None:
        self._is_regular, self._open = False, None
        self._parser.CharacterDataHandler = None

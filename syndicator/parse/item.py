"""Read a plain item from its element tree by feedparser's rules, without feedparser.

feedparser spends most of its time on features that few items use. Nearly all items contain only texts, links, dates and
names. Anything else (inline markup, ``xml:base``, unusual types) makes an item irregular; feedparser parses it.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from syndicator.models import RawEntry
from syndicator.parse.candidates import Candidates
from syndicator.parse.feedparser_item import Attributes, Item
from syndicator.parse.feedparser_rules import (
    ABOUT,
    HARMLESS_ATTRIBUTES,
    LANGUAGE,
    RULES,
    Rule,
    has_base,
    is_mistaken,
    plain,
    rule_of,
)
from syndicator.parse.safety import MOST_ATTRIBUTES


def read_item(
    element: Element, *, base: str, is_atom: bool, has_foreign_default: bool, language: str = ""
) -> RawEntry | None:
    """Return an item's entry, None if it is irregular; names are expat's ``uri local``.

    If the document ``has_foreign_default``, feedparser takes elements of that default namespace for the feed's own.
    ``language`` is the document's, as declared.
    """
    candidates = Candidates(language=element.get(LANGUAGE) or language)
    item = Item(base=base, is_atom=is_atom, candidates=candidates)
    reader = _Reader(item, has_foreign_default=has_foreign_default)
    is_regular = reader.take_own(element.attrib) and reader.take_children(element, 1)
    return reader.item.entry() if is_regular else None


class _Reader:
    """Reads elements in document order; its methods return whether they were regular."""

    def __init__(self, item: Item, *, has_foreign_default: bool) -> None:
        self.item, self._has_foreign_default = item, has_foreign_default

    def take_own(self, attributes: Attributes) -> bool:
        """Read the item's own attributes."""
        for name, value in attributes.items():
            if name == ABOUT:
                self.item.guid = value or None
            elif name not in HARMLESS_ATTRIBUTES:
                return False
        return True

    def take_children(self, parent: Element, depth: int) -> bool:
        """Read the children of the item, or of an element whose children count as the item's."""
        item = self.item
        for element in parent:
            name, attributes = element.tag, element.attrib
            rule = RULES.get(name) or rule_of(name)
            if not rule.is_known or (depth > 1 and not rule.is_deep) or self._is_odd(name, attributes):
                return False
            if rule.is_open:
                if rule.begin is not None and not self._begin(rule, attributes):
                    return False
                if len(element) and not self.take_children(element, depth + 1):
                    return False
                continue
            if rule.begin is not None and not self._begin(rule, attributes):
                return False
            if len(element) and not self._take_parts(rule, element):
                return False
            if rule.finish is not None:
                item.depth = depth
                rule.finish(item, _text(element))
        return True

    def _begin(self, rule: Rule, attributes: Attributes) -> bool:
        given = plain(attributes) if attributes else {}
        return given is not None and rule.begin is not None and rule.begin(self.item, given)

    def _take_parts(self, outer: Rule, parent: Element) -> bool:
        """Read the parts of a person; accept the feed elements within a source."""
        for part in parent.iter():
            if part is parent:
                continue
            rule = RULES.get(part.tag) or rule_of(part.tag)
            if rule.name not in outer.parts or self._is_odd(part.tag, part.attrib):
                return False
            if outer.finish is not None:
                if len(part) or self.item.author:  # feedparser mixes two authors' names
                    return False
                self.item.person[rule.name] = _text(part)
        return True

    def _is_odd(self, name: str, attributes: Attributes) -> bool:
        if attributes and (len(attributes) > MOST_ATTRIBUTES or has_base(attributes)):
            return True
        return self._has_foreign_default and is_mistaken(name)


def _text(element: Element) -> str:
    """Return the text of an element without that of its children."""
    text = element.text or ""
    return (text + "".join(part.tail or "" for part in element) if len(element) else text).strip()

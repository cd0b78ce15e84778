"""Refuse what no feed needs and attacks on XML parsers consist of.

Declared entities and default attributes, elements nested without end, and namespaces without number or measure all
cost more than linear time or memory.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from syndicator.errors import UnsafeDocumentError

_DECLARATION = re.compile(rb"<!\s*(?:ENTITY|ATTLIST)", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
_DEEPEST = 500
# Of an element. What has more is left to feedparser, which is given the first so many.
MOST_ATTRIBUTES = 250
# A parser writes out an element's namespace at each of its tags.
_LONGEST_NAMESPACE, _MOST_NAMESPACES = 1000, 200


def check_depth(depth: int) -> None:
    """Raise UnsafeDocumentError for an element nested more than 500 deep: each level costs the parsers memory."""
    if depth > _DEEPEST:
        raise UnsafeDocumentError(f"the document nests elements more than {_DEEPEST} deep")


class Namespaces:
    """The namespaces that a document has declared."""

    def __init__(self) -> None:
        self._prefixes: set[str | None] = set()

    def add(self, prefix: str | None, uri: str) -> None:
        """Record a declaration; raise UnsafeDocumentError if the name is too long or there are too many prefixes."""
        if len(uri) > _LONGEST_NAMESPACE:
            raise UnsafeDocumentError(f"the document names a namespace with more than {_LONGEST_NAMESPACE} characters")
        self._prefixes.add(prefix)
        if len(self._prefixes) > _MOST_NAMESPACES:
            raise UnsafeDocumentError(f"the document declares more than {_MOST_NAMESPACES} prefixes of namespaces")


class _RootReached(Exception):  # noqa: N818 - nothing is wrong
    """The prolog is over."""


def refuse_declarations(text: bytes) -> None:
    """Raise UnsafeDocumentError if the prolog declares entities or attributes."""
    if not _DECLARATION.search(text):
        return
    state = {"is_declaring": False}
    parser: Any = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = parser.AttlistDeclHandler = _refuse
    parser.StartDoctypeDeclHandler = lambda *_: state.update(is_declaring=True)
    parser.EndDoctypeDeclHandler = lambda: state.update(is_declaring=False)
    parser.StartElementHandler = _stop
    try:
        parser.Parse(text, True)  # noqa: FBT003 - pyexpat's own signature
    except _RootReached:
        return
    except expat.ExpatError as error:
        if state["is_declaring"] or _DOCTYPE.search(text):
            raise UnsafeDocumentError("the document's type declaration cannot be understood") from error


def _refuse(*_: object) -> None:
    raise UnsafeDocumentError("the document declares XML entities or attributes")


def _stop(*_: object) -> None:
    raise _RootReached

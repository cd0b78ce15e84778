"""What no feed needs and attacks on XML parsers are made of: declared entities, elements without end in elements."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from syndicator.errors import UnsafeDocumentError

_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
_DEEPEST = 500


def check_depth(depth: int) -> None:
    """Raise UnsafeDocumentError for elements within elements beyond all reason: each costs the parsers memory."""
    if depth > _DEEPEST:
        raise UnsafeDocumentError(f"the document nests elements more than {_DEEPEST} deep")


class _RootReached(Exception):  # noqa: N818 - nothing is wrong
    """The prolog is over."""


def refuse_entities(text: bytes) -> None:
    """Raise UnsafeDocumentError if the prolog declares entities: no feed needs them, every XML bomb does."""
    if not _ENTITY.search(text):
        return
    state = {"is_declaring": False}
    parser: Any = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = _refuse
    parser.StartDoctypeDeclHandler = lambda *_: state.update(is_declaring=True)
    parser.EndDoctypeDeclHandler = lambda: state.update(is_declaring=False)
    parser.StartElementHandler = _stop
    try:
        parser.Parse(text, True)  # noqa: FBT003 - pyexpat's own signature
    except _RootReached:
        return
    except expat.ExpatError as error:
        if state["is_declaring"] or _DOCTYPE.search(text):
            raise UnsafeDocumentError("the document's type declaration is not to be understood") from error


def _refuse(*_: object) -> None:
    raise UnsafeDocumentError("the document declares XML entities")


def _stop(*_: object) -> None:
    raise _RootReached

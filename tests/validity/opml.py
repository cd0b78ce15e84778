"""OPML 2.0, as far as a list of subscriptions can break it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.validity.values import language_faults, text_faults, web_faults

_ATTRIBUTES = {"text", "title", "type", "xmlUrl", "htmlUrl", "description", "language", "version"}


def opml_faults(body: bytes) -> list[str]:
    """Return what is wrong with a list of feeds."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    if root.tag != "opml" or root.get("version") != "2.0" or [child.tag for child in root] != ["head", "body"]:
        return ["not head and body in opml 2.0"]
    faults = list(text_faults(root.findtext("head/title"), "title"))
    if not len(root[1]):
        faults.append("a body without outlines")
    for outline in root.iter("outline"):
        faults.extend(_outline_faults(outline))
    return faults


def _outline_faults(outline: Any) -> Iterator[str]:
    name = f"outline {outline.get('text')}"
    yield from text_faults(outline.get("text"), name)
    if set(outline.attrib) - _ATTRIBUTES:
        yield f"{name}: odd attributes {dict(outline.attrib)}"
    if outline.get("type") == "rss":
        yield from web_faults(outline.get("xmlUrl"), f"{name} xmlUrl")
        yield from web_faults(outline.get("htmlUrl"), f"{name} htmlUrl")
        yield from text_faults(outline.get("title"), f"{name} title")
    elif "xmlUrl" in outline.attrib or (not len(outline) and outline.getparent().tag != "body"):
        yield f"{name}: neither a feed nor a group"
    if "language" in outline.attrib:
        yield from language_faults(outline.get("language"), f"{name} language")

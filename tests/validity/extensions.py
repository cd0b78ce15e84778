"""GeoRSS Simple and Media RSS 1.5.1, in Atom entries and RSS items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.validity.values import media_type_faults, number_faults, point_faults, web_faults

GEORSS = "{http://www.georss.org/georss}"
# With the slash at its end: without, it is another vocabulary.
MEDIA = "{http://search.yahoo.com/mrss/}"
MEDIA_AND_PLACES = (GEORSS, MEDIA)
_MEDIA_ATTRIBUTES = {
    f"{MEDIA}content": {"url", "type", "medium", "width", "height"},
    f"{MEDIA}thumbnail": {"url", "width", "height"},
}


def extension_faults(element: Any, name: str) -> Iterator[str]:
    """Yield what is wrong with an element of another vocabulary."""
    if element.tag == f"{GEORSS}point":
        yield from point_faults(element.text, f"{name} point")
    elif element.tag in _MEDIA_ATTRIBUTES:
        yield from _media_faults(element, name)
    else:
        yield f"{name}: unknown element {element.tag}"


def _media_faults(element: Any, name: str) -> Iterator[str]:
    if set(element.attrib) - _MEDIA_ATTRIBUTES[element.tag]:
        yield f"{name}: media with odd attributes {dict(element.attrib)}"
    yield from web_faults(element.get("url"), f"{name} media url")
    if "type" in element.attrib:
        yield from media_type_faults(element.get("type"), f"{name} media type")
        if not element.get("type").startswith(f"{element.get('medium')}/"):
            yield f"{name}: media is no {element.get('medium')} but {element.get('type')}"
    for size in ("width", "height"):
        if size in element.attrib:
            yield from number_faults(element.get(size), f"{name} media {size}", least=1)

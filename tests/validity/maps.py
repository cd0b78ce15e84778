"""GeoJSON (RFC 7946) and KML 2.2 (OGC 07-147r2), as far as our documents can break them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.validity.values import html_faults, point_faults, rfc3339_faults, text_faults, uri_faults, web_faults

KML = "{http://www.opengis.net/kml/2.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
# The members of other types of GeoJSON objects, which none else may have (7.1).
_RESERVED = {"coordinates", "geometries", "geometry", "properties", "crs"}
# The order in which the schema wants what a feature says of itself.
_ORDER = [
    f"{KML}name", f"{ATOM}author", f"{ATOM}link", f"{KML}description", f"{KML}TimeStamp", f"{KML}Placemark", f"{KML}Point",
]  # fmt: skip
_COORDINATES = re.compile(r"(-?[0-9.]+),(-?[0-9.]+)")


def geojson_faults(body: bytes) -> list[str]:
    """Return what is wrong with a feature collection."""
    try:
        collection = json.loads(body.decode("utf-8"))
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        return ["no feature collection (3.3)"]
    faults = [f"the collection has {name} (7.1)" for name in collection.keys() & _RESERVED]
    for feature in collection["features"]:
        faults.extend(_feature_faults(feature))
    return faults


def _feature_faults(feature: dict[str, Any]) -> Iterator[str]:
    name = f"feature {feature.get('id')}"
    if feature.get("type") != "Feature" or feature.keys() != {"type", "id", "geometry", "properties"}:
        yield f"{name}: no feature, or one with odd members (3.2)"
    geometry = feature["geometry"]
    if geometry.get("type") != "Point" or geometry.keys() != {"type", "coordinates"}:
        yield f"{name}: no point (3.1.2)"
    longitude, latitude = geometry["coordinates"]
    yield from point_faults(f"{latitude} {longitude}", f"{name} (3.1.1: longitude first)")
    yield from uri_faults(feature["id"], name)
    about = feature["properties"]
    yield from text_faults(about["title"], f"{name} title")
    yield from web_faults(about["url"], f"{name} url")
    for date in ("published", "updated"):
        yield from rfc3339_faults(about[date], f"{name} {date}")


def kml_faults(body: bytes) -> list[str]:
    """Return what is wrong with a KML document."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    if root.tag != f"{KML}kml" or [child.tag for child in root] != [f"{KML}Document"]:
        return ["not one document"]
    faults = list(_order_faults(root[0], "document"))
    ids = [placemark.get("id") for placemark in root[0].iterfind(f"{KML}Placemark")]
    if len(set(ids)) < len(ids):
        faults.append("an id twice")
    for placemark in root[0].iterfind(f"{KML}Placemark"):
        faults.extend(_placemark_faults(placemark))
    return faults


def _placemark_faults(placemark: Any) -> Iterator[str]:
    name = f"placemark {placemark.get('id')}"
    yield from _order_faults(placemark, name)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", placemark.get("id", "")):
        yield f"{name}: its id is no name"
    yield from text_faults(placemark.findtext(f"{KML}name"), f"{name} name")
    yield from web_faults(placemark.find(f"{ATOM}link").get("href"), f"{name} link")
    yield from html_faults(placemark.findtext(f"{KML}description"), f"{name} description")
    yield from rfc3339_faults(placemark.findtext(f"{KML}TimeStamp/{KML}when"), f"{name} when")
    found = _COORDINATES.fullmatch(placemark.findtext(f"{KML}Point/{KML}coordinates") or "")
    if found is None:
        yield f"{name}: no longitude and latitude"
    else:
        yield from point_faults(f"{found[2]} {found[1]}", f"{name} coordinates")


def _order_faults(parent: Any, name: str) -> Iterator[str]:
    tags = [child.tag for child in parent]
    if set(tags) - set(_ORDER):
        yield f"{name}: unknown elements {set(tags) - set(_ORDER)}"
    elif tags != sorted(tags, key=_ORDER.index):
        yield f"{name}: elements out of order"

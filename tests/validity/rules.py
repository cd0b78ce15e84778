"""The rules of each output format."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.validity.atom import atom_faults
from tests.validity.jsonfeed import jsonfeed_faults
from tests.validity.maps import geojson_faults, kml_faults
from tests.validity.opml import opml_faults
from tests.validity.rss import rss_faults

FAULTS: Mapping[str, Callable[[bytes], list[str]]] = {
    "atom": atom_faults,
    "rss": rss_faults,
    "json": jsonfeed_faults,
    "geojson": geojson_faults,
    "kml": kml_faults,
    "opml": opml_faults,
}


def faults_of(name: str, body: bytes) -> list[str]:
    """Return what is wrong with a published file, by its name's suffix."""
    return FAULTS[name.rpartition(".")[2]](body)

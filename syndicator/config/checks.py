"""Checks of a file as a whole, beyond the type of each key. Pure: a file in, problems as key and message out."""

from __future__ import annotations

from collections.abc import Iterator

from syndicator import urls
from syndicator.config.build import source_key
from syndicator.config.schema import ConceptFile, OutletFile, PlaceFile, RegionsFile
from syndicator.tag import parse_entry
from syndicator.text import phrase_of

Finding = tuple[str, str]


def check_outlet(file: OutletFile) -> Iterator[Finding]:
    """Yield contradictions between an outlet's keys, its sources and its mirrors."""
    if len({base.casefold() for base in (file.home, *file.mirrors)}) <= len(file.mirrors):
        yield "mirrors", "an address is listed twice"
    seen: dict[str, int] = {}
    for number, source in enumerate(file.source):
        place = f"source[{number}]"
        if (source.path is None) == (source.url is None):
            yield place, 'needs either path = "/feed.xml" or url = "https://…"'
            continue
        key = source_key(source)
        if key in seen:
            yield place, f"is the same as source[{seen[key]}]"
        seen.setdefault(key, number)
        if (source.kind == "page") != (source.select is not None):
            yield f"{place}.select", 'belongs to kind = "page", and only to that'
        if source.path is not None and source.mirrors:
            yield f"{place}.mirrors", "a path is requested at the outlet's own mirrors"
    yield from _check_bases(file)


def _check_bases(file: OutletFile) -> Iterator[Finding]:
    for number, base in enumerate(file.trusted):
        if base not in file.mirrors:
            yield f"trusted[{number}]", f"{urls.redact(base)} is not one of the mirrors"
    for base in file.proxies:
        if base not in (file.home, *file.mirrors):
            yield f"proxies.{urls.redact(base)}", "is neither the home nor one of the mirrors"


def check_regions(file: RegionsFile) -> Iterator[Finding]:
    """Yield contradictions within each place, and names that no text can contain."""
    for number, place in enumerate(file.place):
        yield from _check_place(f"place[{number}]", place)


def _check_place(key: str, place: PlaceFile) -> Iterator[Finding]:
    names = {f"{key}.names[{number}]": name for number, name in enumerate(place.names)}
    for where, name in {**names, f"{key}.label": place.label}.items():
        if name is not None and not phrase_of(name):
            yield where, f'there is no word in "{name}"'
    if place.of is None and place.label is None:
        yield key, 'needs either label = "…" for a new place or of = "SY-ID/saraqib"'
    if place.of is not None and not place.names:
        yield f"{key}.names", "is empty: what else is the place called?"
    beside_of = place.model_fields_set & {"id", "label", "kind", "within", "members", "lat", "lon"}
    if place.of is not None and beside_of:
        yield key, f"of names a known place, so {min(beside_of)} cannot be set with it"
    if place.members and "kind" in place.model_fields_set:
        yield f"{key}.kind", "cannot be set with members: they make a group"
    if place.of is None and bool(place.within) == bool(place.members):
        yield key, 'needs either within = "SY-ID" or, for a group, members = ["SY", "LB"]'
    if (place.lat is None) != (place.lon is None):
        yield key, "needs both lat and lon, or neither"


def check_concept(file: ConceptFile) -> Iterator[Finding]:
    """Yield terms that no text can contain, and weights of none of the terms."""
    for place, term in concept_terms(file):
        try:
            parse_entry(term)
        except ValueError as error:
            yield place, str(error)
    known = {term for _, term in concept_terms(file)}
    for term in file.weights:
        if term not in known:
            yield "weights", f'"{term}" is none of the terms: write it as it is written there'


def concept_terms(file: ConceptFile) -> Iterator[tuple[str, str]]:
    """Yield all terms of a concept, with their places in its file."""
    for key, lists in (("terms", file.terms), ("against", file.against), ("veto", file.veto)):
        for language, terms in lists.items():
            for number, term in enumerate(terms):
                yield f"{key}.{language}[{number}]", term

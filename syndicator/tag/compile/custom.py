"""Custom places: those of the operator's ``regions/*.toml``."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from syndicator.errors import CustomPlaceError
from syndicator.tag.compile.draft import EQUIVALENT_POPULATION, Draft, Place
from syndicator.tag.gazetteer import Kind, slug

_RUSSIAN = re.compile("[а-яё]")


def add_custom_places(draft: Draft, custom: Sequence[Mapping[str, Any]]) -> None:
    """Add custom places and names. Raise CustomPlaceError for an unknown region, and for a term that is taken."""
    by_term = {term.casefold(): number for term, number in draft.terms.items()}

    def number_of(term: str, key: str) -> int:
        number = by_term.get(term.casefold())
        if number is None:
            number = draft.town(term)
        if number is None:
            raise CustomPlaceError(f'{key}: there is no region "{term}"')
        return number

    for place in custom:
        if "of" in place:
            number = number_of(place["of"], f"{place['at']}.of")
        else:
            number = _add_custom_place(draft, place, number_of)
            term = draft.places[number].term
            if term.casefold() in by_term or draft.town(term) is not None:
                raise CustomPlaceError(
                    f'{place["at"]}.id: there is a region "{term}" already: choose another id, or give that one more'
                    f' names with of = "{term}"'
                )
            by_term[term.casefold()] = number
        for name in (*place.get("names", ()), *filter(None, (place.get("label"),))):
            draft.add_forms(number, name, "ru" if _RUSSIAN.search(name) else "")


def _add_custom_place(draft: Draft, place: Mapping[str, Any], number_of: Callable[[str, str], int]) -> int:
    label = place["label"]
    custom_id = place.get("id") or slug(label)
    if "members" in place:
        members = [draft.places[number_of(member, f"{place['at']}.members")] for member in place["members"]]
        terms = (_terms_of(draft, member) for member in members)
        draft.groups[custom_id] = list(dict.fromkeys(itertools.chain.from_iterable(terms)))
        points = [(each.lat, each.lon) for each in members if not math.isnan(each.lat)] or [(math.nan, math.nan)]
        lat, lon = map(statistics.fmean, zip(*points, strict=True))
        population = EQUIVALENT_POPULATION[Kind.GROUP]
        new = Place(kind=Kind.GROUP, label=label, term=custom_id, population=population, is_compact=False)
    else:
        parent = number_of(place["within"], f"{place['at']}.within")
        kind = Kind[place.get("kind", "site").upper()]
        new = Place(
            kind=kind, label=label, term=f"{draft.places[parent].term}/{custom_id}".replace("//", "/"), parent=parent,
            country=draft.places[parent].country, population=EQUIVALENT_POPULATION.get(kind, 0),
        )  # fmt: skip
        lat, lon = place.get("lat", math.nan), place.get("lon", math.nan)
    new.lat, new.lon = place.get("lat", lat), place.get("lon", lon)
    number = draft.add_place(new)
    draft.terms[new.term] = number
    return number


def _terms_of(draft: Draft, member: Place) -> list[str]:
    """Return what a group gets from a member: a group counts with its members, an area with its divisions, too."""
    within = draft.groups.get(member.term, [])
    return within if member.kind is Kind.GROUP and within else [member.term, *within]

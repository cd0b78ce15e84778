"""The operator's own places, from ``regions/*.toml``."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from syndicator.errors import CustomPlaceError
from syndicator.tag.compile.draft import AS_WEIGHTY_AS, Draft, Place
from syndicator.tag.gazetteer import Kind, slug

_RUSSIAN = re.compile("[а-яё]")


def add_own_places(draft: Draft, own: Sequence[Mapping[str, Any]]) -> None:
    """Add what the operator's ``regions/*.toml`` say; raise GazetteerError for a region that there is not."""
    by_term = {term.casefold(): number for term, number in draft.terms.items()}

    def number_of(term: str, key: str) -> int:
        number = by_term.get(term.casefold())
        if number is None:
            number = _town(draft, term, by_term)
        if number is None:
            raise CustomPlaceError(f'{key}: there is no region "{term}"')
        return number

    for place in own:
        if "of" in place:
            number = number_of(place["of"], f"{place['at']}.of")
        else:
            number = _add_own_place(draft, place, number_of)
            term = draft.places[number].term
            if term.casefold() in by_term or _town(draft, term, by_term) is not None:
                raise CustomPlaceError(
                    f'{place["at"]}.id: there is a region "{term}" already: choose another id, or give that one more'
                    f' names with of = "{term}"'
                )
            by_term[term.casefold()] = number
        for name in (*place.get("names", ()), *filter(None, (place.get("label"),))):
            draft.name_in(number, name, "ru" if _RUSSIAN.search(name) else "")


def _add_own_place(draft: Draft, place: Mapping[str, Any], number_of: Callable[[str, str], int]) -> int:
    label = place["label"]
    own_id = place.get("id") or slug(label)
    if "members" in place:
        members = [draft.places[number_of(member, f"{place['at']}.members")] for member in place["members"]]
        terms = (draft.groups.get(member.term, [member.term]) for member in members)  # of groups in it, theirs
        draft.groups[own_id] = list(dict.fromkeys(itertools.chain.from_iterable(terms)))
        known = [(member.lat, member.lon) for member in members if not math.isnan(member.lat)] or [(math.nan, math.nan)]
        lat, lon = map(statistics.fmean, zip(*known, strict=True))
        new = Place(kind=Kind.GROUP, label=label, term=own_id, people=AS_WEIGHTY_AS[Kind.GROUP], is_sure=False)
    else:
        holder = number_of(place["within"], f"{place['at']}.within")
        kind = Kind[place.get("kind", "site").upper()]
        new = Place(
            kind=kind, label=label, term=f"{draft.places[holder].term}/{own_id}".replace("//", "/"), holder=holder,
            country=draft.places[holder].country, people=AS_WEIGHTY_AS.get(kind, 0),
        )  # fmt: skip
        lat, lon = place.get("lat", math.nan), place.get("lon", math.nan)
    new.lat, new.lon = place.get("lat", lat), place.get("lon", lon)
    number = draft.add(new)
    draft.terms[new.term] = number
    return number


def _town(draft: Draft, term: str, by_term: Mapping[str, int]) -> int | None:
    """Find a town by its term: US-TX/houston."""
    holder, _, name = term.rpartition("/")
    number = by_term.get(holder.casefold())
    found = {
        each: draft.places[each].people
        for each in draft.meanings(name.replace("-", " "))
        if draft.places[each].holder == number and slug(draft.places[each].label) == name
    }
    return max(found, key=found.__getitem__, default=None)

"""What maps show: the places that stories are about, as dots."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from syndicator.models import Story, Tag
from syndicator.models.reader_pages import MapPoint, MapView
from syndicator.runtime.reader_pages.place_names import PlaceNames
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.tag.gazetteer import Kind

MOST_POINTS = 40
_SHOWN = ("about", "dateline")
_DIVISIONS = frozenset((Kind.DIVISION, Kind.SUBDIVISION))
# These are too large for a point to say where they are.
_LARGE = frozenset((Kind.GROUP, Kind.WATER))


def places_map(
    reading: Reading,
    stories: Iterable[Story | Sequence[Tag]],
    *,
    home: str = "",
    within: str = "",
    most: int = MOST_POINTS,
) -> MapView | None:
    """Return a map of the places that stories are about, or were written in; None where none has a place on it.

    ``stories`` are stories, or the tags of each. ``home`` is the code of a country that stands out; by default it is
    that of most dots. With ``within``, the term of a place, only what lies in it is shown.
    """
    about, others = Counter[str](), Counter[str]()
    for each in stories:
        places = dict(_places(each.tags if isinstance(each, Story) else each, within.casefold()))
        about.update(term for term, role in places.items() if role == "about")
        others.update(term for term, role in places.items() if role != "about")
    names = PlaceNames(reading.rules.config.gazetteer)
    _join(names, about, others)
    points = tuple(islice(_points(names, about, others), most))
    return MapView(points=points, home=_home(points, home)) if points else None


def _places(tags: Sequence[Tag], within: str) -> Iterator[tuple[str, str]]:
    """Yield the smallest places of a story, each with its role; "about" comes last, and counts."""
    shown = [tag for tag in tags if tag.scheme == "region" and tag.role in _SHOWN]
    holders = {term for tag in shown for term in tag.path[:-1]}
    for tag in sorted(shown, key=lambda tag: tag.role == "about"):
        if tag.term not in holders and (not within or within in (term.casefold() for term in tag.path)):
            yield tag.term, tag.role


def _join(names: PlaceNames, about: Counter[str], others: Counter[str]) -> None:
    """Count a division with the town called like it, if that is there as well: one dot says where both are."""
    present = about.keys() | others.keys()
    heaviest = [term for term, _ in (about + others).most_common(2 * MOST_POINTS)]
    for term in heaviest:
        place = names.gazetteer.find(term)
        if place is not None and place.kind in _DIVISIONS:
            inner = (names.gazetteer.region(each) for each in names.namesakes(place))
            town = next((each.term for each in inner if each.term in present and term in each.path), None)
            for counts in (about, others):
                if town and counts[term]:
                    counts[town] += counts.pop(term)


def _points(names: PlaceNames, about: Counter[str], others: Counter[str]) -> Iterator[MapPoint]:
    weights = about + others
    for term, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        place = names.gazetteer.find(term)
        if place is None or place.kind in _LARGE or math.isnan(place.lat):
            continue
        yield MapPoint(
            lat=round(place.lat, 3),
            lon=round(place.lon, 3),
            weight=weight,
            place=names.of(place),
            is_about=term in about,
        )


def _home(points: Sequence[MapPoint], home: str) -> tuple[str, ...]:
    """Return the code of the country that stands out: that of most dots, if that is more than half of them."""
    if home:
        return (home,)
    weights = Counter[str]()
    for each in points:
        weights[each.place.term[:2]] += each.weight
    code, most = weights.most_common(1)[0]
    return (code,) if most * 2 > weights.total() else ()

"""Which places does a story name, and what part do they play? Every tag keeps the words it rests on.

    words -> names that may be places -> which of their namesakes -> roles -> tags

Recognition, sense and role are each a table of weights over features; see ``mention``, ``sense`` and ``roles``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from syndicator.models import Evidence, Tag
from syndicator.tag.dateline import datelines
from syndicator.tag.gazetteer import Gazetteer, Kind, Place
from syndicator.tag.mention import Reader
from syndicator.tag.roles import Found, RegionRole, assign_roles
from syndicator.tag.sense import Prior, Resolver
from syndicator.text import words_of

_MOST_EVIDENCE = 5
_UNKNOWN = frozenset(("", "und"))
_MOST_TAGS = 40
_POINTS = frozenset((Kind.TOWN, Kind.SITE, Kind.SUBDIVISION, Kind.DIVISION))
LIKELY = 0.42  # from here on a name is taken for a place: where precision and recall balanced on both corpora
_NOTHING_KNOWN = Prior()


class Located(NamedTuple):
    """A story's places, in the order of its words, and the regions they make, the weightiest first."""

    places: Sequence[Found]
    regions: Sequence[RegionRole]


class RegionTagger:
    """Finds places and their roles."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Use these names."""
        self.gazetteer = gazetteer
        self._read = Reader(gazetteer)
        self._resolve = Resolver(gazetteer)

    def __call__(self, title: str, text: str, language: str = "en", prior: Prior = _NOTHING_KNOWN) -> tuple[Tag, ...]:
        """Tag one story, the weightiest region first."""
        located = self.locate(title, text, language, prior)
        fields = (title, text)
        return tuple(self._tag(each, fields) for each in located.regions[:_MOST_TAGS])

    def locate(self, title: str, text: str, language: str = "en", prior: Prior = _NOTHING_KNOWN) -> Located:
        """Find a story's places and regions; ``prior`` is what is known of its outlet."""
        fields = (title, text)
        if language in _UNKNOWN:
            language = "en"  # which the weights know best
        spans = self._read([words_of(field) for field in fields], language)
        if not spans:
            return Located((), ())
        lines = list(datelines(spans, text, 1))
        senses = self._resolve(spans, replace(prior, language=language), lines)
        found = []
        for span in spans:
            is_dateline = span in lines
            if span.chance >= LIKELY or is_dateline:
                sense = senses[span.name.number]
                found.append(Found(span, sense, span.chance * sense.share, is_dateline))
        return Located(found, assign_roles(found, self.gazetteer, len(text)))

    def _tag(self, playing: RegionRole, fields: Sequence[str]) -> Tag:
        place = playing.place
        region = self.gazetteer.region(place)
        return Tag(
            scheme="region", term=region.term, label=region.label, path=region.path,
            evidence=tuple(_evidence(playing, fields)), role=str(playing.role), score=round(playing.score, 3),
            geonameid=place.geonameid or None, point=_point(place),
        )  # fmt: skip


def _evidence(playing: RegionRole, fields: Sequence[str]) -> Iterator[Evidence]:
    for each in playing.found[:_MOST_EVIDENCE]:
        span = each.span
        words = fields[span.field][span.at : span.to]
        yield Evidence(field="text" if span.field else "title", start=span.at, end=span.to, words=words)


def _point(place: Place) -> tuple[float, float] | None:
    """Give where a place is, if it is small enough to be at one point."""
    if place.kind not in _POINTS or not place.is_sure or math.isnan(place.lat):
        return None
    return round(place.lat, 5), round(place.lon, 5)

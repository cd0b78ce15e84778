"""Series: what stories are counted by, a thing x a region x a language, each of which may be any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from syndicator.models import Tag

ANY = "any"
_REGION, _CONCEPT = "region", "concept"
_ROLES = frozenset(("about", "actor"))
_UNKNOWN = frozenset(("", "und"))
# Of one story. What it has most to do with comes first.
_MOST_REGIONS = 4
_MOST_THINGS = 12
_MOST_PAIRS = 24


@dataclass(frozen=True, slots=True)
class Series:
    """Stories on a thing (``concept:ID`` or ``feed:NAME``), a region and in a language; empty for any.

    Its text form, ``concept:ceasefire/SY/ar``, has ``any`` for those. All stories of a language are ``any/any/fa``.
    """

    thing: str = ""
    region: str = ""
    language: str = ""

    def __str__(self) -> str:
        """Return the text form."""
        return "/".join(part or ANY for part in (self.thing, self.region, self.language))

    @classmethod
    def parse(cls, text: str) -> Series:
        """Read the text form. Raise ValueError if it is none."""
        parts = ["" if part == ANY else part for part in text.split("/")]
        if len(parts) < 3:  # noqa: PLR2004 - a thing, a region, a language
            message = f"{text!r} is no series: write THING/REGION/LANGUAGE, with any where all are meant"
            raise ValueError(message)
        return cls("/".join(parts[:-2]), parts[-2], parts[-1])

    @property
    def total(self) -> Series:
        """All stories of its language."""
        return Series(language=self.language)

    @property
    def is_total(self) -> bool:
        """Whether it is all stories of a language, or simply all."""
        return not self.thing and not self.region

    @property
    def is_pair(self) -> bool:
        """Whether it is of a thing in a region."""
        return bool(self.thing and self.region)

    @property
    def width(self) -> tuple[bool, bool, bool]:
        """What sorts the widest first: all languages, then one of thing and region, then places before things."""
        return bool(self.language), self.is_pair, not self.region


def concept_of(id_: str) -> str:
    """Return how a concept is called as a thing."""
    return f"{_CONCEPT}:{id_}"


def feed_of(name: str) -> str:
    """Return how an output feed is called as a thing."""
    return f"feed:{name}"


def series_of(tags: Iterable[Tag], feeds: Iterable[str], language: str) -> list[Series]:
    """Return the series that a story falls in, the widest first: a bounded number.

    It has the countries, groups and areas that it is about or that act in it, its concepts, and its feeds.
    """
    regions = list(dict.fromkeys(_regions(tags)))[:_MOST_REGIONS]
    concepts = [concept_of(tag.term) for tag in tags if tag.scheme == _CONCEPT]
    things = list(dict.fromkeys([*concepts, *map(feed_of, sorted(feeds))]))[:_MOST_THINGS]
    whole = [Series(), *(Series(region=each) for each in regions), *(Series(thing=each) for each in things)]
    pairs = [Series(thing=thing, region=region) for thing, region in product(things, regions)][:_MOST_PAIRS]
    found = [*whole, *pairs]
    languages = [] if language in _UNKNOWN else [replace(each, language=language) for each in found]
    return [*found, *languages]


def _regions(tags: Iterable[Tag]) -> Iterator[str]:
    return (tag.path[0] for tag in tags if tag.scheme == _REGION and tag.role in _ROLES and tag.path)


def overlaps(surplus: float, numbers: Sequence[int], others: Iterable[int]) -> bool:
    """Return whether others have half of the stories that a series has beyond what was to be expected."""
    return len(set(numbers).intersection(others)) >= max(1.0, surplus / 2)

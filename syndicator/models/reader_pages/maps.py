"""Maps, and the names of what is on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceName:
    """A place with its English label, and what it is called elsewhere by language: a country, as CLDR has it."""

    term: str
    label: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A dot of a map: in degrees, WGS 84, as large as its ``weight``; hollow unless stories are about it."""

    lat: float
    lon: float
    weight: int
    place: PlaceName
    is_about: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MapView:
    """What a map shows, the heaviest dots first: ``home`` are the codes of the countries that stand out."""

    points: tuple[MapPoint, ...]
    home: tuple[str, ...] = ()

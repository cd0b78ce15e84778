"""All tags of a story: where, then what about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from syndicator.models import Concept, Tag
from syndicator.tag.concept import ConceptTagger
from syndicator.tag.gazetteer import load_gazetteer
from syndicator.tag.region import RegionTagger


class Tagger:
    """Runs every tagger over a story."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        """Look for the operator's ``concepts``, and for all places, whose names are loaded with the first story."""
        self._concepts = tuple(concepts)

    @cached_property
    def _taggers(self) -> tuple[RegionTagger, ConceptTagger]:
        return RegionTagger(load_gazetteer()), ConceptTagger(self._concepts)

    def __call__(self, title: str, text: str) -> tuple[Tag, ...]:
        """Tag one story."""
        return tuple(tag for tagger in self._taggers for tag in tagger(title, text))

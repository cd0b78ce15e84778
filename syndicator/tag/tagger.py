"""All tags of a story: its regions, then its concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from syndicator.models import Concept, Tag
from syndicator.tag.concept import ConceptTagger
from syndicator.tag.cues import cue_words
from syndicator.tag.gazetteer_cache import open_gazetteer
from syndicator.tag.institutions import institution_finder
from syndicator.tag.language import detect, load_model
from syndicator.tag.region import RegionTagger
from syndicator.tag.sense import Prior
from syndicator.tag.weights import weights

# Raise it when the tagger gives other tags for the same texts, so that stored stories are tagged again. A test compares
# its tags of a fixed set of texts with those of the version: see ``tests/golden.py``.
TAGGER_VERSION = 3


def tagging_fingerprint() -> str:
    """Return a mark of how stories are tagged; the gazetteer's name and the operator's concepts are not part of it."""
    return f"tagger {TAGGER_VERSION}"


def warm_up(*gazetteers: Path) -> None:
    """Load what every story needs; processes that are forked from this one share it."""
    load_model()
    for path in gazetteers:
        detect("", "", marker_words=open_gazetteer(path).marker_words)
    cue_words()
    institution_finder()
    for model in ("mention", "sense", "role", "focus"):
        weights(model)


class Tagger:
    """Tags stories with regions and concepts."""

    def __init__(self, concepts: Sequence[Concept], gazetteer: Path) -> None:
        """Look for the operator's ``concepts`` and for the places of the gazetteer at the path ``gazetteer``."""
        self._concepts = ConceptTagger(concepts)
        self._gazetteer = gazetteer

    @cached_property
    def regions(self) -> RegionTagger:
        """The tagger of regions."""
        return RegionTagger(open_gazetteer(self._gazetteer))

    def __call__(
        self, title: str, text: str, language: str, country: str = "", earlier: Mapping[int, float] | None = None
    ) -> tuple[Tag, ...]:
        """Return a story's tags.

        ``country`` is the outlet's ISO 3166-1 code, if known; ``earlier`` are its ``OutletHistory.shares``.
        """
        home = self.regions.gazetteer.country(country) if country else None
        prior = Prior(country=home, shares=earlier or {})
        return (*self.regions(title, text, language.partition("-")[0], prior), *self._concepts(title, text, language))

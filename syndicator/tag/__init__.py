"""Where is it, and what is it about? ``region`` finds places, ``concept`` finds topics; both show their words."""

from syndicator.tag.concept import ConceptTagger
from syndicator.tag.gazetteer import Gazetteer, load_gazetteer
from syndicator.tag.region import RegionTagger

__all__ = ["ConceptTagger", "Gazetteer", "RegionTagger", "load_gazetteer"]

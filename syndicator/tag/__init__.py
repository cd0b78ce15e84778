"""Where is it, and what is it about? ``region`` finds places, ``concept`` finds topics; both show their words."""

from syndicator.tag.concept import ConceptTagger
from syndicator.tag.gazetteer import countries, load_gazetteer, place_labels
from syndicator.tag.region import RegionTagger
from syndicator.tag.tagger import Tagger

__all__ = ["ConceptTagger", "RegionTagger", "Tagger", "countries", "load_gazetteer", "place_labels"]

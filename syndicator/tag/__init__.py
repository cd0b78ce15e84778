"""In what tongue, where, and what about? Places, languages and topics, each with the words it rests on."""

from syndicator.tag.concept import ConceptTagger
from syndicator.tag.earlier import Earlier
from syndicator.tag.gazetteer import Gazetteer
from syndicator.tag.language import detect
from syndicator.tag.ready import find_cache, open_gazetteer, print_of_tagging, ready
from syndicator.tag.region import Located, RegionTagger
from syndicator.tag.sense import Prior
from syndicator.tag.tables import country_labels
from syndicator.tag.tagger import Tagger, warm_up

__all__ = [
    "ConceptTagger",
    "Earlier",
    "Gazetteer",
    "Located",
    "Prior",
    "RegionTagger",
    "Tagger",
    "country_labels",
    "detect",
    "find_cache",
    "open_gazetteer",
    "print_of_tagging",
    "ready",
    "warm_up",
]

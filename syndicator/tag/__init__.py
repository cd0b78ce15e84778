"""Regions, languages and concepts of a story; every tag keeps the words it rests on as evidence."""

from syndicator.tag.concept import ConceptTagger
from syndicator.tag.concept_entry import parse_entry
from syndicator.tag.gazetteer import Gazetteer
from syndicator.tag.gazetteer_cache import ensure_gazetteer, find_cache, gazetteer_name, open_gazetteer
from syndicator.tag.language import detect, short_code
from syndicator.tag.local_names import LocalNames, check_language
from syndicator.tag.outlet_history import OutletHistory
from syndicator.tag.region import Located, RegionTagger
from syndicator.tag.sense import Prior
from syndicator.tag.tables import country_labels, language_label
from syndicator.tag.tagger import Tagger, tagging_fingerprint, warm_up

__all__ = [
    "ConceptTagger",
    "Gazetteer",
    "LocalNames",
    "Located",
    "OutletHistory",
    "Prior",
    "RegionTagger",
    "Tagger",
    "check_language",
    "country_labels",
    "detect",
    "ensure_gazetteer",
    "find_cache",
    "gazetteer_name",
    "language_label",
    "open_gazetteer",
    "parse_entry",
    "short_code",
    "tagging_fingerprint",
    "warm_up",
]

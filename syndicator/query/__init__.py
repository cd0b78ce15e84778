"""The filter language that selects stories for output feeds.

``grammar`` parses filters, ``match`` evaluates them, ``explain`` says which of their terms decide.
"""

from syndicator.query.explain import DecidingTerm, deciding_terms
from syndicator.query.grammar import Vocabulary, Where, languages_in, parse
from syndicator.query.match import Filters, Subject

__all__ = [
    "DecidingTerm",
    "Filters",
    "Subject",
    "Vocabulary",
    "Where",
    "deciding_terms",
    "languages_in",
    "parse",
]

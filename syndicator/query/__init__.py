"""The filter language that selects stories for output feeds.

``grammar`` parses filters, ``match`` evaluates them, ``explain`` says which of their terms decide.
"""

from syndicator.query.explain import DecidingTerm, deciding_terms
from syndicator.query.grammar import Vocabulary, parse
from syndicator.query.match import Filters, Subject
from syndicator.query.tree import Where, asked_fields, languages_in

__all__ = [
    "DecidingTerm",
    "Filters",
    "Subject",
    "Vocabulary",
    "Where",
    "asked_fields",
    "deciding_terms",
    "languages_in",
    "parse",
]

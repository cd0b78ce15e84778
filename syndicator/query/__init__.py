"""The filter language that selects stories for output feeds.

``grammar`` parses filters, ``index`` evaluates thousands of them together, ``match`` one; ``explain`` says which of its
terms decide, and ``marks`` which words of the story it rests on.
"""

from syndicator.lexicon import Match
from syndicator.query.advice import advice_on
from syndicator.query.explain import DecidingTerm, Explainer, deciding_terms
from syndicator.query.grammar import parse
from syndicator.query.in_words import NameOf, Said, in_words
from syndicator.query.index import Filters
from syndicator.query.match import Mark, marks
from syndicator.query.subject import NO_DETAILS, Details, Subject, details_of
from syndicator.query.tree import TextField, Where, asked_fields, languages_in, window_of
from syndicator.query.uses import resolved
from syndicator.query.vocabulary import Vocabulary
from syndicator.query.written import without_members, written

__all__ = [
    "NO_DETAILS",
    "DecidingTerm",
    "Details",
    "Explainer",
    "Filters",
    "Mark",
    "Match",
    "NameOf",
    "Said",
    "Subject",
    "TextField",
    "Vocabulary",
    "Where",
    "advice_on",
    "asked_fields",
    "deciding_terms",
    "details_of",
    "in_words",
    "languages_in",
    "marks",
    "parse",
    "resolved",
    "window_of",
    "without_members",
    "written",
]

"""The filter language that selects stories for output feeds: ``grammar`` parses filters, ``match`` evaluates them."""

from syndicator.query.grammar import Vocabulary, Where, languages_in, parse
from syndicator.query.match import Filters, Subject

__all__ = ["Filters", "Subject", "Vocabulary", "Where", "languages_in", "parse"]

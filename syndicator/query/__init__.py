"""The filter language that selects stories for output feeds: ``grammar`` parses filters, ``match`` evaluates them."""

from syndicator.query.grammar import Vocabulary, parse
from syndicator.query.match import Filters, Subject
from syndicator.query.tree import Where, asked_fields, languages_in

__all__ = ["Filters", "Subject", "Vocabulary", "Where", "asked_fields", "languages_in", "parse"]

"""Which feeds want a story? The filter language: ``grammar`` reads it, ``match`` answers."""

from syndicator.query.grammar import Vocabulary, parse
from syndicator.query.match import Filters, Subject

__all__ = ["Filters", "Subject", "Vocabulary", "parse"]

"""Which feeds want a story? The filter language: ``grammar`` reads it, ``match`` answers."""

from syndicator.query.grammar import Vocabulary, parse
from syndicator.query.match import Asked, Filters

__all__ = ["Asked", "Filters", "Vocabulary", "parse"]

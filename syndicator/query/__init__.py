"""Which feeds want a story? The filter language: ``grammar`` reads it, ``match`` answers."""

from syndicator.query.grammar import Vocabulary, parse
from syndicator.query.match import Subject, matches, subject_of

__all__ = ["Subject", "Vocabulary", "matches", "parse", "subject_of"]

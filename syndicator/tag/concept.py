"""Tag stories with concepts: the operator's lists of terms, in several languages."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from syndicator.models import Concept, Evidence, Tag
from syndicator.text import Beginnings, Words, phrase_of, places_of, words_of

_MOST_EVIDENCE = 5


class ConceptTagger:
    """Finds concepts whose terms a story has: whole words, phrases, or beginnings that end in ``*``."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        """Prepare the terms of these concepts."""
        self._concepts = tuple(
            (concept, tuple((phrase_of(term.rstrip("*")), term.endswith("*")) for term in concept.terms))
            for concept in concepts
        )
        self._beginnings = Beginnings(term for _, terms in self._concepts for term in terms)

    def __call__(self, title: str, text: str) -> tuple[Tag, ...]:
        """Return one story's tags, in the order of the concepts."""
        if not self._concepts:
            return ()
        read = [(field, words, self._beginnings.index(words)) for field, words in _fields(title, text)]
        if not any(index for _, _, index in read):
            return ()
        tags = []
        for concept, terms in self._concepts:
            found = (
                Evidence(field=field, start=start, end=end, words=words.text[start:end])
                for field, words, index in read
                for phrase, is_prefix in terms
                for start, end in words.find(phrase, places_of(phrase, index, is_prefix=is_prefix), is_prefix=is_prefix)
            )
            evidence = tuple(itertools.islice(found, _MOST_EVIDENCE))
            if evidence:
                path = (concept.id,)
                tags.append(Tag(scheme="concept", term=concept.id, label=concept.label, path=path, evidence=evidence))
        return tuple(tags)


def _fields(title: str, text: str) -> tuple[tuple[str, Words], ...]:
    return ("title", words_of(title)), ("text", words_of(text))

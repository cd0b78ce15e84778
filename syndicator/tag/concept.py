"""What is a story about? Concepts are lists of words in several languages, set by the operator."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from syndicator.models import Concept, Evidence, Tag
from syndicator.text import phrase_of, words_of

_MOST_EVIDENCE = 5


class ConceptTagger:
    """Find which concepts' terms stand in a story: whole words, phrases, or beginnings ending in ``*``."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        """Read the terms once."""
        self._concepts = tuple(
            (concept, tuple((phrase_of(term.rstrip("*")), term.endswith("*")) for term in concept.terms))
            for concept in concepts
        )

    def __call__(self, title: str, text: str) -> tuple[Tag, ...]:
        """Tag one story, in the order of the concepts."""
        fields = (("title", words_of(title)), ("text", words_of(text)))
        tags = []
        for concept, terms in self._concepts:
            evidence = tuple(
                itertools.islice(
                    (
                        Evidence(field=field, start=start, end=end, words=words.text[start:end])
                        for field, words in fields
                        for phrase, is_prefix in terms
                        for start, end in words.find(phrase, is_prefix=is_prefix)
                    ),
                    _MOST_EVIDENCE,
                )
            )
            if evidence:
                path = (concept.id,)
                tags.append(Tag(scheme="concept", term=concept.id, label=concept.label, path=path, evidence=evidence))
        return tuple(tags)

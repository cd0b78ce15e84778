"""Explain why a filter matches a story, or does not: the terms that decide, and the words they rest on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from syndicator.query.match import IndexedSubject, lexicon_of, marks_of, matches
from syndicator.query.subject import Subject, copies_of, tags_behind
from syndicator.query.tree import (
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Near,
    Not,
    Phrase,
    Regex,
    Where,
)
from syndicator.query.written import written

_MOST_TERMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingTerm:
    """A term of a filter, as one would write it, and whether the story has it; ``words`` are those it rests on."""

    term: str
    holds: bool
    words: tuple[str, ...] = ()

    def in_words(self, isolate: Callable[[str], str] = str) -> str:
        """Return the term with what it rests on: 'region:SY by “Idlib”, “Syria”'; 'no region:TR'.

        ``isolate`` is applied to what is the filter's or the story's own, which may be of another direction.
        """
        if not self.holds:
            return f"no {isolate(self.term)}"
        by = ", ".join(f"“{isolate(word)}”" for word in self.words)
        return isolate(self.term) + (f" by {by}" if by else "")


def deciding_terms(
    where: Where, story: Subject, filters: Mapping[str, Where] | None = None
) -> tuple[bool, tuple[DecidingTerm, ...]]:
    """Return whether a filter matches a story, and the few terms that make it so.

    These are all terms of a conjunction that holds, and the first one that fails of one that does not; of alternatives
    the first that holds, or all of them, up to eight. ``filters`` are those of the feeds that ``feed:`` may name.
    """
    return Explainer({"": where, **(filters or {})})("", story)


class Explainer:
    """Explains many filters; each story is read once for all of them."""

    def __init__(self, filters: Mapping[str, Where]) -> None:
        """Collect the words of all filters, by the names of their feeds."""
        self._filters, self._lexicon = filters, lexicon_of(filters.values())
        self._last: IndexedSubject | None = None

    def __call__(self, name: str, story: Subject) -> tuple[bool, tuple[DecidingTerm, ...]]:
        """Return whether a filter matches a story, and the terms that decide."""
        subject, where = self._indexed(story), self._filters[name]
        return matches(where, subject), tuple(_deciding(where, subject))[:_MOST_TERMS]

    def share(self, name: str, story: Subject) -> float:
        """Return the share of a conjunction's parts that hold; of any other filter, 1 where it matches and else 0."""
        subject, where = self._indexed(story), self._filters[name]
        parts = where.parts if isinstance(where, AllOf) else (where,)
        return sum(matches(part, subject) for part in parts) / len(parts)

    def _indexed(self, story: Subject) -> IndexedSubject:
        subject = self._last
        if subject is None or subject.story is not story:
            # A local name: other threads explain other stories meanwhile.
            subject = self._last = IndexedSubject(story, self._lexicon, self._filters)
        return subject


def _deciding(where: Where, subject: IndexedSubject) -> Iterator[DecidingTerm]:
    match where:
        case Every():
            yield DecidingTerm(term="*", holds=True)
        case AllOf(parts):
            failing = next((part for part in parts if not matches(part, subject)), None)
            for part in parts if failing is None else (failing,):
                yield from _deciding(part, subject)
        case AnyOf(parts):
            holding = next((part for part in parts if matches(part, subject)), None)
            for part in parts if holding is None else (holding,):
                yield from _deciding(part, subject)
        case Not(part):
            for each in _deciding(part, subject):
                yield replace(each, term=f"not {each.term}", holds=not each.holds)
        case _:
            holds = matches(where, subject)
            yield DecidingTerm(term=written(where), holds=holds, words=_words(where, subject) if holds else ())


def _words(where: Where, subject: IndexedSubject) -> tuple[str, ...]:
    """Return the words of the story that a term rests on."""
    found: dict[str, None] = {}
    story = subject.story
    match where:
        case FieldEquals():
            for tag in tags_behind(where, story):
                found |= dict.fromkeys(evidence.words for evidence in tag.evidence)
        case Phrase() | Near() | Regex():
            texts = {"title": story.title, "text": story.text, "author": story.details.author, "url": story.details.url}
            marks = (mark for mark in marks_of(where, subject) if mark.field in texts)
            found = dict.fromkeys(texts[mark.field][mark.start : mark.end] for mark in marks)
        case CopiesBetween():
            found = {str(copies_of(story)): None}
        case _:
            pass
    return tuple(found)[:_MOST_TERMS]

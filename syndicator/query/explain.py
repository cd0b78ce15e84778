"""Say why a filter matches a story, or does not: the terms that decide, and the words they rest on. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syndicator.query.match import IndexedSubject, Subject, fields_of, matches, phrases_in
from syndicator.query.tree import REGION_FIELDS, AllOf, AnyOf, CopiesBetween, Every, FieldEquals, Not, Phrase, Where
from syndicator.text import Beginnings

_MOST_TERMS = 8
_COUNTRY_CODE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingTerm:
    """A term of a filter, as one would write it, and whether the story has it; ``words`` are those it rests on."""

    term: str
    holds: bool
    words: tuple[str, ...] = ()


def deciding_terms(where: Where, story: Subject) -> tuple[bool, tuple[DecidingTerm, ...]]:
    """Return whether a filter matches a story, and the few terms that make it so.

    These are all terms of a conjunction that holds, and the first one that fails of one that does not; of alternatives
    the first that holds, or all of them, up to eight.
    """
    subject = IndexedSubject(story, Beginnings((each.phrase, each.is_prefix) for each in phrases_in(where)))
    return matches(where, subject), tuple(_deciding(where, subject, story))[:_MOST_TERMS]


def _deciding(where: Where, subject: IndexedSubject, story: Subject) -> Iterator[DecidingTerm]:
    match where:
        case Every():
            yield DecidingTerm(term="*", holds=True)
        case AllOf(parts):
            failing = next((part for part in parts if not matches(part, subject)), None)
            for part in parts if failing is None else (failing,):
                yield from _deciding(part, subject, story)
        case AnyOf(parts):
            holding = next((part for part in parts if matches(part, subject)), None)
            for part in parts if holding is None else (holding,):
                yield from _deciding(part, subject, story)
        case Not(part):
            for each in _deciding(part, subject, story):
                yield replace(each, term=f"not {each.term}", holds=not each.holds)
        case _:
            holds = matches(where, subject)
            yield DecidingTerm(term=written(where), holds=holds, words=_words(where, story) if holds else ())


def written(where: Where) -> str:
    """Return a term as one would write it; words are in their folded form."""
    match where:
        case FieldEquals(field, value):
            country, slash, town = value.partition("/")
            is_code = field in REGION_FIELDS and len(country.partition("-")[0]) == _COUNTRY_CODE
            return f"{field}:{country.upper() if is_code else country}{slash}{town}"
        case Phrase(phrase, is_prefix, only_title):
            words = " ".join(forms[0] for forms in phrase) + ("*" if is_prefix else "")
            quoted = f'"{words}"' if " " in words else words
            return f"title:{quoted}" if only_title else quoted
        case CopiesBetween(least, most):
            if most is None:
                return f"copies:>={least}"
            return (
                f"copies:{least}" if least == most else f"copies:<={most}" if not least else f"copies:{least}..{most}"
            )
        case _:
            return str(where)


def _words(where: Where, story: Subject) -> tuple[str, ...]:
    """Return the words of the story that a tag's term rests on."""
    if not isinstance(where, FieldEquals):
        return ()
    found: dict[str, None] = {}
    for tag in story.tags:
        terms = (term.casefold() for term in (*tag.path, *tag.namesakes))
        if where.field in fields_of(tag) and where.value in terms:
            found |= dict.fromkeys(evidence.words for evidence in tag.evidence)
    return tuple(found)[:_MOST_TERMS]

"""Does a story match? Pure evaluation of a filter's tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syndicator.models import Story
from syndicator.query.grammar import All, Any, Every, Has, Not, Said, Where
from syndicator.text import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A story as the filters see it: words, read when one asks for any; members of each field in lower case."""

    title: str
    text: str
    members: Mapping[str, frozenset[str]]


def subject_of(story: Story) -> Subject:
    """Get a story ready for any number of filters."""
    tags: dict[str, set[str]] = {"region": set(), "concept": set()}
    for tag in story.tags:
        tags.setdefault(tag.scheme, set()).update(term.casefold() for term in tag.path)
    members = {scheme: frozenset(terms) for scheme, terms in tags.items()}
    members["outlet"] = frozenset(name.casefold() for name in (story.outlet, *story.outlets))
    members["lang"] = frozenset({story.language.casefold(), story.language.casefold().partition("-")[0]})
    return Subject(title=story.title, text=story.text, members=members)


def matches(where: Where, subject: Subject) -> bool:
    """Say whether ``where`` holds the story."""
    match where:
        case Every():
            return True
        case All(parts):
            return all(matches(part, subject) for part in parts)
        case Any(parts):
            return any(matches(part, subject) for part in parts)
        case Not(part):
            return not matches(part, subject)
        case Has(field, value):
            return value in subject.members.get(field, frozenset())
        case Said():
            return _is_said(where, subject)


def _is_said(said: Said, subject: Subject) -> bool:
    fields = (subject.title,) if said.only_title else (subject.title, subject.text)
    return any(next(words_of(field).find(said.phrase, is_prefix=said.is_prefix), None) is not None for field in fields)

"""Say why a filter matches a story, or does not: the terms that decide, and the words they rest on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator.lexicon import Match
from syndicator.query.match import IndexedSubject, lexicon_of, marks_of, matches
from syndicator.query.subject import Subject, copies_of, tags_behind
from syndicator.query.tree import (
    REGION_FIELDS,
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Near,
    Not,
    Phrase,
    PublishedBetween,
    Regex,
    UrlContains,
    Where,
    YoungerThan,
)

_MOST_TERMS = 8
_COUNTRY_CODE = 2
_PLAIN = re.compile(r"[\w/.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingTerm:
    """A term of a filter, as one would write it, and whether the story has it; ``words`` are those it rests on."""

    term: str
    holds: bool
    words: tuple[str, ...] = ()


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
        if self._last is None or self._last.story is not story:
            self._last = IndexedSubject(story, self._lexicon, self._filters)
        where, subject = self._filters[name], self._last
        return matches(where, subject), tuple(_deciding(where, subject))[:_MOST_TERMS]


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


def written(where: Where) -> str:  # noqa: C901, PLR0911 - a table
    """Return a filter as one would write it."""
    match where:
        case Every():
            return "*"
        case AllOf(parts):
            return " ".join(f"({written(part)})" if isinstance(part, AnyOf) else written(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(f"({written(part)})" if isinstance(part, AllOf) else written(part) for part in parts)
        case Not(part):
            return f"not ({written(part)})" if isinstance(part, AllOf | AnyOf) else f"not {written(part)}"
        case Phrase(field=field):
            return _in_field(field, _phrase(where))
        case Near(within, arguments, field):
            listed = ", ".join(" or ".join(map(_phrase, choices)) for choices in arguments)
            return _in_field(field, f"near/{within}({listed})")
        case Regex(pattern, is_caseless, field):
            return _in_field(field, "/" + pattern.replace("/", r"\/") + "/" + "i" * is_caseless)
        case UrlContains(part):
            return f"url:{_quoted(part)}"
        case FieldEquals(field, value):
            return f"{field}:{_quoted(_value(field, value))}"
        case CopiesBetween(least, most):
            return f"copies:{_range(least, most)}"
        case PublishedBetween(since, before):
            return f"published:{_day(since)}..{_day(before and before - timedelta(days=1))}"
        case YoungerThan(age):
            return f"age:<{_age(age)}"


def _in_field(field: str, term: str) -> str:
    return f"{field}:{term}" if field else term


def _phrase(phrase: Phrase) -> str:
    if phrase.match is Match.FORMS:
        return "-".join(phrase.words)
    words = " ".join(phrase.words) + ("*" if phrase.match is Match.PREFIX else "")
    return words if phrase.match is Match.PREFIX and len(phrase.words) == 1 else f'"{words}"'


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and not value.startswith("/") else '"' + value.replace('"', r"\"") + '"'


def _value(field: str, value: str) -> str:
    country, slash, town = value.partition("/")
    is_code = field in REGION_FIELDS and len(country.partition("-")[0]) == _COUNTRY_CODE
    return f"{country.upper() if is_code else country}{slash}{town}"


def _range(least: int, most: int | None) -> str:
    if most is None:
        return f">={least}"
    return f"{least}" if least == most else f"<={most}" if not least else f"{least}..{most}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _age(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    size, unit = next((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m")) if not seconds % size)
    return f"{seconds // size}{unit}"


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

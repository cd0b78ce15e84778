"""A filter as an English sentence, which says how it is read. Pure.

What the filter itself says is told apart from our words around it: it may be of another language and direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from syndicator.lexicon import Match
from syndicator.query.tree import (
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
    TextField,
    UrlContains,
    Where,
    YoungerThan,
)
from syndicator.query.written import spelled, without_joined, written

# Returns what the value of a field is called: "Syria" for region and "sy".
NameOf = Callable[[str, str], str]
_DAY = timedelta(days=1)


class Said(NamedTuple):
    """A part of a sentence; those that are ``of_filter`` are its own words and names."""

    text: str
    of_filter: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    """What one term says of stories: "with", "ceasefire", "in any form".

    Clauses with the same words of ours are one in alternatives: "with ceasefire or truce in any form". Then ``of_many``
    follows the filter's words, if it is given.
    """

    before: str
    words: tuple[str, ...] = ()
    after: str = ""
    of_many: str = ""


# What stands around the name of a field's value, and around several of them.
_NAMED: dict[str, tuple[str, str, str]] = {
    "region": ("about ", ", its places or its actions", ", their places or their actions"),
    "about": ("about ", " or a place there", " or a place there"),
    "actor": ("with ", " as an actor", " as an actor"),
    "dateline": ("written in ", "", ""),
    "mentions": ("that name ", "", ""),
    "concept": ("on the topic ", "", ""),
    "outlet": ("carried by ", "", ""),
    "source": ("from the source ", "", ""),
    "lang": ("in ", "", ""),
    "feed": ("in the feed ", "", ""),
    "event": ("of event ", "", ""),
}
_CHOSEN = {
    ("revised", "yes"): "with a rewritten headline or text",
    ("revised", "title"): "with a rewritten headline",
    ("revised", "text"): "with a rewritten text",
    ("deleted", "yes"): "that the outlet has taken away",
    ("has", "image"): "with a picture",
    ("has", "audio"): "with a recording",
    ("has", "video"): "with a video",
    ("has", "enclosure"): "with an enclosed file",
    ("has", "point"): "with a point on the map",
}
_PLACES = {
    TextField.ANYWHERE: "",
    TextField.TITLE: " in the headline",
    TextField.TEXT: " in the text",
    TextField.AUTHOR: " in the byline",
    TextField.CATEGORY: " in a category",
    TextField.URL: " in the address",
}
_UNITS = ((_DAY, "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def in_words(where: Where, name_of: NameOf) -> list[Said]:
    """Return a filter as a sentence without its end: "about Syria, its places or its actions; with truce in any form".

    Groups of regions should be written as themselves: see ``without_members``.
    """
    return _joined_texts(_Speaker(name_of).whole(where))


class _Speaker:
    def __init__(self, name_of: NameOf) -> None:
        self._name_of = name_of

    def whole(self, where: Where) -> Iterator[Said]:
        """Yield what a whole filter says: what must all hold stands between semicolons."""
        parts = where.parts if isinstance(where, AllOf) else (where,)
        yield from _between("; ", (self._part(part, is_inner=isinstance(part, AllOf)) for part in parts))

    def _part(self, where: Where, *, is_inner: bool) -> Iterator[Said]:
        """Yield what a part says; an inner one that joins others is in parentheses."""
        match where:
            case AllOf(parts):
                said = _between(" and ", (self._part(each, is_inner=True) for each in parts))
                yield from _parenthesized(said) if is_inner else said
            case AnyOf(parts):
                found = list(self._alternatives(parts))
                said = _between(" or " if is_inner else ", or ", found)
                yield from _parenthesized(said) if is_inner and len(found) > 1 else said
            case Not(part):
                yield from self._negated(part)
            case _:
                yield from _said(self._clause(where))

    def _alternatives(self, parts: Sequence[Where]) -> Iterator[Iterable[Said]]:
        """Yield what each alternative says; those that differ only in the filter's words say it together."""
        parts = tuple(_flat(parts))
        clauses: dict[_Clause, list[str]] = {}
        found: list[_Clause | list[Said]] = []
        for part in without_joined(parts):
            if isinstance(part, AllOf | Not):
                found.append(list(self._part(part, is_inner=True)))
                continue
            clause = self._clause(part, parts)
            kind = replace(clause, words=())
            if kind not in clauses:
                clauses[kind] = []
                found.append(kind)
            clauses[kind] += clause.words
        for each in found:
            yield _said(replace(each, words=tuple(clauses[each]))) if isinstance(each, _Clause) else each

    def _negated(self, where: Where) -> Iterator[Said]:
        match where:
            case AllOf(parts):
                yield Said("not all at once: ")
                yield from _between(" and ", (self._part(each, is_inner=True) for each in parts))
            case AnyOf(parts) if len(found := list(self._alternatives(parts))) > 1:
                yield Said("neither ")
                yield from _between(" nor ", found)
            case AnyOf(parts):
                yield from _without(next(iter(self._alternatives(parts))))
            case _:
                yield from _without(self._part(where, is_inner=True))

    def _clause(self, where: Where, beside: Sequence[Where] = ()) -> _Clause:  # noqa: C901, PLR0911 - a table
        match where:
            case Every():
                return _Clause("whatever they say")
            case Phrase():
                return _phrase(where, beside)
            case Near(within, arguments, field):
                after = f" near each other{_PLACES[field]}, at most {_counted(within, 'word')} between"
                return _Clause("with ", (" … ".join(map(_argument, arguments)),), after)
            case Regex(pattern, is_caseless, field):
                case = ", whatever the case" if is_caseless else ""
                return _Clause("with what the regular expression ", (pattern,), f" finds{_PLACES[field]}{case}")
            case UrlContains(part):
                return _Clause("with ", (part,), " in the address")
            case FieldEquals(field, value) if (field, value) in _CHOSEN:
                return _Clause(_CHOSEN[field, value])
            case FieldEquals(field, value):
                before, after, of_many = _NAMED.get(field, (f"with {field} ", "", ""))
                return _Clause(before, (self._name_of(field, value),), after, of_many)
            case CopiesBetween(least, most):
                return _Clause(f"that {_carried(least, most)}")
            case PublishedBetween(since, before):
                return _Clause(f"published {_dates(since, before)}")
            case YoungerThan(age):
                return _Clause(f"published at most {_age(age)} ago")
            case _:
                raise AssertionError(where)


def _flat(parts: Iterable[Where]) -> Iterator[Where]:
    """Yield alternatives, and in the place of alternatives among them theirs."""
    for part in parts:
        if isinstance(part, AnyOf):
            yield from _flat(part.parts)
        else:
            yield part


def _argument(choices: Sequence[Phrase]) -> str:
    return written(AnyOf(tuple(replace(each, field=TextField.ANYWHERE) for each in choices)))


def _phrase(phrase: Phrase, beside: Sequence[Where]) -> _Clause:
    place = _PLACES[phrase.field]
    match phrase.match:
        case Match.FORMS:
            return _Clause("with ", (spelled(phrase, beside),), f" in any form{place}")
        case Match.PREFIX if len(phrase.words) == 1:
            return _Clause("with a word that begins with ", phrase.words, place)
        case Match.PREFIX:
            return _Clause("with words that begin with ", (" ".join(phrase.words),), place)
        case Match.EXACT if len(phrase.words) == 1:
            return _Clause("with exactly ", phrase.words, place)
        case Match.EXACT:
            return _Clause("with the words ", (f"“{' '.join(phrase.words)}”",), place)


def _said(clause: _Clause) -> Iterator[Said]:
    """Yield a clause; of several words the last two have "or" between."""
    yield Said(clause.before)
    for number, word in enumerate(clause.words):
        if number:
            yield Said(" or " if number == len(clause.words) - 1 else ", ")
        yield Said(word, of_filter=True)
    yield Said(clause.of_many or clause.after if len(clause.words) > 1 else clause.after)


def _without(said: Iterable[Said]) -> Iterator[Said]:
    """Yield what excludes that: "without truce", "not in Russian"."""
    first, *others = said
    if first.text.startswith("with "):
        yield Said("without " + first.text.removeprefix("with "))
    else:
        yield Said("not " + first.text, first.of_filter)
    yield from others


def _parenthesized(said: Iterable[Said]) -> Iterator[Said]:
    yield Said("(")
    yield from said
    yield Said(")")


def _between(joint: str, parts: Iterable[Iterable[Said]]) -> Iterator[Said]:
    for number, part in enumerate(parts):
        if number:
            yield Said(joint)
        yield from part


def _joined_texts(said: Iterable[Said]) -> list[Said]:
    """Return parts of which no two of ours follow each other, and none is empty."""
    found: list[Said] = []
    for part in said:
        if found and not part.of_filter and not found[-1].of_filter:
            found[-1] = Said(found[-1].text + part.text)
        elif part.text:
            found.append(part)
    return found


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _carried(least: int, most: int | None) -> str:
    """Return how many other outlets carry a story."""
    if most is None:
        how, count = "at least ", least
    elif least == most:
        how, count = ("exactly " if least else ""), least
    elif least:
        return f"{least} to {most} other outlets carry"
    else:
        how, count = "at most ", most
    return f"{how}{count or 'no'} other {'outlet carries' if count == 1 else 'outlets carry'}"


def _dates(since: datetime | None, before: datetime | None) -> str:
    """Return a span of days: a year, a month or a day as what it is."""
    last = before and before - _DAY
    if since is None or last is None:
        return f"from {since:%-d %B %Y} on" if since else f"until {last:%-d %B %Y}" if last else "at a known time"
    if since == last:
        return f"on {since:%-d %B %Y}"
    if since.day == 1 and before is not None and before.day == 1:
        months = (before.year - since.year) * 12 + before.month - since.month
        if months == 1:
            return f"in {since:%B %Y}"
        if months == 12 and since.month == 1:  # noqa: PLR2004 - months of a year
            return f"in {since.year}"
    return f"from {since:%-d %B %Y} until {last:%-d %B %Y}"


def _age(age: timedelta) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if not age % size)
    return _counted(age // size, unit)

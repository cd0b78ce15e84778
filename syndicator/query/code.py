"""Filters as Python expressions over numbers: a third of the time that walking their trees takes.

Nothing that a user wrote gets into the code: words and values are numbers there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from syndicator.query.terms import Numbers, Terms, TermsOfStory
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

# Takes the terms of title, text and tags together, of the title, of the text, and the story for all else.
Test = Callable[[Numbers, Numbers, Numbers, TermsOfStory], bool]
# Adds the numbers of those of several filters that match.
TestOfMany = Callable[[Numbers, Numbers, Numbers, TermsOfStory, Callable[[int], None]], None]
# As few alternatives are written one by one, more as a set.
_FEW = 4
_SETS = {TextField.ANYWHERE: "A", TextField.TITLE: "T", TextField.TEXT: "X"}


class Code:
    """Writes one filter as an expression over numbers; nothing that a user wrote gets into it."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._sets: list[frozenset[int]] = []

    def test(self, where: Where) -> Test:
        """Return a function that evaluates a filter."""
        code = f"lambda A, T, X, S: {self._of(where)}"
        test: Test = eval(code, {"K": self._sets, "__builtins__": {}})  # noqa: S307 - integers and names of our own
        return test

    def test_of_many(self, wheres: Sequence[tuple[int, Where]]) -> TestOfMany:
        """Return a function that evaluates several filters."""
        lines = [f"    if {self._of(where)}: found({number})" for number, where in wheres]
        names: dict[str, object] = {"K": self._sets, "__builtins__": {}}
        exec("\n".join(["def test(A, T, X, S, found):", *lines]), names)  # noqa: S102 - integers and names of our own
        test = names["test"]
        assert callable(test)
        return test

    def _of(self, where: Where) -> str:  # noqa: C901, PLR0911 - a table
        match where:
            case Every():
                return "True"
            case AllOf(parts):
                return "(" + " and ".join(map(self._of, parts)) + ")"
            case AnyOf(parts):
                return self._any(parts)
            case Not(part):
                return f"(not {self._of(part)})"
            case Phrase(field=field):
                return self._words(field, self._terms.words(where))
            case Near():
                return f"S.has_near({self._near(where)})"
            case Regex(field=field):
                return self._in(field, self._terms.pattern(where))
            case UrlContains(part):
                return f"({self._terms.url_part(part)} in A)"
            case FieldEquals(field, value):
                return f"({self._terms.value(field, value)} in A)"
            case CopiesBetween(least, most):
                return f"({least} <= S.copies)" if most is None else f"({least} <= S.copies <= {most})"
            case PublishedBetween(since, before):
                return f"({_seconds(since, -math.inf)} <= S.published < {_seconds(before, math.inf)})"
            case YoungerThan(age):
                return f"(S.age <= {age.total_seconds()!r})"

    @staticmethod
    def _in(field: TextField, number: int) -> str:
        return f"({number} in {_SETS.get(field) or f'S.{field.value}'})"

    def _any(self, parts: Sequence[Where]) -> str:
        """Return alternatives; single words and values of fields are looked up as one set."""
        sets: dict[str, list[int]] = defaultdict(list)
        others: list[str] = []
        for part in parts:
            if (term := self._single(part)) is not None:
                sets[term[0]].append(term[1])
            else:
                others.append(self._of(part))
        return "(" + " or ".join([*self._looked_up(sets), *others]) + ")"

    def _looked_up(self, sets: Mapping[str, Sequence[int]]) -> Iterator[str]:
        for name, numbers in sets.items():
            if len(numbers) <= _FEW:
                yield from (f"{number} in {name}" for number in numbers)
            else:
                self._sets.append(frozenset(numbers))
                yield f"(not {name}.isdisjoint(K[{len(self._sets) - 1}]))"

    def _single(self, where: Where) -> tuple[str, int] | None:
        """Return the set and the number that decide a term, None if it takes more."""
        match where:
            case Phrase(words=[_], field=field) if field in _SETS:
                return _SETS[field], self._terms.words(where)[0]
            case Regex(field=field) if field in _SETS:
                return _SETS[field], self._terms.pattern(where)
            case FieldEquals(field, value):
                return "A", self._terms.value(field, value)
            case _:
                return None

    def _words(self, field: TextField, words: tuple[int, ...]) -> str:
        """Return whether all words are there and, only then, whether they are in a row."""
        terms = [self._in(field, word) for word in words]
        if len(words) > 1:
            terms.append(f"S.has_phrase({self._phrase(field, words)})")
        return "(" + " and ".join(terms) + ")"

    def _phrase(self, field: TextField, words: tuple[int, ...]) -> int:
        key = self._terms.new_key()
        self._terms.phrases[key] = field, words
        return key

    def _near(self, near: Near) -> int:
        arguments = tuple(tuple(map(self._terms.words, choices)) for choices in near.arguments)
        key = self._terms.new_key()
        self._terms.nears[key] = near.field, near.within, arguments
        return key


def _seconds(at: datetime | None, otherwise: float) -> str:
    seconds = at.timestamp() if at else otherwise
    return repr(seconds) if math.isfinite(seconds) else ("-1e999" if seconds < 0 else "1e999")

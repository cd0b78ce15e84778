"""Regular expressions of filters: the door to RE2, which needs time linear in the text whatever the pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import re2

from syndicator.errors import SyndicatorError

LONGEST = 500  # characters
# With the usual 8 MB, a set of 1,000 patterns takes 80 times as long, and one of 3,000 cannot be made.
_MEMORY = 256 * 1024 * 1024
# Places where RE2 would need a letter of ASCII: its \b and \w know no others.
_ASCII_ONLY = re.compile(r"\\[bw](?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\\[bw]")
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")


class PatternError(SyndicatorError):
    """RE2 refuses a pattern, or would find nothing by it; ``advice`` is what to write instead."""

    def __init__(self, message: str, advice: str = "") -> None:
        """Describe what is wrong, and what to do."""
        self.advice = advice
        super().__init__(message)


def _options(*, is_caseless: bool, max_mem: int = 8 * 1024 * 1024) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = not is_caseless
    options.log_errors = False
    options.max_mem = max_mem
    return options


# Of patterns that are looked for one by one: those of one filter, which many stories are held against. RE2 may take
# 8 MB for each, and readers write them.
@lru_cache(maxsize=32)
def _compiled(pattern: str, is_caseless: bool) -> re2._Regexp:
    return re2.compile(pattern, _options(is_caseless=is_caseless))


def check_pattern(pattern: str, *, is_caseless: bool) -> None:
    """Raise PatternError for a pattern that RE2 refuses or that could never match what it is meant for."""
    if len(pattern) > LONGEST:
        raise PatternError(f"a regular expression may have {LONGEST} characters, this one has {len(pattern)}")
    if found := _ASCII_ONLY.search(pattern):
        words = "".join(char if char.isalpha() and not char.isascii() else " " for char in pattern).split()
        raise PatternError(f'"{found.group()}" knows only Latin letters', f'"{" ".join(words)}"' if words else "")
    try:
        _compiled(pattern, is_caseless)
    except re2.error as error:
        what = error.args[0] if error.args else "it cannot be read"
        message = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
        if _LOOK_AROUND.search(pattern):
            raise PatternError(f"RE2 has no look-ahead and no look-behind ({message})") from error
        raise PatternError(f"RE2 refuses this: {message}") from error


def spans_of(pattern: str, text: str, *, is_caseless: bool) -> Iterator[tuple[int, int]]:
    """Yield where a pattern stands in a text, in characters."""
    return (match.span() for match in _compiled(pattern, is_caseless).finditer(text))


def literal(text: str) -> tuple[str, bool]:
    """Return a pattern for ``PatternSet`` that finds just this text."""
    return re2.escape(text), False


class PatternSet:
    """Many patterns, searched for in one pass."""

    def __init__(self, patterns: Sequence[tuple[str, bool]]) -> None:
        """Compile patterns that ``check_pattern`` passed, each with whether case is ignored."""
        self._sets = tuple(
            (made, numbers)
            for is_caseless in (False, True)
            if (numbers := [number for number, each in enumerate(patterns) if each[1] is is_caseless])
            and (made := _set_of([patterns[number][0] for number in numbers], is_caseless=is_caseless))
        )

    def __call__(self, text: str) -> list[int]:
        """Return the numbers of the patterns that a text has, by their order."""
        return [numbers[at] for made, numbers in self._sets for at in made.Match(text) or ()]


def _set_of(patterns: Sequence[str], *, is_caseless: bool) -> re2.Set:
    made = re2.Set.SearchSet(_options(is_caseless=is_caseless, max_mem=_MEMORY))
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made

"""What the search index is asked for: a small expression, written as a query of SQLite's FTS5.

A story has words in a few fields, and marks: one token for each value that filters ask for, as in
``region=sy``. Words and marks are what ``outbox.search_text`` makes of stories. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

# Every story has it: FTS5 knows no "not" without something to take away from.
EVERY_MARK = "any=story"


@dataclass(frozen=True, slots=True)
class Anything:
    """Finds every story."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Finds no story."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Finds stories with a mark, or one that begins so."""

    mark: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Finds stories that say one of ``wordings``: a word, or several next to each other with a space between two.

    ``columns`` are the fields they may say it in: title, text, author, category, url.
    """

    wordings: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Finds stories that say all wordings of one of ``groups`` with at most ``within`` words between first and last."""

    groups: tuple[tuple[str, ...], ...]
    within: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Finds what every one of ``parts`` finds."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Finds what at least one of ``parts`` finds."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Except:
    """Finds what ``part`` does not find."""

    part: Expression


Expression = Anything | Nothing | Marked | Said | Close | Both | Either | Except
ANYTHING, NOTHING = Anything(), Nothing()


@lru_cache(maxsize=8192)
def mark_of(field: str, value: str) -> str:
    """Return the mark for a value of a field: one token, whatever the value holds."""
    return f"{field}={quote(value, safe='/')}"


def said(wordings: Iterable[str], columns: Sequence[str]) -> Expression:
    """Return an expression for one of these wordings; of none, NOTHING."""
    found = tuple(dict.fromkeys(wordings))
    return Said(found, tuple(columns)) if found else NOTHING


def close(groups: Iterable[tuple[str, ...]], within: int, columns: Sequence[str]) -> Expression:
    """Return an expression for one of these groups of wordings near each other; of none, NOTHING."""
    found = tuple(dict.fromkeys(groups))
    return Close(found, within, tuple(columns)) if found else NOTHING


def both(parts: Iterable[Expression]) -> Expression:
    """Return an expression for all of ``parts``, as short as it can be."""
    kept = tuple(dict.fromkeys(part for part in parts if part != ANYTHING))
    if NOTHING in kept:
        return NOTHING
    return Both(kept) if len(kept) > 1 else kept[0] if kept else ANYTHING


def either(parts: Iterable[Expression]) -> Expression:
    """Return an expression for any of ``parts``, as short as it can be."""
    kept = tuple(dict.fromkeys(part for part in parts if part != NOTHING))
    if ANYTHING in kept:
        return ANYTHING
    return Either(kept) if len(kept) > 1 else kept[0] if kept else NOTHING


def without(part: Expression) -> Expression:
    """Return an expression for what ``part`` does not find."""
    match part:
        case Anything():
            return NOTHING
        case Nothing():
            return ANYTHING
        case Except(inner):
            return inner
        case _:
            return Except(part)


def as_fts5(expression: Expression) -> str:  # noqa: PLR0911 - a table
    """Write an expression as FTS5 reads it."""
    match expression:
        case Anything():
            return _marked(EVERY_MARK)
        case Nothing():
            return f"({_marked(EVERY_MARK)} NOT {_marked(EVERY_MARK)})"
        case Marked(mark, is_prefix):
            return _marked(mark) + (" *" if is_prefix else "")
        case Said(wordings, columns):
            return f"{{{' '.join(columns)}}} : ({' OR '.join(map(_quoted, wordings))})"
        case Close(groups, within, columns):
            near = (f"NEAR({' '.join(map(_quoted, group))}, {within})" for group in groups)
            return f"{{{' '.join(columns)}}} : ({' OR '.join(near)})"
        case Either(parts):
            return f"({' OR '.join(map(as_fts5, parts))})"
        case Except(part):
            return f"({_marked(EVERY_MARK)} NOT {as_fts5(part)})"
        case Both(parts):
            return _conjunction(parts)


def _conjunction(parts: Sequence[Expression]) -> str:
    """Write what is taken away last: then FTS5 looks for it only in what the others find."""
    wanted = [as_fts5(part) for part in parts if not isinstance(part, Except)]
    unwanted = [as_fts5(part.part) for part in parts if isinstance(part, Except)]
    found = f"({' AND '.join(wanted)})" if wanted else _marked(EVERY_MARK)
    # Flat: the parser of FTS5 has room for fewer than a hundred parentheses in each other.
    return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found


def _marked(mark: str) -> str:
    return f"marks : {_quoted(mark)}"


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'

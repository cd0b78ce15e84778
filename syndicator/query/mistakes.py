"""Describe what is wrong with a filter, where, and what to write instead. Pure: tokens in, FilterErrors out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from lark import Token, Tree
from lark.exceptions import UnexpectedToken

from syndicator.errors import FilterError

_LONGEST_READING = 200
_OPERATORS = {"&": "and", "&&": "and", "|": "or", "||": "or", "!": "not", "+": "and"}
_RTL = ("\u0590", "\u08ff")
BACKSPACE = "\b"


def at(where: str, token: Token | None, message: str, advice: Sequence[str] = ()) -> FilterError:
    """Return an error at a token, or at the end of the filter."""
    if token is None or token.line is None or token.column is None:
        lines = where.splitlines() or [""]
        return FilterError(message, line=len(lines), column=len(lines[-1]) + 1, source=where, advice=advice)
    width = len(token)
    return FilterError(message, line=token.line, column=token.column, source=where, width=width, advice=advice)


def quoted(text: str) -> str:
    """Return a word as a message quotes it; isolated if it is written from right to left."""
    is_rtl = any(_RTL[0] <= char <= _RTL[1] for char in text)
    return f'"\u2068{text}\u2069"' if is_rtl else f'"{text}"'


def unexpected(where: str, error: UnexpectedToken, tokens: Sequence[Token]) -> FilterError:  # noqa: PLR0911 - a table
    """Describe a token in the wrong place, or an early end, by what stands before it."""
    token, is_end = error.token, error.token.type == "$END"
    before = [seen for seen in tokens if is_end or (seen.start_pos or 0) < (token.start_pos or 0)]
    last = before[-1] if before else Token("START", "")
    is_closing = is_end or token.type == "RPAR"
    if last.type == "FIELD":
        return at(where, last, f'"{last}" has no value, as in  {_example(last)}')
    if is_closing and last.type in ("AND", "OR", "NOT", "MINUS"):
        return at(where, last, f'nothing follows "{last}": add a term, or quote it to mean the word')
    if (near := _near_around(before)) is not None and not is_end:
        return at(where, near if is_closing else token, _NEAR)
    if token.type == "RPAR" and last.type == "LPAR":
        return at(where, last, "there is nothing between these parentheses")
    if token.type == "RPAR":
        return at(where, token, "this parenthesis closes nothing: remove it, or open one before")
    if is_end:
        return at(where, _open_ones(before)[-1:][0] if _open_ones(before) else None, _NEVER_CLOSED)
    if last.type in ("AND", "OR", "NOT"):
        return at(where, token, f'"{last}" and "{token}" stand in a row: remove one')
    if token.type in ("AND", "OR"):
        return at(where, token, f'"{token}" needs a term on its left; quote it to mean the word')
    return at(where, token, f"{quoted(token)} cannot stand here")


_NEVER_CLOSED = 'this parenthesis is never closed: add ")"'
_NEAR = 'near takes two to five words or "phrases" with commas between, as in  near/5("prisoner", exchange)'
_EXAMPLES = {
    "region": "region:SY",
    "concept": "concept:ceasefire",
    "copies": "copies:>=3",
    "age": "age:<2d",
    "published": "published:2026-11-01..",
    "lang": "lang:ar",
}


def _example(field: str) -> str:
    name = field.rstrip(" :：").lower()
    return _EXAMPLES.get(name, f"{name}:ceasefire")


def _open_ones(tokens: Sequence[Token]) -> list[Token]:
    """Return the parentheses that are still open behind these tokens."""
    opened: list[Token] = []
    for token in tokens:
        if token.type == "LPAR":
            opened.append(token)
        elif token.type == "RPAR" and opened:
            opened.pop()
    return opened


def _near_around(before: Sequence[Token]) -> Token | None:
    """Return the ``near`` between whose parentheses the next token stands, None if it stands elsewhere."""
    opened = {id(token) for token in _open_ones(before)}
    pairs = itertools.pairwise(before)
    return next((token for token, after in pairs if token.type == "NEAR" and id(after) in opened), None)


def mistake(where: str, token: Token) -> FilterError:
    """Describe a token that is a mistake wherever it stands."""
    match token.type:
        case "OPEN_QUOTE":
            return at(where, token, f"this quotation mark is never closed: {quoted(token)}")
        case "OPEN_REGEX":
            return at(where, token, "this /regular expression/ is never closed; to mean a slash, quote it")
        case "BAD_WILD":
            word = token.strip("*?")
            return at(where, token, f"a * can only end a word; write  {_as_pattern(token)}", [f"Write  {word}*"])
        case "SYMBOL_OPERATOR":
            return at(where, token, f'"{token}" is not an operator: write  {_OPERATORS[str(token)]}')
        case "COMMA":
            return at(where, token, _comma(where, token))
        case _:
            return at(where, token, f"{quoted(token)} means nothing here")


def _as_pattern(token: str) -> str:
    return "/" + "".join(r"\w*" if char == "*" else r"\w" if char == "?" else char for char in token) + "/i"


def _comma(where: str, token: Token) -> str:
    line = where.splitlines()[(token.line or 1) - 1]
    before, after = line[: (token.column or 1) - 1].split(), line[token.column or 1 :].split()
    field, colon, value = before[-1].rpartition(":") if before else ("", "", "a")
    return f"a comma does not join: write  {field}{colon}({value} or {after[0] if after else 'b'})"


def readings(where: str, node: Tree[Token]) -> tuple[str, ...]:
    """Return both readings of ``a b or c``, the filter written with parentheses; nothing for a long one."""
    if len(where) > _LONGEST_READING or "\n" in where or "#" in where:
        return ()
    return _with(where, _or_first(node)), _with(where, _and_first(node))


def _or_first(node: Tree[Token]) -> Iterator[tuple[int, str]]:
    """Yield parentheses, with their places, around each ``or`` and the terms beside it."""
    children = [child for child in node.children if isinstance(child, Tree)]
    for number, child in enumerate(children):
        operands = [each for each in child.children if isinstance(each, Tree)] if child.data == "all" else [child]
        is_first, is_last = number == 0, number == len(children) - 1
        if not is_first and (child.data == "all" or is_last):
            yield operands[0].meta.end_pos, ")"
        if not is_last and (child.data == "all" or is_first):
            yield operands[-1].meta.start_pos, "("


def _and_first(node: Tree[Token]) -> Iterator[tuple[int, str]]:
    """Yield parentheses, with their places, around the terms that stand side by side."""
    for child in node.children:
        if isinstance(child, Tree) and child.data == "all":
            yield child.meta.start_pos, "("
            yield child.meta.end_pos, ")"


def _with(where: str, marks: Iterator[tuple[int, str]]) -> str:
    for place, mark in sorted(marks, reverse=True):
        where = where[:place] + mark + where[place:]
    return where

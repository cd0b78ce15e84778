"""Describe what is wrong with a filter, where, and what to write instead. Pure: tokens in, FilterErrors out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from lark import Token, Tree
from lark.exceptions import UnexpectedToken

from syndicator.errors import FilterError
from syndicator.text import isolated

_LONGEST_READING = 200
_OPERATORS = {"&": "and", "&&": "and", "|": "or", "||": "or", "!": "not", "+": "and"}
_CLOSING = {"“": "”", "„": "“", "«": "»", "「": "」"}
BACKSPACE = "\b"


def at(
    where: str,
    token: Token | None,
    message: str,
    advice: Sequence[str] = (),
    *,
    instead: Sequence[str] = (),
    repairs: Sequence[str] = (),
) -> FilterError:
    """Return an error at a token, or at the end of the filter.

    ``instead`` is what may take the token's place, ``repairs`` are whole filters.
    """
    if token is None or token.line is None or token.column is None:
        lines = where.splitlines() or [""]
        line, column = len(lines), len(lines[-1]) + 1
        return FilterError(message, line=line, column=column, source=where, advice=advice, repairs=repairs)
    return FilterError(
        message,
        line=token.line,
        column=token.column,
        source=where,
        width=len(token),
        advice=advice,
        repairs=[*repairs, *(_replaced(where, token, each) for each in instead)],
    )


def _replaced(where: str, token: Token, text: str) -> str:
    """Return a filter with a text in the place of a token; without it, where that leaves two spaces."""
    start = token.start_pos or 0
    before, after = where[:start], where[start + len(token) :]
    return before + text + after if text else " ".join(filter(None, (before.strip(), after.strip())))


def quoted(text: str) -> str:
    """Return a word as a message quotes it."""
    return f'"{isolated(text)}"'


def unexpected(where: str, error: UnexpectedToken, tokens: Sequence[Token]) -> FilterError:  # noqa: PLR0911 - a table
    """Describe a token in the wrong place, or an early end, by what stands before it."""
    token, is_end = error.token, error.token.type == "$END"
    before = [seen for seen in tokens if is_end or (seen.start_pos or 0) < (token.start_pos or 0)]
    last = before[-1] if before else Token("START", "")
    is_closing = is_end or token.type == "RPAR"
    if last.type == "FIELD":
        return at(where, last, f'"{last}" has no value, as in  {_example(last)}')
    if is_closing and last.type in ("AND", "OR", "NOT", "MINUS"):
        message = f'nothing follows "{last}": add a term, or quote it to mean the word'
        return at(where, last, message, instead=["", f'"{last}"'])
    if (near := _near_around(before)) is not None and not is_end:
        return at(where, near if is_closing else token, _NEAR)
    if token.type == "RPAR" and last.type == "LPAR":
        repairs = [_replaced(_replaced(where, token, ""), last, "")]
        return at(where, last, "there is nothing between these parentheses", repairs=repairs)
    if token.type == "RPAR":
        return at(where, token, "this parenthesis closes nothing: remove it, or open one before", instead=[""])
    if is_end:
        opened = _open_ones(before)
        return at(where, opened[-1] if opened else None, _NEVER_CLOSED, repairs=[_closed(where, last, len(opened))])
    if last.type in ("AND", "OR", "NOT"):
        repairs = [_replaced(where, each, "") for each in (token, last)]
        return at(where, token, f'"{last}" and "{token}" stand in a row: remove one', repairs=repairs)
    if token.type in ("AND", "OR"):
        message = f'"{token}" needs a term on its left; quote it to mean the word'
        return at(where, token, message, instead=["", f'"{token}"'])
    return at(where, token, f"{quoted(token)} cannot stand here")


def _closed(where: str, last: Token, count: int) -> str:
    """Return a filter with so many parentheses closed behind its last token."""
    end = (last.start_pos or 0) + len(last)
    return where[:end] + ")" * count + where[end:]


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
            closed = token.rstrip() + _CLOSING.get(token[0], '"')
            message = f"this quotation mark is never closed: {quoted(token)}"
            return at(where, token, message, instead=[closed, token[1:]])
        case "OPEN_REGEX":
            message = "this /regular expression/ is never closed; to mean a slash, quote it"
            return at(where, token, message, instead=[f'"{token.rstrip()}"'])
        case "BAD_WILD":
            word, pattern = token.strip("*?"), _as_pattern(token)
            message = f"a * can only end a word; write  {pattern}"
            return at(where, token, message, [f"Write  {word}*"], instead=[pattern, f"{word}*"])
        case "SYMBOL_OPERATOR":
            operator = _OPERATORS[str(token)]
            joint = "" if token.startswith("+") else f" {operator} "
            repair = " ".join(_replaced(where, token, joint).split())
            return at(where, token, f'"{token}" is not an operator: write  {operator}', repairs=[repair])
        case "COMMA":
            message, repair = _comma(where, token)
            return at(where, token, message, repairs=[repair] if repair else ())
        case _:
            return at(where, token, f"{quoted(token)} means nothing here", instead=[""])


def _as_pattern(token: str) -> str:
    return "/" + "".join(r"\w*" if char == "*" else r"\w" if char == "?" else char for char in token) + "/i"


def _comma(where: str, token: Token) -> tuple[str, str]:
    """Return what is wrong with a comma, and the filter with alternatives in parentheses, if there are any."""
    start = token.start_pos or 0
    before, after = where[:start].split(), where[start + 1 :].split()
    field, colon, value = before[-1].rpartition(":") if before else ("", "", "a")
    values = [value, *(each for each in (after[0] if after else "b").split(token) if each)]
    alternatives = f"{field}{colon}({' or '.join(values)})"
    message = f"a comma does not join: write  {alternatives}"
    if not before or not after:
        return message, ""
    begin, end = where.rindex(before[-1], 0, start), where.index(after[0], start + 1) + len(after[0])
    return message, where[:begin] + alternatives + where[end:]


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

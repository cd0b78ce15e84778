"""Parse a filter: text in, a tree of plain values out, or an error that points at the column.

The grammar (``where.lark``) knows syntax only. One walk over its tree checks fields, regions, concepts and outlets.
``and`` and terms side by side mean the same and bind tighter than ``or``. Other languages disagree on that, so ``or``
beside either of them without parentheses is refused with both readings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedToken

from syndicator.errors import FilterError
from syndicator.query.tree import REGION_FIELDS, AllOf, AnyOf, CopiesBetween, Every, FieldEquals, Not, Phrase, Where
from syndicator.text import phrase_of

MAX_LENGTH = 20_000
MAX_DEPTH = 50
# The values of fields that have a few only.
_CHOICES = {"revised": ("yes", "title", "text"), "deleted": ("yes",)}
_COMPARISON = re.compile(r"(>=|<=|[<>=≤≥])?\s*(\d{1,6})")
_QUOTES = '"“”„«»「」'


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The values that fields may take, each with a label; a field that is absent takes any value.

    The fields of regions share the values of ``region``. ``find_region`` returns the label of a region that is too
    small to be listed, ``regions_called`` the terms and labels of the regions that a name may mean. ``groups`` has the
    members of groups of regions, and the divisions of areas that have any.
    """

    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    find_region: Callable[[str], str | None] | None = None
    regions_called: Callable[[str], Sequence[tuple[str, str]]] | None = None

    @cached_property
    def folded(self) -> Mapping[str, frozenset[str]]:
        """The values by field, as they are compared: case-folded once, not for every term of every filter."""
        return {name: frozenset(map(str.casefold, known)) for name, known in self.values.items()}

    @cached_property
    def folded_groups(self) -> Mapping[str, Sequence[str]]:
        """The members of groups, by their terms as they are compared."""
        return {group.casefold(): members for group, members in self.groups.items()}


def parse(where: str, vocabulary: Vocabulary) -> Where:
    """Parse a filter.

    An empty filter and ``*`` match everything. Raise FilterError with line and column (from 1) when the text does not
    parse, or names a field, region, concept or outlet that does not exist.
    """
    if len(where) > MAX_LENGTH:
        raise _at(where, None, f"a filter may have {MAX_LENGTH} characters, this one has {len(where)}")
    try:
        tree = _lark().parse(where)
    except UnexpectedEOF as error:
        raise _at(where, None, "the filter ends too early") from error
    except UnexpectedToken as error:
        raise _unexpected(where, error) from error
    return _Walk(where, vocabulary).start(tree)


@cache
def _lark() -> Lark:
    grammar = resources.files(__package__).joinpath("where.lark").read_text(encoding="utf-8")
    # The basic lexer: the contextual one would take a misplaced "and" for a word.
    return Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False)


def _at(where: str, token: Token | None, message: str) -> FilterError:
    if token is None or token.line is None or token.column is None:
        lines = where.splitlines() or [""]
        return FilterError(message, line=len(lines), column=len(lines[-1]) + 1, source=where)
    return FilterError(message, line=token.line, column=token.column, source=where, width=len(token))


def _unexpected(where: str, error: UnexpectedToken) -> FilterError:  # noqa: PLR0911 - a table
    """Describe a token in the wrong place, or an early end, by what stands before it."""
    token, is_end = error.token, error.token.type == "$END"
    before = [seen for seen in _lark().lex(where) if is_end or (seen.start_pos or 0) < (token.start_pos or 0)]
    last = before[-1] if before else Token("START", "")
    is_closing = is_end or token.type == "RPAR"
    if last.type == "FIELD":
        return _at(where, last, f'"{last}" has no value, as in  title:ceasefire')
    if is_closing and last.type in ("AND", "OR", "NOT", "MINUS"):
        return _at(where, last, f'nothing follows "{last}": add a term, or quote it to mean the word')
    if token.type == "RPAR" and last.type == "LPAR":
        return _at(where, last, "there is nothing between these parentheses")
    if token.type == "RPAR":
        return _at(where, token, "this parenthesis closes nothing")
    if is_end:
        return _at(where, _unclosed(before), "this parenthesis is never closed")
    if last.type in ("AND", "OR", "NOT"):
        return _at(where, token, f'"{last}" and "{token}" stand in a row: remove one')
    if token.type in ("AND", "OR"):
        return _at(where, token, f'"{token}" needs a term on its left; quote it to mean the word')
    return _at(where, token, f'"{token}" cannot stand here')


def _unclosed(tokens: Sequence[Token]) -> Token | None:
    opened: list[Token] = []
    for token in tokens:
        if token.type == "LPAR":
            opened.append(token)
        elif token.type == "RPAR" and opened:
            opened.pop()
    return opened[-1] if opened else None


class _Walk:
    """Converts a grammar tree in one pass and checks what the grammar cannot know."""

    def __init__(self, where: str, vocabulary: Vocabulary) -> None:
        self.where, self.vocabulary, self.depth = where, vocabulary, 0
        self.fields: dict[str, Callable[[Token], Where]] = {
            "title": lambda token: self.phrase(token, only_title=True),
            **{name: self._value_of(name) for name in ("concept", "outlet", "lang")},
            **{name: self._region_of(name) for name in REGION_FIELDS},
            **{name: self._choice_of(name, choices) for name, choices in _CHOICES.items()},
            "copies": self._copies,
        }

    def start(self, tree: Tree[Token]) -> Where:
        only = tree.children[0] if tree.children else None
        return self.node(only, self.phrase) if isinstance(only, Tree) else Every()

    def node(self, node: Tree[Token] | Token, leaf: Callable[[Token], Where], scope: Token | None = None) -> Where:
        """Convert one node; ``leaf`` converts a word, as the surrounding field requires."""
        self.depth += 1
        if self.depth > MAX_DEPTH * 3:
            raise _at(self.where, None, f"parentheses are nested deeper than {MAX_DEPTH}")
        try:
            return self._node(node, leaf, scope)
        finally:
            self.depth -= 1

    def _node(  # noqa: PLR0911 - a table
        self, node: Tree[Token] | Token, leaf: Callable[[Token], Where], scope: Token | None
    ) -> Where:
        assert isinstance(node, Tree)
        tokens = [child for child in node.children if isinstance(child, Token)]
        inner = [child for child in node.children if isinstance(child, Tree)]
        match node.data:
            case "word" | "prefix" | "phrase":
                return leaf(tokens[0])
            case "comparison":
                return self._comparison(tokens[0], leaf)
            case "mistake":
                raise self._mistake(tokens[0])
            case "group":
                return self.node(inner[0], leaf, scope)
            case "negation":
                return Not(self.node(inner[0], leaf, scope))
            case "scoped" | "scoped_group":
                if scope is not None:
                    raise _at(self.where, tokens[0], f'"{scope}( … )" cannot hold another field')
                return self.node(inner[0], self._field(tokens[0]), tokens[0])
            case "either":
                self._refuse_mixing(node)
                return AnyOf(tuple(self.node(child, leaf, scope) for child in inner))
            case _:
                return AllOf(tuple(self.node(child, leaf, scope) for child in inner))

    def phrase(self, token: Token, *, only_title: bool = False) -> Where:
        text = token.strip(_QUOTES)
        is_prefix = text.endswith("*")
        if "*" in text.removesuffix("*"):
            raise _at(self.where, token, "a * can only end a word, and in a phrase only the last one")
        phrase = phrase_of(text.removesuffix("*"))
        if not phrase:
            raise _at(self.where, token, "there is no word in this")
        return Phrase(phrase, is_prefix, only_title)

    def _field(self, token: Token) -> Callable[[Token], Where]:
        name = token.rstrip(" :：").lower()
        if name in self.fields:
            return self.fields[name]
        raise _at(self.where, token, f'there is no field "{name}"{_suggest_field(name, self.fields)}')

    def _value_of(self, name: str) -> Callable[[Token], Where]:
        def leaf(token: Token) -> Where:
            value = token.strip(_QUOTES)
            if token.type == "PREFIX":
                raise _at(self.where, token, f"{name}: takes a whole name, without *")
            known = self.vocabulary.folded.get(name)
            if known is not None and value.casefold() not in known:
                hint = _suggest_value(name, value, self.vocabulary.values[name])
                raise _at(self.where, token, f'there is no {name} "{value}"{hint}')
            return FieldEquals(name, value.casefold())

        return leaf

    def _region_of(self, name: str) -> Callable[[Token], Where]:
        """Return a leaf that matches a region or, for a group, the group and any of its members."""

        def leaf(token: Token) -> Where:
            value = token.strip(_QUOTES).casefold()
            if token.type == "PREFIX":
                raise _at(self.where, token, f"{name}: takes a whole name, without *")
            known = self.vocabulary.folded.get("region")
            find = self.vocabulary.find_region
            if known is not None and value not in known and not (find and find(value)):
                hint = self._suggest_region(name, value)
                raise _at(self.where, token, f'there is no region "{token.strip(_QUOTES)}"{hint}')
            members = self.vocabulary.folded_groups.get(value, ())
            parts = tuple(FieldEquals(name, member.casefold()) for member in (value, *members))
            return AnyOf(parts) if members else parts[0]

        return leaf

    def _choice_of(self, name: str, choices: Sequence[str]) -> Callable[[Token], Where]:
        def leaf(token: Token) -> Where:
            value = token.strip(_QUOTES).casefold()
            if value not in choices:
                listed = " or ".join(f"{name}:{each}" for each in choices)
                raise _at(self.where, token, f'there is no {name}:"{token.strip(_QUOTES)}": write {listed}')
            return FieldEquals(name, value)

        return leaf

    def _comparison(self, token: Token, leaf: Callable[[Token], Where]) -> Where:
        if leaf == self._copies:
            return leaf(token)
        raise _at(self.where, token, f'"{token}" compares nothing here: only copies: takes a number, as in  copies:>=3')

    def _copies(self, token: Token) -> Where:
        found = _COMPARISON.fullmatch(token.strip(_QUOTES))
        if found is None:
            message = f'copies: takes a number of up to six digits, as in  copies:>=3  or  copies:3, not "{token}"'
            raise _at(self.where, token, message)
        number = int(found[2])
        match found[1]:
            case ">=" | "≥":
                return CopiesBetween(number, None)
            case ">":
                return CopiesBetween(number + 1, None)
            case "<=" | "≤":
                return CopiesBetween(0, number)
            case "<":
                return CopiesBetween(0, number - 1)
            case _:
                return CopiesBetween(number, number)

    def _suggest_region(self, name: str, value: str) -> str:
        """Suggest the regions with that name, or else the one that is spelt like it."""
        called = self.vocabulary.regions_called(value) if self.vocabulary.regions_called else ()
        choices = " or ".join(f"{name}:{term} ({label})" for term, label in called)
        return f": {choices}?" if choices else _suggest_value(name, value, self.vocabulary.values["region"])

    def _refuse_mixing(self, node: Tree[Token]) -> None:
        """Raise FilterError for ``a b or c``, with both readings."""
        for place, child in enumerate(node.children):
            if isinstance(child, Tree) and child.data == "all":
                operator = next(
                    c for c in (*node.children[place + 1 :], *reversed(node.children[:place])) if isinstance(c, Token)
                )
                raise _at(
                    self.where,
                    operator,
                    f'"{operator}" beside "and" (or terms side by side) can be read in two ways: '
                    "put parentheses around one of them, as in  a (b or c)  or  (a b) or c",
                )

    def _mistake(self, token: Token) -> FilterError:
        advice = {
            "OPEN_QUOTE": "this quotation mark is never closed",
            "BAD_WILD": "a * can only end a word",
            "SYMBOL_OPERATOR": f'"{token}" is not an operator: write and, or, not',
            "STRAY": "a comma does not join: write  (a or b)"
            if str(token) in ",،，"
            else f'"{token}" means nothing here',
        }
        return _at(self.where, token, advice[token.type])


def _suggest_value(name: str, value: str, known: Mapping[str, str]) -> str:
    if (holder := _holder(value, known)) is not None:
        known = {key: label for key, label in known.items() if _holder(key.casefold(), known) == holder} or known
    labels = {label.casefold(): key for key, label in known.items()}
    close = difflib.get_close_matches(value.casefold(), [*labels, *(k.casefold() for k in known)], n=1, cutoff=0.6)
    if not close:
        return ""
    key = labels.get(close[0]) or next(k for k in known if k.casefold() == close[0])
    return f": {name}:{key} ({known[key]})?"


def _holder(term: str, known: Mapping[str, str]) -> str | None:
    """Return what holds a region, by how its term is written: SY for SY-ID; None for one that nothing holds."""
    holder = next((term[: term.rindex(mark)] for mark in "/-" if mark in term), "")
    return holder if holder.upper() in known else None


def _suggest_field(name: str, fields: Collection[str]) -> str:
    close: Sequence[str] = difflib.get_close_matches(name, fields, n=1, cutoff=0.5)
    return f": {close[0]}: ?" if close else f"; there are {', '.join(f'{field}:' for field in fields)}"

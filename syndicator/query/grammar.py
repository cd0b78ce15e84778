"""Parse a filter: text in, a tree of plain values out, or an error that points at the column.

The grammar (``where.lark``) knows syntax only. One walk over its tree checks fields, regions, concepts and outlets.
``and`` and terms side by side mean the same and bind tighter than ``or``. Other languages disagree on that, so ``or``
beside either of them without parentheses is refused with both readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedToken

from syndicator.lexicon import FARTHEST, MOST_ARGUMENTS, NEAREST, Match, is_unspaced
from syndicator.query.fields import Scope, scopes_of, value_of
from syndicator.query.mistakes import BACKSPACE, at, mistake, quoted, readings, unexpected
from syndicator.query.patterns import PatternError, check_pattern
from syndicator.query.tree import (
    AllOf,
    AnyOf,
    Every,
    Near,
    Not,
    Phrase,
    Regex,
    TextField,
    Where,
    YoungerThan,
    conjuncts,
)
from syndicator.query.vocabulary import Vocabulary, meant_field
from syndicator.text import JOINERS, MARKS, tokens_of

MAX_LENGTH = 20_000
MAX_TERMS = 2_000
MAX_DEPTH = 50
MAX_WORDS = 100  # of a phrase
_HYPHEN = re.compile(f"[{''.join(sorted(JOINERS))}]")


def parse(where: str, vocabulary: Vocabulary) -> Where:
    """Parse a filter.

    An empty filter and ``*`` match everything. Raise FilterError with line and column (from 1) when the text does not
    parse, or names a field, region, concept or outlet that does not exist.
    """
    if len(where) > MAX_LENGTH:
        raise at(where, None, f"a filter may have {MAX_LENGTH} characters, this one has {len(where)}")
    if BACKSPACE in where:
        raise _turned_escape(where)
    try:
        tree = _lark().parse(where)
    except UnexpectedEOF as error:
        raise at(where, None, "the filter ends too early") from error
    except UnexpectedToken as error:
        raise unexpected(where, error, list(_lark().lex(where))) from error
    return _Walk(where, vocabulary).start(tree)


@cache
def _lark(*, has_positions: bool = False) -> Lark:
    """Return the parser. Positions of nodes double its time, and only one message shows them."""
    grammar = resources.files(__package__).joinpath("where.lark").read_text(encoding="utf-8").replace("MARKS", MARKS)
    # The basic lexer: the contextual one would take a misplaced "and" for a word.
    return Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False, propagate_positions=has_positions)


def _turned_escape(where: str) -> Exception:
    before = where[: where.index(BACKSPACE)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    token = Token("STRAY", BACKSPACE, line=line, column=column)
    shown = where.replace(BACKSPACE, "\u2408")
    return at(shown, token, r"""in "…" TOML turns \b into a backspace: write the filter in '…' or '''…'''""")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """What the field around a term makes of it; ``name`` is the field's token, None outside of fields."""

    scope: Scope
    name: Token | None = None


class _Walk:
    """Converts a grammar tree in one pass and checks what the grammar cannot know."""

    def __init__(self, where: str, vocabulary: Vocabulary) -> None:
        self.where, self.depth, self.terms = where, 0, 0
        self.scopes = scopes_of(where, vocabulary)
        self.windows: list[tuple[Token, Where]] = []

    def start(self, tree: Tree[Token]) -> Where:
        only = tree.children[0] if tree.children else None
        if not isinstance(only, Tree):
            return Every()
        where = self.node(only, _Here(scope=Scope(field=TextField.ANYWHERE)))
        self._check_windows(where)
        return where

    def node(self, node: Tree[Token] | Token, here: _Here) -> Where:
        """Convert one node; ``here`` says what the surrounding field makes of a word."""
        self.depth += 1
        if self.depth > MAX_DEPTH * 3:
            raise at(self.where, None, f"parentheses are nested deeper than {MAX_DEPTH}")
        try:
            return self._node(node, here)
        finally:
            self.depth -= 1

    def _node(self, node: Tree[Token] | Token, here: _Here) -> Where:
        assert isinstance(node, Tree)
        tokens = [child for child in node.children if isinstance(child, Token)]
        inner = [child for child in node.children if isinstance(child, Tree)]
        match node.data:
            case "word" | "prefix" | "phrase" | "comparison" | "range" | "regex" | "near":
                return self._term(node, tokens, here)
            case "mistake":
                raise mistake(self.where, tokens[0])
            case "group":
                return self.node(inner[0], here)
            case "negation":
                return Not(self.node(inner[0], here))
            case "scoped" | "scoped_group":
                return self.node(inner[0], self._field(tokens[0], here))
            case "either":
                self._refuse_mixing(node)
                return AnyOf(tuple(self.node(child, here) for child in inner))
            case _:
                return AllOf(tuple(self.node(child, here) for child in inner))

    def _field(self, token: Token, here: _Here) -> _Here:
        if here.name is not None:
            raise at(self.where, token, f'"{here.name}( … )" cannot hold another field')
        name = token.rstrip(" :：").lower()
        if name in self.scopes:
            return _Here(scope=self.scopes[name], name=token)
        meant = meant_field(name, self.scopes)
        hint = f": {meant}: ?" if meant else f"; there are {', '.join(f'{field}:' for field in self.scopes)}"
        raise at(self.where, token, f'there is no field "{name}"{hint}', instead=[f"{meant}:"] if meant else ())

    def _term(self, node: Tree[Token], tokens: list[Token], here: _Here) -> Where:
        token, scope = tokens[0], here.scope
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise at(self.where, token, f"a filter may have {MAX_TERMS} terms")
        if node.data in ("comparison", "range") and not scope.takes_ranges:
            raise at(self.where, token, f'"{token}" compares nothing here: {_RANGES}')
        if node.data in ("regex", "near") and scope.field is None:
            raise at(
                self.where, token, f"{here.name} takes no {'/regular expression/' if node.data == 'regex' else 'near'}"
            )
        if scope.leaf is not None and node.data != "regex":
            made = scope.leaf(token)
            if isinstance(made, YoungerThan):
                self.windows.append((token, made))
            return made
        field = scope.field or TextField.ANYWHERE
        if node.data == "regex":
            return self._regex(token, field)
        if node.data == "near":
            return self._near(node, token, field)
        phrases = tuple(self._phrases(token, field))
        return phrases[0] if len(phrases) == 1 else AnyOf(phrases)

    def _phrases(self, token: Token, field: TextField) -> Iterator[Phrase]:
        """Yield the phrase that a token means; one with a hyphen also means the words as one."""
        text = value_of(token)
        is_prefix = text.endswith("*")
        text = text.removesuffix("*")
        if "*" in text:
            raise at(self.where, token, "a * can only end a word, and in a phrase only the last one")
        words = tokens_of(text)
        if not words:
            raise at(self.where, token, f"there is no word in {quoted(token)}")
        if len(words) > MAX_WORDS:
            raise at(self.where, token, f"a phrase may have {MAX_WORDS} words, this one has {len(words)}")
        if all(map(is_unspaced, words)):
            words = ("".join(words),)
        match = Match.PREFIX if is_prefix else Match.EXACT if token.type == "PHRASE" else Match.FORMS
        yield Phrase(words, match, field)
        if len(words) > 1 and token.type != "PHRASE" and _HYPHEN.search(text):
            yield Phrase(tokens_of(_HYPHEN.sub("", text)), match, field)

    def _regex(self, token: Token, field: TextField) -> Where:
        pattern, _, flags = token[1:].rpartition("/")
        is_caseless = flags == "i"
        pattern = pattern.replace(r"\/", "/")
        try:
            check_pattern(pattern, is_caseless=is_caseless)
        except PatternError as error:
            instead = [error.advice] if error.advice else []
            advice = [f"Write  {each}" for each in instead]
            raise at(self.where, token, str(error), advice, instead=instead) from error
        return Regex(pattern, is_caseless, field)

    def _near(self, node: Tree[Token], token: Token, field: TextField) -> Where:
        _, slash, number = token.partition("/")
        if slash and not (number.isdecimal() and int(number) <= FARTHEST):
            message = f"near/ takes a number of words between, up to {FARTHEST}, as in  near/5(prisoner, exchange)"
            raise at(self.where, token, message)
        given = [child for child in node.children if isinstance(child, Tree)]
        if not 1 < len(given) <= MOST_ARGUMENTS:
            message = f"near takes two to {MOST_ARGUMENTS} arguments with commas between, this has {len(given)}"
            raise at(self.where, token, message)
        arguments = tuple(tuple(self._pieces(argument, field)) for argument in given)
        return Near(int(number) if slash else NEAREST, arguments, field)

    def _pieces(self, argument: Tree[Token], field: TextField) -> Iterator[Phrase]:
        for piece in argument.children:
            if isinstance(piece, Tree):
                token = next(child for child in piece.children if isinstance(child, Token))
                if piece.data == "mistake":
                    raise mistake(self.where, token)
                yield from self._phrases(token, field)

    def _check_windows(self, where: Where) -> None:
        """Raise FilterError for a window that is not one of the whole filter: a story does not leave half a feed."""
        whole = {id(leaf) for leaf in conjuncts(where)}
        for token, window in self.windows:
            if id(window) not in whole:
                message = '"age:" is a window of the whole filter: put it beside the rest, not inside of "or" or "not"'
                raise at(self.where, token, message)

    def _refuse_mixing(self, node: Tree[Token]) -> None:
        """Raise FilterError for ``a b or c``, with both readings."""
        for place, child in enumerate(node.children):
            if isinstance(child, Tree) and child.data == "all":
                for bad in node.find_data("mistake"):
                    raise mistake(self.where, next(each for each in bad.children if isinstance(each, Token)))
                beside = (*node.children[place + 1 :], *reversed(node.children[:place]))
                operator = next(each for each in beside if isinstance(each, Token))
                shown = self._readings(operator)
                advice = (
                    [f"Write  {shown[0]}", f"or     {shown[1]}"] if shown else ["Write  a (b or c)  or  (a b) or c"]
                )
                message = f'"{operator}" beside "and" without parentheses can be read in two ways'
                raise at(self.where, operator, message, advice, repairs=shown)

    def _readings(self, operator: Token) -> tuple[str, ...]:
        """Return both readings of the alternatives that have this ``or``."""
        alternatives = _lark(has_positions=True).parse(self.where).find_data("either")
        has_it = (each for each in alternatives if operator.start_pos in _starts(each))
        return readings(self.where, next(has_it))


def _starts(node: Tree[Token]) -> list[int | None]:
    return [child.start_pos for child in node.children if isinstance(child, Token)]


_RANGES = "only copies:, age: and published: take a number or a range, as in  copies:>=3"

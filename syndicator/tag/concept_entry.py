"""The entries of concepts: a word, a phrase, a beginning with ``*``, or ``near/5(halt*, fire or shelling)``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syndicator.lexicon import FARTHEST, MOST_ARGUMENTS, NEAREST, Match, is_unspaced
from syndicator.text import tokens_of

_NEAR = re.compile(r"near(?:/(\d{1,3}))?\s*\((.*)\)", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,،，]")
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)
Words = tuple[tuple[str, ...], Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptPattern:
    """What an entry looks for: one phrase of each argument, with at most ``within`` other words between."""

    arguments: tuple[tuple[Words, ...], ...]
    within: int = 0


def parse_entry(entry: str) -> ConceptPattern:
    """Return what an entry looks for. Raise ValueError with what is wrong."""
    near = _NEAR.fullmatch(entry.strip())
    if near is None:
        return ConceptPattern(arguments=((_words(entry),),))
    arguments = [_OR.split(argument.strip(' ()"')) for argument in _SEPARATOR.split(near[2])]
    within = int(near[1]) if near[1] else NEAREST
    if not 1 < len(arguments) <= MOST_ARGUMENTS or within > FARTHEST:
        message = f"near takes two to {MOST_ARGUMENTS} words or phrases, and up to {FARTHEST} words between"
        raise ValueError(f"{message}, as in near/5(halt*, fire)")
    return ConceptPattern(arguments=tuple(tuple(map(_words, choices)) for choices in arguments), within=within)


def _words(phrase: str) -> Words:
    is_prefix = phrase.rstrip('"').endswith("*")
    words = tokens_of(phrase)
    if not words:
        raise ValueError(f'there is no word in "{phrase}"')
    if all(map(is_unspaced, words)):
        words = ("".join(words),)
    return words, Match.PREFIX if is_prefix else Match.EXACT

"""The fields of filters: what each makes of the words behind it. Pure: a token in, a term out, or a FilterError."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from lark import Token

from syndicator.query.dates import copies_between, meant_dates, published_between, younger_than
from syndicator.query.mistakes import at, quoted
from syndicator.query.tree import REGION_FIELDS, AnyOf, FieldEquals, TextField, UrlContains, Where
from syndicator.query.vocabulary import Vocabulary, meant_values, suggestion

QUOTES = '"“”„«»「」'
# The values of fields that have a few only.
_CHOICES = {
    "revised": ("yes", "title", "text"),
    "deleted": ("yes",),
    "has": ("image", "audio", "video", "enclosure", "point"),
}
_NAMED = ("concept", "outlet", "source", "lang", "feed")
# What pages call a field, beside its name in filters.
ALIASES = {"place": "region", "topic": "concept"}
_Leaf = Callable[[Token], Where]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a field makes of terms. ``leaf`` converts words; without one they are looked for in the text ``field``.

    Fields with a ``field`` take regular expressions, those that take words also ``near``. Only some take ranges.
    """

    leaf: _Leaf | None = None
    field: TextField | None = None
    takes_ranges: bool = False


# Of an event's number.
_MOST_DIGITS = 12


def value_of(token: Token) -> str:
    """Return what a token says, without its quotation marks."""
    if token.type != "PHRASE":
        return str(token)
    return token.strip(QUOTES) if token[0] != '"' else token[1:-1].replace(r"\"", '"')


def scopes_of(where: str, vocabulary: Vocabulary) -> Mapping[str, Scope]:
    """Return all fields by name, for one filter."""
    scopes = {
        **{name: Scope(leaf=partial(_region, where, vocabulary, name)) for name in REGION_FIELDS},
        **{name: Scope(field=TextField(name)) for name in ("title", "text", "author", "category")},
        "url": Scope(leaf=partial(_url, where), field=TextField.URL),
        **{name: Scope(leaf=partial(_named, where, vocabulary, name)) for name in _NAMED},
        **{name: Scope(leaf=partial(_chosen, where, name, choices)) for name, choices in _CHOICES.items()},
        "event": Scope(leaf=partial(_event, where)),
        "copies": Scope(leaf=partial(_copies, where), takes_ranges=True),
        "published": Scope(leaf=partial(_published, where), takes_ranges=True),
        "age": Scope(leaf=partial(_age, where), takes_ranges=True),
    }
    return scopes | {alias: scopes[name] for alias, name in ALIASES.items()}


def _whole(where: str, name: str, token: Token) -> str:
    if token.type == "PREFIX":
        raise at(where, token, f"{name}: takes a whole name, without *")
    return value_of(token)


def _named(where: str, vocabulary: Vocabulary, name: str, token: Token) -> Where:
    value = _whole(where, name, token)
    known = vocabulary.folded.get(name)
    if known is not None and value.casefold() not in known:
        meant = meant_values(value, vocabulary.values[name])
        message = f"there is no {name} {quoted(value)}{suggestion(name, meant)}"
        raise at(where, token, message, instead=[term for term, _ in meant])
    return FieldEquals(name, value.casefold())


def _region(where: str, vocabulary: Vocabulary, name: str, token: Token) -> Where:
    """Return a term for a region or, for a group, the group and any of its members."""
    value = _whole(where, name, token).casefold()
    if not vocabulary.has_region(value):
        meant = vocabulary.meant_regions(value)
        message = f"there is no region {quoted(value_of(token))}{suggestion(name, meant)}"
        raise at(where, token, message, instead=[term for term, _ in meant])
    members = vocabulary.folded_groups.get(value, ())
    parts = tuple(FieldEquals(name, member.casefold()) for member in (value, *members))
    return AnyOf(parts) if members else parts[0]


def _chosen(where: str, name: str, choices: Sequence[str], token: Token) -> Where:
    value = value_of(token)
    if value.casefold() not in choices:
        listed = " or ".join(f"{name}:{each}" for each in choices)
        raise at(where, token, f"there is no {name}:{quoted(value)}: write {listed}", instead=choices)
    return FieldEquals(name, value.casefold())


def _event(where: str, token: Token) -> Where:
    value = value_of(token)
    if not value.isdecimal() or len(value) > _MOST_DIGITS:
        raise at(where, token, f"event: takes the number of an event, as in  event:123, not {quoted(value)}")
    return FieldEquals("event", str(int(value)))


def _url(where: str, token: Token) -> Where:
    value = value_of(token).casefold()
    if token.type == "PREFIX" or not value.strip():
        raise at(where, token, 'url: takes a part of an address, without *, as in  url:"/politics/"')
    return UrlContains(value)


def _copies(where: str, token: Token) -> Where:
    made = copies_between(value_of(token))
    if made is None:
        message = f'copies: takes a number of up to six digits, as in  copies:>=3  or  copies:2..5, not "{token}"'
        raise at(where, token, message)
    return made


def _published(where: str, token: Token) -> Where:
    made = published_between(value_of(token))
    if made is None:
        dates = meant_dates(value_of(token))
        meant = [f"published:{date}" for date in dates or ["2026-11-01"]]
        raise at(where, token, f'"{token}" is not a date: write  {"  or  ".join(meant)}', instead=dates)
    return made


def _age(where: str, token: Token) -> Where:
    sign, made = younger_than(value_of(token))
    if made is None:
        raise at(where, token, f'age: takes minutes, hours, days or weeks, as in  age:<2d  or  age:<36h, not "{token}"')
    if sign not in ("<", "<="):
        age = value_of(token).lstrip("<>=≤≥ ")
        message = f"a story cannot enter by growing old: write  age:<{age}  or  published:..DATE"
        raise at(where, token, message, instead=[f"<{age}"])
    return made

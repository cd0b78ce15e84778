"""Filters as sentences: each kind of term, what joins them, and all examples of the document."""

import random

import pytest

from syndicator.errors import FilterError
from syndicator.query import Vocabulary, in_words, parse, without_members, written
from syndicator.query.tree import AllOf, AnyOf, Not
from tests.unit.test_filter_examples import EXAMPLES

VOCABULARY = Vocabulary(groups={"LEVANT": ("SY", "LB")})
NAMES = {
    "sy": "Syria",
    "lb": "Lebanon",
    "ru": "Russian",
    "levant": "the Levant",
    "ceasefire": "Ceasefire",
    "tass": "TASS",
}


def sentence(text):
    """Return what is said of a filter; its own words in brackets."""
    where = without_members(parse(text, VOCABULARY), VOCABULARY.folded_groups)
    said = in_words(where, lambda field, value: NAMES.get(value, value))
    return "".join(f"[{part.text}]" if part.of_filter else part.text for part in said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*", "whatever they say"),
        ("truce", "with [truce] in any form"),
        ("cease-fire", "with [cease-fire] in any form"),
        ("AT&T", "with [AT&T] in any form"),
        ('"truce"', "with exactly [truce]"),
        ('"cease fire"', "with the words [“cease fire”]"),
        ("ateşkes*", "with a word that begins with [ateşkes]"),
        ('"cessation of hostilit*"', "with words that begin with [cessation of hostilit]"),
        ("near/5(a, (b or c))", "with [a … b or c] near each other, at most 5 words between"),
        ("title:near/1(a, b)", "with [a … b] near each other in the headline, at most 1 word between"),
        (r"/\bWHO\b/", r"with what the regular expression [\bWHO\b] finds"),
        ("/who/i", "with what the regular expression [who] finds, whatever the case"),
        ("text:هدنة", "with [هدنة] in any form in the text"),
        ("title:(a or b)", "with [a] or [b] in any form in the headline"),
        ('author:"Anna P"', "with the words [“Anna P”] in the byline"),
        ("category:politics", "with [politics] in any form in a category"),
        ('url:"/world/"', "with [/world/] in the address"),
        ("region:SY", "about [Syria], its places or its actions"),
        ("place:(SY or LB)", "about [Syria] or [Lebanon], their places or their actions"),
        ("region:levant", "about [the Levant], its places or its actions"),
        ("about:SY", "about [Syria] or a place there"),
        ("actor:SY", "with [Syria] as an actor"),
        ("dateline:SY", "written in [Syria]"),
        ("mentions:SY", "that name [Syria]"),
        ("topic:ceasefire", "on the topic [Ceasefire]"),
        ("outlet:tass", "carried by [TASS]"),
        ("source:tass/a", "from the source [tass/a]"),
        ("lang:(ru or ar or fa)", "in [Russian], [ar] or [fa]"),
        ("feed:idlib", "in the feed [idlib]"),
        ("event:7", "of event [7]"),
        ("revised:title", "with a rewritten headline"),
        ("deleted:yes", "that the outlet has taken away"),
        ("has:image", "with a picture"),
        ("copies:>=3", "that at least 3 other outlets carry"),
        ("copies:1", "that exactly 1 other outlet carries"),
        ("copies:0", "that no other outlets carry"),
        ("copies:2..5", "that 2 to 5 other outlets carry"),
        ("copies:<=2", "that at most 2 other outlets carry"),
        ("published:2026", "published in 2026"),
        ("published:2026-11", "published in November 2026"),
        ("published:2026-11-05", "published on 5 November 2026"),
        ("published:2026-11-05..2026-11-07", "published from 5 November 2026 until 7 November 2026"),
        ("published:2026-11..", "published from 1 November 2026 on"),
        ("published:..2026-11", "published until 30 November 2026"),
        ("age:<36h", "published at most 36 hours ago"),
        ("age:<1d", "published at most 1 day ago"),
    ],
)
def test_each_kind_of_term_is_said(text, said):
    """In plain English, with names in the places of codes."""
    assert sentence(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", "with [a] in any form; with [b] in any form"),
        ("a or lang:ru", "with [a] in any form, or in [Russian]"),
        ("-a -lang:ru", "without [a] in any form; not in [Russian]"),
        ("not (a or b)", "without [a] or [b] in any form"),
        ("not (a or lang:ru)", "neither with [a] in any form nor in [Russian]"),
        ("not (a lang:ru)", "not all at once: with [a] in any form and in [Russian]"),
        ("(a lang:ru) or b", "(with [a] in any form and in [Russian]), or with [b] in any form"),
        (
            "a (lang:ru or (b (lang:fa or has:image)))",
            "with [a] in any form; in [Russian], or (with [b] in any form and (in [fa] or with a picture))",
        ),
        ("a or (lang:ru or b)", "with [a] or [b] in any form, or in [Russian]"),
    ],
)
def test_what_is_joined_is_told_apart(text, said):
    """By semicolons, commas, and parentheses within."""
    assert sentence(text) == said


def test_every_example_of_the_document_is_said_and_written():
    """The sentence names all that the filter says, and what is written is read as the same filter."""
    assert len(EXAMPLES) >= 40
    for text, *_ in EXAMPLES:
        where = parse(text, Vocabulary())
        assert len(sentence(text)) > 5
        again = parse(written(where), Vocabulary())
        assert written(again) == written(where)
        assert flat(again) == flat(where)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_written_back_is_the_same_filter(seed):
    """However its parts are joined; and all of it can be said."""
    chance = random.Random(seed)
    for _ in range(60):
        text = made(chance, 3)
        try:
            where = parse(text, VOCABULARY)
        except FilterError:
            continue
        again = parse(written(where), VOCABULARY)
        assert flat(again) == flat(where), text
        assert sentence(text)


def made(chance, depth):
    """Make up a filter of the examples' parts."""
    kind = chance.random()
    if not depth or kind < 0.3:
        return chance.choice(EXAMPLES)[0]
    if kind < 0.85:
        joint = " " if kind < 0.6 else " or "
        return joint.join(f"({made(chance, depth - 1)})" for _ in range(chance.randint(2, 3)))
    return f"not ({made(chance, depth - 1)})"


def flat(where):
    """Return a filter in which no alternatives are among alternatives, nor what must all hold."""
    match where:
        case AnyOf(parts) | AllOf(parts):
            kind, found = type(where), map(flat, parts)
            inner = dict.fromkeys(p for part in found for p in (part.parts if isinstance(part, kind) else (part,)))
            return kind(tuple(inner)) if len(inner) > 1 else next(iter(inner))
        case Not(part):
            return Not(flat(part))
        case _:
            return where

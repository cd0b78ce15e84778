"""Thousands of filters at once: the index says what each filter's tree says alone."""

import random
from datetime import timedelta

import pytest

from syndicator.query import Details, Filters, Subject, Vocabulary, parse
from syndicator.query.index import _LEARNED_FROM, _WORTH_LEARNING
from syndicator.query.match import IndexedSubject, lexicon_of, matches
from syndicator.query.necessary import necessary
from syndicator.query.terms import Terms
from tests.made_filters import WORDS, made_filter, made_story


def walked(filters, story):
    subject = IndexedSubject(story, lexicon_of(filters.values()), filters)
    return {name for name, where in filters.items() if matches(where, subject)}


@pytest.mark.parametrize("seed", range(4))
def test_the_index_and_the_trees_agree(seed):
    """On random filters of all kinds, also on those that use each other, and random stories of seven languages."""
    chance = random.Random(seed)
    filters, found = {}, 0
    for number in range(150):
        known = tuple(filters)[:40]
        filters[f"f{number}"] = parse(made_filter(chance, feeds=known), Vocabulary())
    indexed = Filters(filters)
    for _ in range(40):
        story = made_story(chance)
        expected = walked(filters, story)
        assert indexed(story) == expected
        found += len(expected)
    assert 300 < found < 40 * 150 - 300


def test_what_is_learned_of_terms_changes_no_result():
    """Filters are filed anew once the terms of some stories were counted."""
    chance = random.Random(9)
    filters = {f"f{number}": parse(made_filter(chance), Vocabulary()) for number in range(_WORTH_LEARNING)}
    learned, fresh = Filters(filters), Filters(filters)
    before = learned._levels
    for _ in range(_LEARNED_FROM):
        learned(made_story(chance))
    assert learned._levels is not before
    for _ in range(100):
        story = made_story(chance)
        assert learned(story) == fresh(story) == walked(filters, story)


@pytest.mark.parametrize("seed", range(4))
def test_words_of_another_field_decide_nothing(seed):
    """A filter of a single word looks at title and text, also where other filters ask for author, category or url."""
    chance, found = random.Random(seed), 0
    filters = {"category": parse("category:politics", Vocabulary()), "author": parse("author:ali", Vocabulary())}
    for words in WORDS.values():
        filters |= {word: parse(f'"{word}"', Vocabulary()) for word in words if "'" not in word}
    indexed = Filters(filters)
    for _ in range(40):
        story = made_story(chance, length=4)
        expected = walked(filters, story)
        assert indexed(story) == expected
        found += len(expected)
    assert found
    election = Filters({"category": parse("category:politics", Vocabulary()), "it": parse("election", Vocabulary())})
    story = Subject("Vote in Idlib", "", "en", (), (), details=Details(categories=("Election",)))
    assert election(story) == frozenset()


@pytest.mark.parametrize("seed", range(2))
def test_a_story_without_any_necessary_term_does_not_match(seed):
    """What a filter is filed under is what it cannot do without."""
    chance = random.Random(seed)
    without = Subject("", "", "und", (), ())
    for _ in range(2000):
        where = parse(made_filter(chance), Vocabulary())
        if necessary(where, Terms()) is not None:
            assert not walked({"it": where}, without)


@pytest.mark.parametrize(
    ("where", "is_filed"),
    [
        ("ceasefire", True),
        ("ceasefire or not truce", False),
        ("not truce", False),
        ("region:SY not truce", True),
        ("(a or b) (copies:<3 or c)", True),
        ("copies:<3 or c", False),
        ("copies:>=3", True),
        ("near(a, b)", True),
        ("/x/", True),
        ("url:x", True),
        ("*", False),
        ("age:<2d", False),
    ],
)
def test_filters_are_filed_under_what_they_need(where, is_filed):
    """Negations and numbers need nothing, an alternative needs one term of each part."""
    assert (necessary(parse(where, Vocabulary()), Terms()) is not None) is is_filed


def test_long_lists_of_words_are_looked_up_as_sets():
    """Three thousand words, in two fields."""
    many = " or ".join(f"w{number}" for number in range(900))
    filters = Filters({"any": parse(many, Vocabulary()), "title": parse(f"title:({many})", Vocabulary())})
    assert filters(Subject("", "w899", "en", (), ())) == {"any"}
    assert filters(Subject("w3", "", "en", (), ())) == {"any", "title"}


def test_nothing_that_a_user_wrote_is_evaluated():
    """Quotes and code in words, values and expressions."""
    for where in ('"__import__(1)"', 'outlet:"x) or (True"', "/S.copies/", 'url:"K[0]"', 'author:"\\") or True"'):
        assert Filters({"it": parse(where, Vocabulary())})(Subject("a", "b", "en", (), ())) == frozenset()


def test_a_window_holds_what_is_young_or_of_unknown_age():
    """Nobody knows that it is old."""
    filters = Filters({"it": parse("age:<2d truce", Vocabulary())})
    story = Subject("A truce", "", "en", (), ())
    ages = {None: True, timedelta(hours=47): True, timedelta(hours=49): False}
    assert {age: bool(filters(story._replace(age=age))) for age in ages} == ages


def test_feeds_of_feeds_of_feeds():
    """Each is tried after those that it uses."""
    wheres = {"c": "feed:b not feed:a", "b": "feed:a or truce", "a": "region:SY", "d": "feed:gone"}
    filters = Filters({name: parse(where, Vocabulary()) for name, where in wheres.items()})
    assert filters(Subject("truce", "", "en", (), ())) == {"b", "c"}

"""The search index: what a plan finds is as wide as the filter, and no wider than it says."""

import hashlib
import random
from datetime import timedelta

import pytest

from syndicator.lexicon import Match, is_unspaced
from syndicator.models import Entry, Source
from syndicator.outbox.search_text import VERSION, Searchable
from syndicator.query import Details, Subject
from syndicator.query.match import IndexedSubject, lexicon_of, matches
from syndicator.query.tree import (
    AllOf,
    AnyOf,
    CopiesBetween,
    Every,
    FieldEquals,
    Near,
    Not,
    Phrase,
    PublishedBetween,
    Regex,
    TextField,
    UrlContains,
    YoungerThan,
)
from syndicator.runtime.preview_plan import plan
from syndicator.runtime.preview_words import caught_forms, looking_up
from syndicator.store import open_store
from syndicator.store.search_terms import ANYTHING, NOTHING
from syndicator.text import tokens_of
from tests.conftest import NOW
from tests.stages.made_stories import TEXTS, made_stories
from tests.stores import store_url

STORIES = made_stories()
SOURCE = Source(id="one/a", outlet="one", endpoints=("https://one.example/a",), language="tr")
WORDS = sorted({word for _, title, text in TEXTS for word in tokens_of(f"{title} {text}")})
SENTENCES = [tokens_of(part) for _, title, text in TEXTS for part in (title, text) if tokens_of(part)]


def entry(number):
    words = {"title": "x", "html": "x", "title_digest": "x", "text_digest": "x", "copy_digest": None}
    return Entry(key=f"{number}", link=None, link_key=None, author=None, published=None, language="tr", **words)


def near_in_category(*words):
    return Near(5, tuple((Phrase((word,), Match.EXACT),) for word in words), TextField.CATEGORY)


def fill(tx, stories=STORIES):
    """Store stories of which only numbers count, and index what they are to say."""
    numbers = tx.stories.add([(f"tag:{number}", entry(number)) for number in stories], SOURCE, NOW)
    assert list(numbers) == list(stories)
    assert tx.search.ensure("1")
    tx.search.filled_to(0)
    searchable = Searchable()
    tx.search.put([searchable(number, story) for number, story in stories.items()])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = open_store(store_url(tmp_path_factory.mktemp("search") / "s.db"))
    yield made
    made.close()


@pytest.fixture
async def filled(store):
    if not await store.read(lambda tx: tx.search.exists):
        await store.write(fill)
    return store


async def bounds(store, where, stories=STORIES):
    """Return what is certain, what is possible, and what the matcher says, as sets of numbers."""

    def read(tx):
        certain, possible = plan(where, looking_up(tx), NOW)
        return set(tx.search.find(certain)), set(tx.search.find(possible))

    certain, possible = await store.read(read)
    lexicon = lexicon_of([where])
    matching = {number for number, each in stories.items() if matches(where, IndexedSubject(each, lexicon))}
    return certain, possible, matching


def phrase(chance):
    """Make up a phrase: words that stand in a row somewhere, or do not, or begin words; in any field."""
    sentence = chance.choice(SENTENCES)
    start, match = chance.randrange(len(sentence)), chance.choice(list(Match))
    words = list(sentence[start : start + chance.choice((1, 1, 1, 2, 3))])
    if chance.random() < 0.2:
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    if chance.random() < 0.2:
        words = [chance.choice((str.upper, str.lower, str.title))(word) for word in words]
    if match is Match.PREFIX:
        words[-1] = words[-1][: chance.randint(1, len(words[-1]))]
    if is_unspaced(words[-1]):
        start = chance.randrange(len(words[-1]))
        words[-1] = words[-1][start : start + chance.randint(1, 4)]
    words = tuple(words) if tokens_of(words[-1]) else ("market",)
    field = chance.choice((TextField.ANYWHERE,) * 4 + (TextField.TITLE, TextField.TEXT))
    return Phrase(words, match, field)


def leaf(chance):
    match chance.randrange(14):
        case 0:
            return FieldEquals(
                chance.choice(("region", "about", "actor", "dateline", "mentions")),
                chance.choice(("sy", "sy-id", "ua-63", "tr")),
            )
        case 1:
            return FieldEquals("concept", chance.choice(("a b", "a", "b")))
        case 2:
            return FieldEquals("outlet", f"outlet-{chance.randrange(6)}")
        case 3:
            return FieldEquals(
                *chance.choice(
                    (
                        ("lang", "en"),
                        ("lang", "en-gb"),
                        ("has", "image"),
                        ("source", "outlet-1/feed"),
                        ("revised", "title"),
                        ("revised", "text"),
                        ("deleted", "yes"),
                        ("event", "3"),
                    )
                )
            )
        case 4:
            least = chance.randrange(4)
            return CopiesBetween(least, chance.choice((None, least, least + 1, 0)))
        case 5:
            at = NOW - timedelta(hours=chance.randrange(700))
            return PublishedBetween(*chance.choice(((at, None), (None, at), (at, at + timedelta(days=9)))))
        case 6:
            return YoungerThan(timedelta(hours=chance.randrange(1, 700)))
        case 7:
            return UrlContains(chance.choice(("/politics/", "story-1", "politics/2026/story", "x", "2026/")))
        case 8:
            return Regex(chance.choice(("[Mm]arket", "هدنة", "[0-9]+")))
        case 9:
            return Near(
                chance.randrange(6), tuple((phrase(chance), *[phrase(chance)] * chance.randrange(2)) for _ in range(2))
            )
        case 10:
            return Phrase(
                (chance.choice(("samira", "haddad", "ali", "öztürk", "مال", "world", "news")),),
                chance.choice(list(Match)),
                chance.choice((TextField.AUTHOR, TextField.CATEGORY)),
            )
        case _:
            return phrase(chance)


def made_filter(chance, depth=3):
    kind = chance.random()
    if depth == 0 or kind < 0.3:
        return leaf(chance)
    if kind < 0.5:
        return Not(made_filter(chance, depth - 1))
    parts = tuple(made_filter(chance, depth - 1) for _ in range(chance.randint(2, 3)))
    return (AllOf if kind < 0.75 else AnyOf)(parts)


@pytest.mark.parametrize("seed", range(40))
async def test_a_plan_finds_what_the_filter_matches(filled, seed):
    """Any filter over any language: what is certain is within it, and it is within what is possible."""
    chance = random.Random(seed)
    for _ in range(25):
        where = made_filter(chance)
        certain, possible, matching = await bounds(filled, where)
        assert matching <= possible, where
        assert certain <= matching, where


@pytest.mark.parametrize("seed", range(10))
async def test_words_near_each_other_are_found(filled, seed):
    """Two and three of a sentence, as far apart as they may be, and a little too far; of one word, twice."""
    chance, count = random.Random(seed), 0
    for _ in range(20):
        sentence = chance.choice([each for each in SENTENCES if len(each) > 3])
        words = chance.sample(sentence, chance.choice((2, 2, 3)))
        if chance.random() < 0.2:
            words[-1] = words[0]
        arguments = tuple((Phrase((word,), chance.choice((Match.FORMS, Match.EXACT))),) for word in words)
        where = Near(chance.randrange(6), arguments)
        certain, possible, matching = await bounds(filled, where)
        assert certain <= matching <= possible, where
        count += bool(matching)
    assert count


@pytest.mark.parametrize("word", WORDS)
async def test_every_word_is_found_as_it_stands(filled, word):
    """In every script, in any form and exactly."""
    for match in (Match.EXACT, Match.FORMS, Match.PREFIX):
        certain, possible, matching = await bounds(filled, Phrase((word,), match))
        assert matching
        assert certain <= matching <= possible


@pytest.mark.parametrize("make", [lambda *words: Phrase(words, Match.EXACT, TextField.CATEGORY), near_in_category])
async def test_no_phrase_is_found_across_two_categories(tmp_path, make):
    """A story in "Middle" and "East Asia" is not in "Middle East", in a row or near."""
    stories = {
        1: Subject("Talks", "", "en", (), (), details=Details(categories=("Middle", "East Asia"))),
        2: Subject("Talks", "", "en", (), (), details=Details(categories=("World", "Middle East"))),
        3: Subject("Talks", "", "en", (), (), details=Details(categories=("عالم", "الشرق", "الأوسط والعالم"))),
        4: Subject("Talks", "", "en", (), (), details=Details(categories=("الشرق الأوسط",))),
    }
    store = open_store(store_url(tmp_path / "s.db"))
    try:
        await store.write(lambda tx: fill(tx, stories))
        for words, number in ((("middle", "east"), 2), (("الشرق", "الأوسط"), 4)):
            certain, possible, matching = await bounds(store, make(*words), stories)
            assert matching == {number}
            assert certain <= matching <= possible
    finally:
        store.close()


DIGESTS = {"1": "dbf3c482a74997d2"}


def test_the_version_of_the_index_is_raised_with_what_is_indexed():
    """Stores are filled anew only then: the words, keys and marks of a fixed set of stories are those of the version."""
    searchable = Searchable()
    rows = [searchable(number, story) for number, story in STORIES.items()]
    lines = [repr((*row[:-1], sorted(row.words))) for row in rows]
    digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()
    assert DIGESTS.get(VERSION) == digest, "raise search_text.VERSION, and write the new digest beside it"


async def test_a_beginning_of_too_many_words_is_tried(filled):
    """It is as wide as ever, and its forms are not listed."""

    def read(tx):
        look_up = looking_up(tx, most=3)
        where = Phrase(("m",), Match.PREFIX)
        (caught,) = caught_forms(tx, where, look_up)
        return plan(where, look_up, NOW), caught

    (certain, possible), caught = await filled.read(read)
    assert (certain, possible) == (NOTHING, ANYTHING)
    assert (caught.word, caught.forms, caught.count > 3) == ("m*", (), True)


EXACT = [
    Every(),
    FieldEquals("region", "sy"),
    Not(FieldEquals("lang", "en")),
    Phrase(("هدنة",)),
    Phrase(("markets",)),
    Phrase(("рынок",)),
    Phrase(("pazar",), Match.PREFIX),
    Phrase(("prisoner", "exchange"), Match.EXACT),
    Near(3, ((Phrase(("exchange",)),), (Phrase(("prisoner",)), Phrase(("border",))))),
    CopiesBetween(2, None),
    CopiesBetween(1, 2),
    PublishedBetween(NOW.replace(hour=0) - timedelta(days=3), NOW.replace(hour=0)),
    AllOf(
        (
            FieldEquals("region", "sy"),
            Not(Phrase(("market",))),
            AnyOf((FieldEquals("has", "image"), Phrase(("idlib",)))),
        )
    ),
]


@pytest.mark.parametrize("where", EXACT, ids=str)
async def test_what_is_usual_need_not_be_tried(filled, where):
    """Words, phrases, tags, dates and counts are decided by the index alone."""
    certain, possible, matching = await bounds(filled, where)
    assert certain == possible == matching

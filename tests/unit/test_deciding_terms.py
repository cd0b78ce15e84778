"""Why a filter matches a story, or does not."""

import random
from datetime import UTC, datetime

import pytest

from syndicator.models import Evidence, Tag
from syndicator.query import Details, Subject, Vocabulary, deciding_terms, marks, parse, written
from tests.made_filters import made_filter

SYRIA = Tag(
    scheme="region",
    term="SY-ID",
    label="Idlib",
    path=("SY", "SY-ID"),
    evidence=(Evidence(field="title", start=0, end=4, words="إدلب"),),
    role="about",
    score=0.99,
)
CEASEFIRE = Tag(
    scheme="concept",
    term="ceasefire",
    label="Ceasefire",
    path=("ceasefire",),
    evidence=(Evidence(field="text", start=0, end=4, words="هدنة"),),
)
DETAILS = Details(
    author="Анна Ковалёва",
    url="https://o.example/politics/1",
    categories=("World",),
    published=datetime(2026, 11, 3, tzinfo=UTC),
)
STORY = Subject(
    "هدنة في إدلب", "وقف إطلاق النار منذ الصباح", "ar", ("enab", "sana"), (SYRIA, CEASEFIRE), details=DETAILS
)


@pytest.mark.parametrize(
    ("where", "matches", "terms"),
    [
        ("", True, [("*", True, ())]),
        ("region:SY", True, [("region:SY", True, ("إدلب",))]),
        ("region:SY concept:ceasefire", True, [("region:SY", True, ("إدلب",)), ("concept:ceasefire", True, ("هدنة",))]),
        ("region:SY region:TR", False, [("region:TR", False, ())]),
        ("region:TR or region:LB", False, [("region:TR", False, ()), ("region:LB", False, ())]),
        ("region:TR or region:SY", True, [("region:SY", True, ("إدلب",))]),
        ("region:SY not lang:ar", False, [("not lang:ar", False, ())]),
        ("region:SY -outlet:tass", True, [("region:SY", True, ("إدلب",)), ("not outlet:tass", True, ())]),
        ("title:هدنة", True, [("title:هدنة", True, ("هدنة",))]),
        ('"وقف إطلاق" region:TR', False, [("region:TR", False, ())]),
        ("copies:>=2", False, [("copies:>=2", False, ())]),
        ("revised:title", False, [("revised:title", False, ())]),
        ('"وقف إطلاق*"', True, [('"وقف إطلاق*"', True, ("وقف إطلاق",))]),
        ("near/2(هدنة, إدلب)", True, [("near/2(هدنة, إدلب)", True, ("هدنة", "إدلب"))]),
        ("title:/إد.ب/", True, [("title:/إد.ب/", True, ("إدلب",))]),
        ("author:ковалева", True, [("author:ковалева", True, ("Ковалёва",))]),
        ("url:/politics/", True, [("url:/politics/", True, ("politics",))]),
        ('url:"/sport/"', False, [('url:"/sport/"', False, ())]),
        ("copies:>=1", True, [("copies:>=1", True, ("1",))]),
        ("published:2026-11-01..", True, [("published:2026-11-01..", True, ())]),
        ("age:<36h هدنة", True, [("age:<36h", True, ()), ("هدنة", True, ("هدنة",))]),
        ("event:3 or has:image", False, [("event:3", False, ()), ("has:image", False, ())]),
        ("feed:other", True, [("feed:other", True, ())]),
        ("not feed:other", False, [("not feed:other", False, ())]),
    ],
)
def test_few_terms_decide(where, matches, terms):
    """All that hold of a conjunction, the first that fails of one that does not; what each rests on."""
    found, deciding = deciding_terms(parse(where, Vocabulary()), STORY, {"other": parse("region:SY", Vocabulary())})
    assert found == matches
    assert [(each.term, each.holds, each.words) for each in deciding] == terms


@pytest.mark.parametrize(
    ("where", "marked"),
    [
        ("هدنة", [("title", "هدنة")]),
        ("هدنة صباح", [("text", "الصباح"), ("title", "هدنة")]),
        ('title:هدنة or "وقف إطلاق النار"', [("text", "وقف إطلاق النار"), ("title", "هدنة")]),
        ("region:SY", [("title", "هدنة")]),
        ("not هدنة إطلاق", [("text", "إطلاق")]),
        ("near/9(النار, وقف)", [("text", "وقف"), ("text", "النار")]),
        ("/ال.../ منذ", [("text", "النار"), ("text", "منذ"), ("text", "الصبا")]),
        ("feed:other", [("text", "وقف")]),
        ("lang:ar", []),
        ("وقف or وقف*", [("text", "وقف")]),
    ],
)
def test_the_words_that_a_filter_rests_on_are_marked(where, marked):
    """In order, once each; what is excluded is not. A tag has the words it was given for."""
    found = marks(parse(where, Vocabulary()), STORY, {"other": parse("وقف", Vocabulary())})
    texts = {"title": STORY.title, "text": STORY.text}
    assert [(mark.field, texts[mark.field][mark.start : mark.end]) for mark in found] == marked


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_reads_back(seed):
    """A filter as one would write it means the same."""
    chance = random.Random(seed)
    for _ in range(200):
        where = parse(made_filter(chance, feeds=("a", "b")), Vocabulary())
        again = parse(written(where), Vocabulary())
        assert written(again) == written(where)

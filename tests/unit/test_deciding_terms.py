"""Why a filter matches a story, or does not."""

import pytest

from syndicator.models import Evidence, Tag
from syndicator.query import Subject, Vocabulary, deciding_terms, parse

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
STORY = Subject("هدنة في إدلب", "وقف إطلاق النار منذ الصباح", "ar", ("enab", "sana"), (SYRIA, CEASEFIRE))


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
    ],
)
def test_few_terms_decide(where, matches, terms):
    """All that hold of a conjunction, the first that fails of one that does not; what each rests on."""
    found, deciding = deciding_terms(parse(where, Vocabulary()), STORY)
    assert found == matches
    assert [(each.term, each.holds, each.words) for each in deciding] == terms

"""Concepts: which stories are about a topic, by what they say in their own language."""

import tomllib

import pytest

from syndicator.config.build import concept_of
from syndicator.config.checks import check_concept
from syndicator.config.schema import ConceptFile
from syndicator.models import ConceptEntry
from syndicator.tag import ConceptTagger

FILE = """
label = "Prisoner exchange"
threshold = 2

[terms]
en = ["prisoner exchange", "prisoners", 'near/4(swap* or barter*, prisoner*)', "detainees"]
ar = ["تبادل الأسرى", "صفقة تبادل"]
ru = ["обмен пленными", "обмен* военнопленными"]
all = ["TransferOps"]

[against]
en = ["football"]

[veto]
en = ["prisoner of love"]

[weights]
"prisoner exchange" = 2
"تبادل الأسرى" = 2
"TransferOps" = 2
"detainees" = 0.5
"""


def tagger(text=FILE):
    file = ConceptFile.model_validate(tomllib.loads(text))
    assert not list(check_concept(file))
    return ConceptTagger([concept_of("exchange", file)])


@pytest.mark.parametrize(
    ("language", "title", "text", "is_found"),
    [
        ("en", "Prisoner exchange agreed", "", True),
        ("en", "", "A prisoner exchange was agreed", True),
        ("en", "", "Prisoners are held there", False),
        ("en", "Prisoners freed", "", True),
        ("en", "", "Prisoners freed: the swap of all prisoners", True),
        ("en", "", "Detainees and prisoners", False),
        ("en", "Detainees", "and prisoners", True),
        ("en", "", "Prisoner exchange before a football match", False),
        ("en", "Prisoner exchange", "before a football match", True),
        ("en", "Prisoner exchange", "a review of Prisoner of Love", False),
        ("ar", "", "بدء تبادل الأسرى في إدلب", True),
        ("ar", "", "صفقة تبادل", False),
        ("ar", "", "prisoner exchange", False),
        ("ar", "", "قال TransferOps", True),
        ("tr", "", "Prisoner exchange in Ankara", True),
        ("", "", "Prisoner exchange", True),
        ("en-GB", "", "Prisoner exchange", True),
    ],
)
def test_what_a_story_has_must_weigh_enough(language, title, text, is_found):
    """Twice as much in the title; by the words of its own language, or of all if the concept has none of it."""
    assert bool(tagger()(title, text, language)) is is_found


def test_the_evidence_is_what_speaks_for_it():
    """Not what speaks against it."""
    (tag,) = tagger()("Prisoner exchange", "Prisoners, football and a prisoner exchange", "en")
    assert {each.words for each in tag.evidence} == {"Prisoner exchange", "Prisoners", "prisoner exchange"}
    assert [each.field for each in tag.evidence].count("title") == 1


def test_a_file_of_the_version_before_goes_on():
    """Any of its terms is enough, in any language that it has no list for."""
    old = tagger('label = "C"\n[terms]\nen = ["truce*"]\nru = ["перемири*"]\n')
    assert old("Truces hold", "", "en")
    assert old("О перемирии", "", "ru")
    assert old("О перемирии", "", "bg")
    assert not old("Peace", "", "en")


def test_a_plain_concept_is_known_as_one():
    """Its fingerprint is what it was before there were weights."""
    plain = concept_of("c", ConceptFile(label="C", terms={"en": ["truce*"]}))
    assert plain.is_plain
    assert plain.terms == ("truce*",)
    assert plain.entries == (ConceptEntry(text="truce*", language="en"),)
    assert not concept_of("c", ConceptFile(label="C", terms={"en": ["truce*"]}, threshold=2)).is_plain


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"terms": {"en": ["…"]}}, "terms.en[0]", "no word"),
        ({"terms": {"en": ["near(a)"]}}, "terms.en[0]", "near takes two to 5"),
        ({"terms": {"en": ["near/500(a, b)"]}}, "terms.en[0]", "up to 100"),
        ({"terms": {"en": ["a"]}, "veto": {"ar": ["هدنة", "!"]}}, "veto.ar[1]", "no word"),
        ({"terms": {"en": ["a"]}, "weights": {"A": 2}}, "weights", '"A" is none of the terms'),
    ],
)
def test_mistakes_have_a_place(keys, place, words):
    """The key, and the number of the term."""
    ((where, message),) = check_concept(ConceptFile(label="C", **keys))
    assert where == place
    assert words in message

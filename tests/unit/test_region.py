"""Places in five languages, with the words they rest on."""

import pytest

from syndicator.models import Concept
from syndicator.tag import ConceptTagger, RegionTagger, countries, load_gazetteer


@pytest.fixture(scope="module")
def tagger():
    return RegionTagger(load_gazetteer())


def terms(tagger, title, text=""):
    return {tag.term for tag in tagger(title, text)}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Moscow, Ankara agree ceasefire in Idlib", {"RU", "TR", "SY-ID"}),
        ("US troops leave; tell us more", {"US"}),
        ("Turkey Rejects US Plan For Syria's North", {"TR", "US", "SY"}),
        ("Syrians return from Lebanon", {"SY", "LB"}),
        ("Papua New Guinea quake", {"PG"}),
        ("Aid through Bab al-Hawa to Khan Sheikhoun", {"SY-ID/bab-al-hawa", "SY-ID/khan-sheikhoun"}),
        ("اتفاق بين موسكو وأنقرة على هدنة في إدلب", {"RU", "TR", "SY-ID"}),
        ("القوات الروسية في سوريا", {"RU", "SY"}),
        ("وللسوريين في لبنان", {"LB"}),
        ("توافق روسیه و ترکیه در ادلب", {"RU", "TR", "SY-ID"}),
        ("سوری‌ها در ترکیه", {"SY", "TR"}),
        ("Российские войска в Сирии и в Идлибе", {"RU", "SY", "SY-ID"}),
        ("Переговоры в Саудовской Аравии", {"SA"}),
        ("هدوء في الرقة", {"SY-RA"}),
        ("ABD'nin askerleri", {"US"}),
        ("США и Турция", {"US", "TR"}),
        ("İdlib'de ateşkes: Moskova ve Ankara", {"SY-ID", "RU", "TR"}),
        ("Suriyelilerin dönüşü Halep'e", {"SY", "SY-HL"}),
    ],
)
def test_places_are_found(tagger, title, expected):
    """Names, peoples, capitals, cases, clitics and apostrophes."""
    assert expected <= terms(tagger, title)


@pytest.mark.parametrize(
    "title",
    [
        "Michael Jordan scores in a new film",
        "Chad Smith plays drums",
        "a turkey sandwich with polish",
        "The New York Times reports",
        "تقرير مالي جديد",
        "let us all march on",
        "Roman empire",
        "ورقة جديدة على الطاولة",
        "South American football",
    ],
)
def test_what_is_no_place_is_left_alone(tagger, title):
    """Persons, newspapers and common words."""
    assert terms(tagger, title) == set()


def test_every_tag_keeps_the_words_it_rests_on(tagger):
    """Evidence spans point into title and text, and the path leads from the country down."""
    title, text = "Calm in Saraqib", "The town lies in Idlib's east."
    for tag in tagger(title, text):
        for evidence in tag.evidence:
            field = title if evidence.field == "title" else text
            assert field[evidence.start : evidence.end] == evidence.words
        assert tag.path[0] == "SY"
        assert tag.path[-1] == tag.term


def test_concepts_in_five_languages():
    """Whole words, phrases and beginnings, each with its evidence."""
    tagger = ConceptTagger(
        [Concept(id="c", label="C", terms=("ceasefire*", "وقف إطلاق النار", "перемири*", "ateşkes*", "آتش‌بس"))]
    )
    for title in ("Ceasefires", "اتفاق وقف اطلاق النار", "О перемирии", "ATEŞKESİN", "آتش بس"):
        (tag,) = tagger(title, "")
        assert tag.evidence
    assert tagger("Fire ceases", "") == ()


def test_the_tables_are_well_formed():
    """Every place has a parent that exists; every code is a country."""
    assert {"SY", "PS", "XK", "TW", "US"} <= countries()
    assert "EU" not in countries()
    gazetteer = load_gazetteer()
    for place in gazetteer.places.values():
        assert all(term in gazetteer.places for term in place.path)
    assert sum(term.startswith("SY-") for term in gazetteer.places) > 60

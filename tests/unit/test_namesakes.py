"""A town and the division called like it: found by either term when only the name is said, by one when more is said."""

import msgspec
import pytest

from syndicator.config.settings import vocabulary
from syndicator.models import Tag
from syndicator.query import Filters, Subject, parse
from syndicator.tag import ensure_gazetteer
from syndicator.tag.namesake import Level, _level_beside
from syndicator.text import words_of


@pytest.fixture(scope="module")
def known():
    return vocabulary({}, {}, ensure_gazetteer())


def finds(tagger, known, language, title, *filters, text=""):
    """Return which of the filters match a story."""
    tags = tagger(title, text, language)
    matching = Filters({where: parse(where, known) for where in filters})
    return [where in matching(Subject(title, text, language, ("one",), tags)) for where in filters]


ONLY_THE_NAME = [
    ("en", "Calm in Idlib", "SY-ID", "idlib"),
    ("en", "Drone attack on Kursk", "RU-KRS", "kursk"),
    ("en", "Strike in Aleppo", "SY-HL", "aleppo"),
    ("en", "Explosion in Beirut", "LB-BA", "beirut"),
    ("en", "Protest in Istanbul", "TR-34", "istanbul"),
    ("en", "Strike on Damascus", "SY-DI", "damascus"),
    ("en", "Strike on Gaza", "PS-GZA", "gaza"),
    ("en", "Raqqa clashes go on", "SY-RA", "ar-raqqah"),
    ("ar", "قصف في إدلب", "SY-ID", "idlib"),
    ("ar", "معارك في الرقة", "SY-RA", "ar-raqqah"),
    ("ar", "قصف على غزة", "PS-GZA", "gaza"),
    ("fa", "درگیری در ادلب", "SY-ID", "idlib"),
    ("fa", "انفجار در اصفهان", "IR-10", "isfahan"),
    ("ru", "Удар по Идлибу", "SY-ID", "idlib"),
    ("ru", "Удар по Курску", "RU-KRS", "kursk"),
    ("tr", "İdlib'de çatışma", "SY-ID", "idlib"),
    ("tr", "İzmir'de deprem", "TR-35", "izmir"),
    ("tr", "Halep'te çatışma", "SY-HL", "aleppo"),
]
THE_DIVISION = [
    ("en", "Shelling in Idlib province", "SY-ID", "idlib"),
    ("en", "Shelling in the province of Idlib", "SY-ID", "idlib"),
    ("en", "Drone attack on Kursk region", "RU-KRS", "kursk"),
    ("en", "Drone attack on Kursk Oblast", "RU-KRS", "kursk"),
    ("en", "Shelling in the Idlib countryside", "SY-ID", "idlib"),
    ("ru", "Курская область под ударом", "RU-KRS", "kursk"),
    ("ru", "Удар по Курской области", "RU-KRS", "kursk"),
    ("ru", "Взрыв в провинции Идлиб", "SY-ID", "idlib"),
    ("ar", "قصف في محافظة إدلب", "SY-ID", "idlib"),
    ("ar", "قصف في ريف إدلب", "SY-ID", "idlib"),
    ("fa", "استان ادلب بمباران شد", "SY-ID", "idlib"),
    ("fa", "انفجار در استان اصفهان", "IR-10", "isfahan"),
    ("tr", "İzmir ili sallandı", "TR-35", "izmir"),
    ("tr", "İdlib ilinde çatışma", "SY-ID", "idlib"),
    ("de", "Angriff in der Provinz Idlib", "SY-ID", "idlib"),
    ("fr", "Frappe dans la province d'Idlib", "SY-ID", "idlib"),
    ("es", "Ataque en la provincia de Idlib", "SY-ID", "idlib"),
]
THE_TOWN = [
    ("en", "Shelling in the city of Idlib", "SY-ID", "idlib"),
    ("en", "Drones hit the city of Kursk", "RU-KRS", "kursk"),
    ("en", "Israeli strike on Gaza City", "PS-GZA", "gaza"),
    ("ru", "Город Курск остался без света", "RU-KRS", "kursk"),
    ("ru", "Взрывы в городе Идлиб", "SY-ID", "idlib"),
    ("ar", "قصف على مدينة إدلب", "SY-ID", "idlib"),
    ("fa", "انفجار در شهر ادلب", "SY-ID", "idlib"),
    ("tr", "İzmir kentinde deprem", "TR-35", "izmir"),
    ("de", "Angriff auf die Stadt Kursk", "RU-KRS", "kursk"),
    ("fr", "Frappe sur la ville d'Idlib", "SY-ID", "idlib"),
    ("es", "Ataque en la ciudad de Idlib", "SY-ID", "idlib"),
]


@pytest.mark.parametrize(("language", "title", "division", "town"), ONLY_THE_NAME)
def test_where_only_the_name_is_said_a_filter_for_either_finds_it(tagger, known, language, title, division, town):
    """Whichever of the two the tagger has decided for, and in each of the fields."""
    filters = [f"{field}:{term}" for field in ("region", "about") for term in (division, f"{division}/{town}")]
    assert finds(tagger, known, language, title, *filters) == [True] * 4


@pytest.mark.parametrize(("language", "title", "division", "town"), THE_DIVISION)
def test_where_the_division_is_said_the_town_is_not_meant(tagger, known, language, title, division, town):
    """A word for it before or after the name, or a name that only the division has."""
    assert finds(tagger, known, language, title, f"region:{division}", f"region:{division}/{town}") == [True, False]


@pytest.mark.parametrize(("language", "title", "division", "town"), THE_TOWN)
def test_where_the_town_is_said_its_tag_is_the_towns(tagger, known, language, title, division, town):
    """The division around it is found by way of it."""
    term = f"{division}/{town}"
    assert finds(tagger, known, language, title, f"region:{division}", f"region:{term}") == [True, True]
    assert [tag.term for tag in tagger(title, "", language) if "/" in tag.term] == [term]


@pytest.mark.parametrize("title", ["Strikes hit Saraqib", "Strikes hit Saraqib in Idlib", "Saraqib, Idlib: a strike"])
def test_a_place_elsewhere_in_the_division_is_not_its_town(tagger, known, title):
    """Nor is the division's name where it only says in which one that place lies."""
    assert finds(tagger, known, "en", title, "region:SY-ID", "region:SY-ID/idlib") == [True, False]


def test_a_place_beside_the_town_in_a_list_leaves_the_name_as_it_is(tagger, known):
    """Both are named, neither holds the other."""
    for language, title in (("en", "Strikes on Saraqib and Idlib"), ("ar", "قصف على سراقب وإدلب")):
        assert finds(tagger, known, language, title, "region:SY-ID/saraqib", "region:SY-ID/idlib") == [True, True]


def test_each_mention_is_read_by_itself(tagger, known):
    """A story that names the region, and then the name alone, is found by both."""
    title, text = "Kursk region governor speaks", "Drones hit Kursk at night, and Kursk has no power."
    assert finds(tagger, known, "en", title, "region:RU-KRS", "region:RU-KRS/kursk", text=text) == [True, True]


@pytest.mark.parametrize(
    ("language", "title", "term"),
    [
        ("en", "Moscow region hit by drones", "RU-MOS"), ("en", "Minsk region brings in the harvest", "BY-MI"),
        ("en", "New York state counts its snow", "US-NY"), ("ru", "Взрывы в Московской области", "RU-MOS"),
    ],
)  # fmt: skip
def test_the_region_around_a_city_that_is_a_division_itself(tagger, language, title, term):
    """Moscow region is not Moscow."""
    (found,) = (tag.term for tag in tagger(title, "", language) if len(tag.path) > 1)
    assert found == term


def test_an_area_is_found_by_what_lies_in_its_divisions(tagger, known):
    """Rafah is in the Gaza Strip; the Strip is not Rafah."""
    assert finds(tagger, known, "en", "Strike on Rafah", "region:PS/gaza-strip", "region:PS/west-bank") == [True, False]
    assert finds(tagger, known, "en", "Aid enters the Gaza Strip", "region:PS/gaza-strip") == [True]
    assert finds(tagger, known, "en", "Aid enters the Gaza Strip", "region:PS-RFH", "region:PS-GZA/gaza") == [False] * 2


def test_a_town_that_is_called_otherwise_is_no_namesake(tagger, known):
    """Oklahoma is not Oklahoma City, nor Syria Damascus."""
    filters = ("region:US-OK", "region:US-OK/oklahoma-city")
    assert finds(tagger, known, "en", "Oklahoma votes in Tuesday's election", *filters) == [True, False]


def test_categories_and_points_show_what_was_tagged(tagger):
    """What may be meant as well is for filters only: readers see each name once, and no point of a guess."""
    (division, *_) = tagger("Calm in Idlib", "", "en")
    assert (division.term, division.path, division.namesakes) == ("SY-ID", ("SY", "SY-ID"), ("SY-ID/idlib",))


def test_a_tag_that_was_stored_before_is_found_as_it_was(known):
    """It has no namesakes, and matches by its path."""
    stored = b'[{"scheme":"region","term":"SY-ID","label":"Idlib","path":["SY","SY-ID"],"evidence":[],"role":"about"}]'
    (tag,) = msgspec.json.decode(stored, type=tuple[Tag, ...])
    assert tag.namesakes == ()
    matching = Filters({where: parse(where, known) for where in ("region:SY-ID", "region:SY-ID/idlib")})
    assert matching(Subject("", "", "en", (), (tag,))) == {"region:SY-ID"}


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("the province of Idlib", "Idlib", Level.DIVISION), ("province. Idlib", "Idlib", Level.DIVISION),
        ("province, Idlib", "Idlib", None), ("Idlib", "Idlib", None), ("of the Idlib", "Idlib", None),
        ("г. Курск", "Курск", Level.TOWN), ("وبمدينة إدلب", "إدلب", Level.TOWN), ("Idlib-City", "Idlib", Level.TOWN),
    ],
)  # fmt: skip
def test_what_stands_beside_a_name(text, name, said):
    """Over small words, and not over a comma."""
    words = words_of(text)
    at = words.words.index(name)
    assert _level_beside(words, at, at + 1) is said

"""What places are called: in English, and in the languages of readers."""

import pytest

from syndicator.config.settings import vocabulary
from syndicator.errors import FilterError
from syndicator.query import parse
from syndicator.tag import LocalNames, check_language, ensure_gazetteer, open_gazetteer, tables
from syndicator.tag.compile.draft import Draft, Place
from syndicator.tag.compile.english import add_labels, english_division, label_seats, plain_english
from syndicator.tag.compile.local import local_labels, spellings_of
from syndicator.tag.gazetteer import ARABIC, CYRILLIC, FREQUENCY_STEP, LATIN, Kind, short_label
from syndicator.text import fold


@pytest.fixture(scope="module")
def gazetteer():
    return open_gazetteer(ensure_gazetteer())


@pytest.mark.parametrize(
    ("term", "label"),
    [
        ("RU-KRS", "Kursk Oblast"), ("RU-MOW", "Moscow"), ("RU-MOS", "Moscow Oblast"), ("UA-63", "Kharkiv Oblast"),
        ("SY-HL", "Aleppo"), ("SY-DI", "Damascus"), ("LB-BA", "Beirut"), ("IQ-BA", "Basra"), ("IR-10", "Isfahan"),
        ("SA-01", "Riyadh"), ("YE-HD", "Hadramawt"), ("EG-C", "Cairo"), ("AE-DU", "Dubai"), ("TR-34", "Istanbul"),
        ("DE-BY", "Bavaria"), ("ES-CT", "Catalonia"), ("FR-BRE", "Brittany"), ("CN-XJ", "Xinjiang"),
        ("IN-MH", "Maharashtra"), ("AF-KAN", "Kandahar"), ("GR-M", "Crete"), ("RU-MOW/moscow", "Moscow"),
        ("TR-35/izmir", "Izmir"), ("SY-RA/ar-raqqah", "Raqqa"), ("SY-HM/hamah", "Hama"), ("SA-02/makkah", "Mecca"),
        ("US-NY/new-york-city", "New York City"), ("BR-SP/sao-paulo", "São Paulo"), ("PS-GZA/gaza", "Gaza City"),
    ],
)  # fmt: skip
def test_labels_are_english(gazetteer, term, label):
    """Divisions and towns as English newspapers write them, whatever GeoNames and ISO 3166-2 call them."""
    assert gazetteer.label_of(term) == label


def test_labels_have_no_marks_of_transliteration(gazetteer):
    """In countries whose own script is another; other languages keep their letters."""
    countries = {"RU", "IR", "IQ", "SA", "YE", "EG", "LY", "JO", "AE", "IN", "AF", "CN", "LB"}
    divisions = {term: label for term, label in gazetteer.labels().items() if term[:2] in countries and "-" in term[:4]}
    assert len(divisions) > 300
    assert [label for label in divisions.values() if not label.isascii()] == []


def test_every_label_of_the_table_has_its_place(gazetteer):
    """A row for a term that there is not would be lost without a word."""
    for row in tables.rows("labels.tsv"):
        assert gazetteer.label_of(row["term"]) == row["label"]


@pytest.mark.parametrize(
    ("name", "country", "label"),
    [
        ("Ma‘arrat an Nu‘mān", "SY", "Ma'arrat an Nu'man"), ("‘Akkār", "LB", "Akkar"), ("Xi’an", "CN", "Xi'an"),
        ("İzmir", "TR", "Izmir"), ("Diyarbakır", "TR", "Diyarbakır"), ("Gəncə", "AZ", "Ganca"), ("Đà Nẵng", "VN", "Da Nang"),
        ("Córdoba", "AR", "Córdoba"), ("‘’", "SY", "‘’"),
    ],
)  # fmt: skip
def test_a_name_in_plain_english(name, country, label):
    """Marks go where they are a scholar's, and stay where they are letters."""
    assert plain_english(name, country) == label


def test_an_english_alias_of_a_division_is_its_label():
    """The one that is most like its own name, without the word for it; another's is not taken."""
    assert english_division("Al Başrah", ("Basra Governorate", "Bəsrə"), "IQ") == "Basra"
    assert (
        english_division("‘Adan", ("Governorate Number One", "First Governorate", "Aden Governorate"), "YE") == "Aden"
    )
    assert english_division("Āz̄ārbāyjān", ("The 3rd Province",), "IR") == "Azarbayjan"
    assert short_label("Kursk Oblast") == "Kursk"


def draft_of_hama():
    draft = Draft()
    syria = draft.add_place(Place(kind=Kind.COUNTRY, label="Syria", term="SY"))
    division = draft.add_place(Place(kind=Kind.DIVISION, label="Hama", term="SY-HM", parent=syria, country=syria))
    for label, people in (("Hamah", 460_000), ("Masyaf", 22_000)):
        draft.add_name(
            draft.add_place(Place(kind=Kind.TOWN, label=label, parent=division, country=syria, population=people)),
            label,
        )
    draft.add_name(draft.town("SY-HM/hamah"), "Hama")
    return draft


def test_a_town_is_labelled_like_its_division_and_keeps_its_term():
    """The largest one, if both have the name: filters of before go on working."""
    draft = draft_of_hama()
    number = draft.town("SY-HM/hamah")
    label_seats(draft)
    assert [place.label for place in draft.places] == ["Syria", "Hama", "Hama", "Masyaf"]
    assert draft.town("sy-hm/hamah") == number
    assert draft.term_of(number) == "SY-HM/hamah"


def test_what_the_table_names_and_the_draft_lacks_is_left_out():
    """A gazetteer of a few places is made by the same steps."""
    draft = draft_of_hama()
    add_labels(draft)
    assert [place.label for place in draft.places] == ["Syria", "Hama", "Hamah", "Masyaf"]


def picked(language, label, *spellings, kind=Kind.TOWN, country="RU", **zipf):
    """Return what a place of these spellings is called; ``zipf`` has the frequencies of words in this language."""
    draft = Draft()
    draft.countries[country] = draft.add_place(Place(kind=Kind.COUNTRY, label="Country", term=country, country=0))
    number = draft.add_place(Place(kind=kind, label=label, parent=0, country=0))
    draft.spellings[number] = spellings_of(label, spellings)
    script = next(script for script in (LATIN, ARABIC, CYRILLIC) if language in script)
    rows = {fold(word): bytes(round(value / FREQUENCY_STEP) * (each == language) for each in script)
            for word, value in zipf.items()}  # fmt: skip
    return local_labels(draft, rows)[language].get(number)


def test_a_name_in_another_language_is_one_that_its_letters_and_its_texts_allow():
    """Moscow in Arabic, not in Persian or Urdu."""
    names = ("موسكو", "مسکو", "ماسکو")
    assert picked("ar", "Moscow", *names, موسكو=4.5) == "موسكو"
    assert picked("fa", "Moscow", *names, مسکو=4.6, ماسکو=1.5) == "مسکو"
    assert picked("ru", "Moscow", "Москва", "Москвæ", "Мăскав", Москва=5.9) == "Москва"


def test_a_more_frequent_word_is_not_taken_for_a_name():
    """What sounds like the English name outweighs a word that happens to be among the spellings."""
    assert picked("ar", "Samara", "سمراء", "سامارا", سمراء=3.4, سامارا=2.6) == "سامارا"


def test_where_the_language_is_at_home_the_frequent_name_counts():
    """The English name comes from there, and need not sound alike."""
    assert picked("ar", "Cairo", "القاهرة", "كايرو", country="EG", القاهرة=5.5, كايرو=2.5) == "القاهرة"


def test_a_name_in_latin_letters_is_much_more_frequent_in_its_language():
    """Others stay English: so many languages share these letters. A code is no name."""
    assert picked("de", "Volgograd", "Wolgograd", "Volgogrado", Wolgograd=3.4, Volgograd=1.5) == "Wolgograd"
    assert picked("de", "Perm", "Permo", Perm=3.0) is None
    assert picked("de", "Istanbul", "IST", IST=6.0) is None
    assert picked("es", "Madrid", "Madrid, Comunidad de", kind=Kind.DIVISION, country="ES") == "Madrid"


def test_a_region_of_russia_is_called_as_in_russian():
    """Bulgarian, and the peoples' languages, write the same letters."""
    spellings = ("Воронеж област", "Воронежская Область", "Воронеж өлкәсе")
    assert picked("ru", "Voronezh Oblast", *spellings, kind=Kind.DIVISION) == "Воронежская область"


@pytest.mark.parametrize(
    "term",
    ["RU-MOW/moscow", "SA-02/makkah", "SY-RA/ar-raqqah", "CN-SN/xian", "IQ-BA/basrah", "TR-35/izmir", "US-TX/houston"],
)
def test_terms_of_before_are_accepted(term):
    """A label that was mended has not moved the place."""
    assert parse(f"region:{term}", vocabulary({}, {}, ensure_gazetteer()))


def test_a_name_instead_of_a_term_is_answered_with_both_terms():
    """Of the division and of the town."""
    with pytest.raises(FilterError, match=r"region:SY-ID \(Idlib\) or region:SY-ID/idlib \(Idlib\)"):
        parse("region:idlib", vocabulary({}, {}, ensure_gazetteer()))


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("ar", {"SY": "سوريا", "SY-ID": "إدلب", "SY-ID/idlib": "إدلب", "RU-KRS": "كورسك", "RU-MOW/moscow": "موسكو",
                "levant": "بلاد الشام", "SA-01/riyadh": "الرياض", "red-sea": "البحر الأحمر", "TR-34/istanbul": "إسطنبول"}),
        ("ar-EG", {"SY": "سوريا", "SY-ID": "إدلب"}),
        ("fa", {"SY": "سوریه", "IR-10": "اصفهان", "IR-23/tehran": "تهران", "RU-MOW/moscow": "مسکو"}),
        ("ru", {"SY": "Сирия", "RU-KRS": "Курская область", "RU-KRS/kursk": "Курск", "SY-ID": "Идлиб", "TR-35": "Измир"}),
        ("tr", {"SY": "Suriye", "SY-HL": "Halep", "TR-35": "İzmir", "TR-35/izmir": "İzmir", "RU-MOW/moscow": "Moskova"}),
        ("de", {"SY": "Syrien", "DE-BY": "Bayern", "AT-9/vienna": "Wien", "europe": "Europa"}),
        ("fr", {"SY": "Syrie", "FR-BRE": "Bretagne", "GB-ENG/london": "Londres", "EG-C/cairo": "Le Caire"}),
        ("es", {"SY": "Siria", "ES-CT": "Cataluña", "US-NY/new-york-city": "Nueva York"}),
        ("pt-BR", {"DE": "Alemanha"}),
    ],
)  # fmt: skip
def test_labels_in_the_languages_of_readers(language, labels):
    """Countries from CLDR, all others from the gazetteer."""
    local = LocalNames(ensure_gazetteer())
    assert {term: local(language, term) for term in labels} == labels


def test_what_is_not_known_in_a_language_has_no_label_there():
    """Whoever asks falls back on English."""
    local = LocalNames(ensure_gazetteer())
    assert local("ar", "US-TX/atlantis") is None
    assert local("pt-BR", "SY-ID") is None
    assert local == LocalNames(ensure_gazetteer())


@pytest.mark.parametrize("language", ["ar", "fa", "ru", "tr", "pt-BR", "zh-Hant", "en", "ckb"])
def test_languages_of_cldr(language):
    """Any of them may be asked for."""
    check_language(language)


@pytest.mark.parametrize(
    ("language", "meant"),
    [("arabic", 'is "ar" (Arabic) meant?'), ("xx", ""), ("ar_EG", ""), ("", ""), ("und", ""), ("arab", "")],
)
def test_what_is_no_language_is_told_with_what_to_do(language, meant):
    """A language written out is answered with its code."""
    with pytest.raises(ValueError, match="without this key labels are English") as told:
        check_language(language)
    assert meant in str(told.value)

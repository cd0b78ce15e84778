"""Places in eight languages: which, in what role, and the words they rest on."""

import pytest

from syndicator.models import Concept, Tag
from syndicator.tag import (
    ConceptTagger,
    OutletHistory,
    Prior,
    country_labels,
    detect,
)
from tests.regions import COLUMNS, cases, check_story, roles


@pytest.mark.parametrize(COLUMNS, cases("regions.tsv"))
def test_made_stories(tagger, language, title, text, about, within, actor, dateline):
    """Each of the table: who acts, where it is, where it was written; and nothing else."""
    check_story(tagger(title, text, language), about, within, actor, dateline)


@pytest.mark.xfail(strict=True, reason="one that passes belongs in regions.tsv")
@pytest.mark.parametrize(
    ("language", "title", "text", "about", "within", "actor", "dateline"), cases("regions_open.tsv")
)
def test_made_stories_that_are_still_wrong(tagger, language, title, text, about, within, actor, dateline):
    """What is known to be wrong is written down."""
    test_made_stories(tagger, language, title, text, about, within, actor, dateline)


def test_there_are_enough_cases_in_eight_languages():
    """The table covers what it says."""
    languages = [case.values[0] for case in cases("regions.tsv")]
    assert len(languages) >= 400
    assert set(languages) == {"en", "ar", "ru", "tr", "fa", "de", "fr", "es", "uk", "ku", "ckb", "he", "zh", "ja"}
    assert min(map(languages.count, ("en", "ar", "ru", "tr", "fa", "de", "fr", "es"))) >= 28


def test_every_tag_keeps_the_words_it_rests_on(tagger):
    """Evidence spans point into title and text, and the path leads from the country down."""
    title, text = "Calm in Saraqib", "The town lies in Idlib's east."
    tags = tagger(title, text)
    assert {tag.term for tag in tags} >= {"SY", "SY-ID", "SY-ID/saraqib"}
    for tag in tags:
        assert tag.evidence
        for evidence in tag.evidence:
            field = title if evidence.field == "title" else text
            assert field[evidence.start : evidence.end] == evidence.words
        assert tag.path[0] == "SY"
        assert tag.path[-1] == tag.term


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Idlib's markets reopen", "Idlib"),
        ("Marches à l'Élysée et combats près d'Idlib", "Idlib"),
        ("İdlib'deki pazarlar", "İdlib"),
        ("وبإدلب أسواق", "وبإدلب"),
        ("Рынки в Идлибе", "Идлибе"),
        ("Police in Charleston, W.Va., say", "W.Va."),
    ],
)
def test_spans_hold_the_name_and_nothing_else(tagger, text, words):
    """No possessive, no elided article, no case ending; an abbreviation keeps its full stop."""
    found = tagger.locate("", text, detect("", text)).places
    assert words in [text[each.span.at : each.span.to] for each in found]


def test_the_story_and_the_outlet_choose_among_namesakes(tagger):
    """Springfield is where its neighbours are; a paper's Springfield is in its own country."""
    by_neighbours = tagger("", "Police in Springfield said the suspect fled to Eugene and Portland, Oregon.")
    assert "US-OR/springfield" in {tag.term for tag in by_neighbours}
    at_home = Prior(country=tagger.gazetteer.country("US"))
    assert "US" in roles(tagger("New stadium opens in Birmingham", "", prior=at_home))["about"]
    assert "GB" in roles(tagger("New stadium opens in Birmingham", ""))["about"]


def test_earlier_stories_of_an_outlet_tell_without_locking_it_in(tagger):
    """What an outlet wrote of before moves a namesake, but not what the story itself says."""
    gazetteer = tagger.gazetteer
    ohio = gazetteer.find("US-OH/dublin")
    prior = Prior(shares={ohio.country: 0.5, ohio.parent: 0.5, ohio.number: 0.3})
    assert "US-OH/dublin" in {tag.term for tag in tagger("Dublin council meets", "", "en", prior)}
    abroad = tagger("Dublin: Ireland's government falls", "Talks in Cork and Galway go on.", "en", prior)
    assert "US-OH/dublin" not in {tag.term for tag in abroad}


def test_a_score_says_how_sure_it_is(tagger):
    """A country after "in" is surer than a town that may be a surname."""
    (sure,) = (tag for tag in tagger("Calm in Syria", "") if tag.term == "SY")
    assert sure.score > 0.9
    for tag in tagger("Jackson said he would return", ""):
        assert tag.score < 0.6


@pytest.mark.parametrize(
    ("title", "expected", "language"),
    [
        ("هدنة في إدلب بعد اتفاق", ("en",), "ar"),
        ("توافق روسیه و ترکیه در ادلب", ("ar",), "fa"),
        ("Перемирие в Идлибе соблюдается", (), "ru"),
        ("İdlib'de ateşkes için anlaştılar", (), "tr"),
        ("Waffenruhe in Idlib", ("de",), "de"),
        ("US", ("fr",), "fr"),
        ("停火协议", (), "zh"),
        ("123", (), "und"),
        ("Alto el fuego en Idlib tras el acuerdo de las partes", ("de",), "es"),
    ],
)
def test_language_by_words_script_and_outlet(tagger, title, expected, language):
    """The outlet's language wins unless the words plainly are of another; a script rules languages out."""
    assert detect(title, "", expected) == language
    assert detect(title, "", expected, tagger.gazetteer.marker_words) == language


SPOKEN = {
    "en": "The council said that they would not open the road before it had been cleared.",
    "de": "Der Rat sagte, dass die Straße nicht geöffnet wird, bevor sie geräumt ist.",
    "fr": "Le conseil a dit que la route ne sera pas ouverte avant qu'elle soit dégagée, mais sans doute demain.",
    "es": "El consejo dijo que la carretera no se abrirá hasta que esté despejada, pero también que será mañana.",
    "tr": "Konsey, yolun temizlenmeden önce açılmayacağını ancak bunun için çok çalıştıklarını söyledi.",
    "ar": "قال المجلس إن الطريق لن يفتح قبل أن يتم تنظيفه على الرغم من أن ذلك قد تأخر في هذا الأسبوع.",
    "fa": "شورا گفت که این جاده تا زمانی که پاک نشود باز نخواهد شد، اما برای آن کار می کنند.",
    "ru": "Совет сказал, что дорогу не откроют, пока её не расчистят, но это будет уже завтра.",
    "uk": "Рада сказала, що дорогу не відкриють, поки її не розчистять, але це буде вже завтра.",
    "pt": "O conselho disse que a estrada não será aberta até que esteja limpa, mas também que será amanhã.",
    "nl": "De raad zei dat de weg niet open gaat voordat hij is vrijgemaakt, maar ook dat het morgen wordt.",
}


@pytest.mark.parametrize("spoken", SPOKEN)
@pytest.mark.parametrize("outlet", SPOKEN)
def test_what_the_words_tell_is_what_they_are_in(tagger, spoken, outlet):
    """Whatever the outlet's own language is, a story in another is known as that."""
    assert detect("", SPOKEN[spoken], (outlet,), tagger.gazetteer.marker_words) == spoken


def test_no_word_tells_for_two_languages(tagger):
    """Telltales are small letters, of one language each, and there are some for all that we tag in."""
    marker_words = tagger.gazetteer.marker_words
    assert {"en", "de", "fr", "es", "tr", "ar", "fa", "ru"} <= set(marker_words.values())
    assert marker_words["что"] == "ru"
    assert marker_words["از"] == "fa"
    assert all(word == word.lower() for word in marker_words)


@pytest.mark.parametrize(
    "text", ["ªa ªb ªc ªd", "ßa ﬁre in ﬂanders syria", "ⅰ ⅱ ⅲ ⅳ idlib", "a b c d e", "ŉa ŉb ŉc syria"]
)
def test_small_letters_that_have_no_capital_do_no_harm(tagger, text):
    """Some letters have none, or become two."""
    for tag in tagger(text, text):
        assert all(each.words.lower() in text for each in tag.evidence)


def test_terms_are_found_again(tagger):
    """What a tag is called is what a filter finds, whatever its case; towns, too."""
    gazetteer = tagger.gazetteer
    for term in ("SY", "SY-ID", "SY-ID/khan-sheikhoun", "US-TX/houston", "levant", "red-sea", "UA/crimea"):
        place = gazetteer.find(term.lower())
        assert place is not None
        assert gazetteer.region(place).term == term
    assert gazetteer.find("US-TX/atlantis") is None
    assert {"SY", "LB", "JO"} <= set(gazetteer.groups["levant"])
    assert {"SY", "PS", "XK", "TW", "US"} <= set(country_labels())
    assert "EU" not in country_labels()


def test_concepts_in_five_languages():
    """Whole words, phrases and beginnings, each with its evidence."""
    tagger = ConceptTagger(
        [Concept(id="c", label="C", terms=("ceasefire*", "وقف إطلاق النار", "перемири*", "ateşkes*", "آتش‌بس"))]
    )
    for title in ("Ceasefires", "اتفاق وقف اطلاق النار", "О перемирии", "ATEŞKESİN", "آتش بس"):
        (tag,) = tagger(title, "")
        assert tag.evidence
    assert tagger("Fire ceases", "") == ()


def test_an_outlet_is_known_by_its_clear_stories(tagger):
    """Only what was about a place beyond doubt counts, no share outgrows a half, a single story says nothing."""
    earlier = OutletHistory(tagger.gazetteer.number_of)
    town = tagger.gazetteer.find("US-OH/springfield")
    sure, unsure = (
        Tag(scheme="region", term="US-OH/springfield", label="", path=("US", "US-OH", "US-OH/springfield"), evidence=(),
            role="about", score=score)
        for score in (0.97, 0.6)
    )  # fmt: skip
    earlier.learn("one", [(sure,)])
    assert earlier.shares("one") == {}
    earlier.learn("one", [(sure,)] * 20)
    assert earlier.shares("one")[town.number] == 0.5
    earlier.learn("two", [(unsure,)] * 20)
    assert earlier.shares("two") == {}
    prior = Prior(shares=earlier.shares("one"))
    assert "US-OH/springfield" in {tag.term for tag in tagger("Springfield council meets", "", "en", prior)}
    far = tagger("Springfield, Missouri, counts its dead", "", "en", prior)
    assert "US-MO/springfield" in {tag.term for tag in far}

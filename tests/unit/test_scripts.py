"""Places in six more languages, in texts without spaces, and at waters and mountains in their cases."""

import pytest
from babel import Locale

from syndicator.tag import country_labels, detect, tables
from syndicator.tag.coverage import Coverage, coverage
from syndicator.tag.inflect import russian_cases
from syndicator.tag.inflect_more import german_cases, hebrew_demonyms, sorani_cases, ukrainian_cases
from syndicator.tag.signs import country_signs
from syndicator.tag.unspaced import SignWords
from syndicator.text import fold
from tests.regions import COLUMNS, cases, check_story

_LOCALES = {"uk": ("uk",), "ku": ("ku",), "ckb": ("ckb",), "he": ("he",), "zh": ("zh_Hans", "zh_Hant"), "ja": ("ja",)}
_SENTENCES = {
    "uk": "Сьогодні {} приймає гостей", "ku": "Nûçe: {} îro di rojnameyan de ye",
    "ckb": "هەواڵی ئەمڕۆ لە {} بڵاوکرایەوە", "he": "חדשות היום מ{} פורסמו", "zh": "今天{}发生爆炸",
    "ja": "きょう{}で爆発があった",
}  # fmt: skip
_LEAST_FOUND = 0.98


@pytest.mark.parametrize(COLUMNS, cases("scripts.tsv"))
def test_made_stories(tagger, language, title, text, about, within, actor, dateline):
    """Each of the table: who acts, where it is, where it was written; and nothing else."""
    check_story(tagger(title, text, language), about, within, actor, dateline)


@pytest.mark.parametrize("case", [case.values for case in cases("scripts.tsv")], ids=str)
def test_the_language_of_a_made_story_is_detected(case):
    """A title is enough."""
    language, title, text, *_ = case
    assert language not in _LOCALES or detect(title, text) == language


def test_there_are_enough_cases_in_six_languages():
    """The table covers what it says, and has titles that name no place."""
    known = [case.values for case in cases("scripts.tsv")]
    for language in _LOCALES:
        mine = [values for values in known if values[0] == language]
        assert len(mine) >= 15
        assert sum(not "".join(values[3:]) for values in mine) >= 3


def _found(tagger, name, language):
    text = _SENTENCES[language].format(name)
    start = text.index(name)
    return [
        each.sense.place
        for each in tagger.locate("", text, language).places
        if each.span.at <= start + 1 and each.span.to >= start + len(name) - 1
    ]


@pytest.mark.parametrize("language", _LOCALES)
def test_countries_are_found_in_their_languages(tagger, language):
    """Hardly any sovereign country is missed in a simple sentence by the name that CLDR gives it."""
    codes = {row["code"] for row in tables.rows("capitals.tsv")} & country_labels().keys()
    total, missed = 0, []
    for locale in _LOCALES[language]:
        for code in sorted(codes):
            name = Locale.parse(locale).territories[code]
            if "(" in name or "（" in name or " - " in name or " – " in name or "," in name:
                continue  # no name that a text would have
            total += 1
            country = tagger.gazetteer.country(code)
            if not any(place.country == country for place in _found(tagger, name, language)):
                missed.append(name)
    assert total >= 170
    assert len(missed) <= (1 - _LEAST_FOUND) * total, missed


@pytest.mark.parametrize("language", _LOCALES)
def test_capitals_and_news_places_are_found_in_their_languages(tagger, language):
    """Hardly any name of the table is missed in a simple sentence, or put into another country."""
    gazetteer, total, missed = tagger.gazetteer, 0, []
    for row in tables.rows("names.tsv"):
        place = gazetteer.find(row["code"])
        for name in tables.cell(row, language):
            if name.endswith("*"):
                continue
            total += 1
            found = _found(tagger, name, language)
            if not any(each.number == place.number or each.country == place.country for each in found):
                missed.append(name)
    assert total >= 400
    assert len(missed) <= (1 - _LEAST_FOUND) * total, missed


@pytest.mark.parametrize(
    ("title", "expected", "language"),
    [
        ("Бої під Покровськом", (), "uk"),
        ("Київ", ("ru",), "uk"),
        ("Бои под Покровском, объявлена тревога", (), "ru"),
        ("شەڕ لە سووریا", ("ar",), "ckb"),
        ("جنگ در سوریه به پایان رسید", (), "fa"),
        ("Şer li Xezeyê nesekinî", ("tr",), "ku"),
        ("Savaş Gazze'de sürüyor, ateşkes görüşmeleri durdu", ("tr",), "tr"),
        ("La même chose pour tous: une fête réussie", (), "fr"),
        ("רעידת אדמה בטורקיה", (), "he"),
        ("以色列空袭黎巴嫩南部", (), "zh"),
        ("烏克蘭稱擊中敖德薩", (), "zh"),
        ("米中首脳会談へ", (), "ja"),
        ("東京株式市場", ("ja",), "ja"),
        ("トルコで地震", ("en",), "ja"),
    ],
)
def test_letters_tell_languages_of_one_script_apart(title, expected, language):
    """What only one language writes decides, in short titles and whatever the outlet's language is."""
    assert detect(title, "", expected) == language


def test_what_is_known_of_a_language():
    """Rules for some, names for those of CLDR, nothing for what is written without spaces and for no language."""
    assert {coverage(language) for language in tables.LANGUAGES} == {Coverage.RULES}
    assert coverage("zh-Hant") is Coverage.RULES
    assert coverage("sv") is Coverage.NAMES
    assert coverage("th") is coverage("und") is coverage("tlh") is Coverage.NOTHING


@pytest.mark.parametrize(
    ("cases", "name", "form"),
    [
        (ukrainian_cases, "Київ", "Києва"),
        (ukrainian_cases, "Харків", "Харкові"),
        (ukrainian_cases, "Тернопіль", "Тернополя"),
        (ukrainian_cases, "Прага", "Празі"),
        (ukrainian_cases, "Запоріжжя", "Запоріжжі"),
        (ukrainian_cases, "Чорне море", "Чорному морі"),
        (ukrainian_cases, "Кривий Ріг", "Кривому Розі"),
        (ukrainian_cases, "озеро Чад", "озері Чад"),
        (ukrainian_cases, "Сполучені Штати", "Сполучених Штатів"),
        (russian_cases, "Черное море", "Черном море"),
        (russian_cases, "Черное море", "Черного моря"),
        (russian_cases, "озеро Ван", "озером Ван"),
        (russian_cases, "Гималаи", "Гималаях"),
        (german_cases, "Schwarzes Meer", "Schwarzen Meeres"),
        (german_cases, "Genfer See", "Genfer See"),
        (sorani_cases, "هەولێر", "هەولێردا"),
        (hebrew_demonyms, "סורי", "סורים"),
    ],
)
def test_names_are_inflected_by_rules(cases, name, form):
    """Cases change vowels, consonants and adjectives with the noun."""
    assert form.lower() in {each.lower() for each in cases(name)}


def test_sorani_names_that_persian_shares_make_no_surnames():
    """شیراز is a town in both languages, شیرازی a person in one."""
    assert "شیرازی" not in set(sorani_cases("شیراز"))


def test_voiced_kana_are_letters_of_their_own():
    """Paris is not Bali."""
    assert len({fold("パリ"), fold("バリ"), fold("ハリ")}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "中國's 2024年G20、「北京」",
        "a普's東京x",
        "日本ǅ々〆ヶ",
        "１２月のＮＡＴＯ会議",
        "·中・国·",
        "　",
        "ｶﾞｻﾞで",
        "㍍先の東京",
    ],
)
def test_texts_without_spaces_keep_every_character(tagger, text):
    """Each sign is a word, no word is empty, and evidence points to what is written."""
    words = SignWords(text)
    assert all(words.words)
    assert [text[slice(*words.span(at, at + 1))] for at in range(len(words.words))] == words.words
    for language in ("zh", "ja"):
        for tag in tagger(text, text, language):
            assert all(each.words in text for each in tag.evidence)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("中美关系", "中美"),
        ("驻韩美军", "韩美"),
        ("访美", "美"),
        ("以军事手段", ""),
        ("对违法企业", ""),
        ("完美", ""),
        ("露軍が攻撃", "露"),
        ("日米首脳会談", "日米"),
        ("新米の季節に", ""),
    ],
)
def test_single_signs_count_beside_certain_words_only(text, signs):
    """美 is the United States in 美军, and beauty elsewhere."""
    assert {text[at] for at in country_signs(text)} == set(signs)


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("丹尼斯·罗德曼来访", "zh"),
        ("利兹·切尼发表讲话", "zh"),
        ("孙中山的故事", "zh"),
        ("马赛克艺术展", "zh"),
        ("バリトンの歌声", "ja"),
        ("長野さんが受賞", "ja"),
        ("トルコ石の指輪", "ja"),
        ("שרון לוי זכתה בפרס", "he"),
    ],
)
def test_persons_and_words_that_hold_a_name_are_no_places(tagger, title, language):
    """A name inside a longer name is none."""
    assert tagger(title, "", language) == ()

"""Phrases in texts of any script: in any form, as they are written, or as beginnings."""

import pytest

from syndicator.lexicon import Lexicon, Match, nearest_spans
from syndicator.text import Words, tokens_of


def spans(text, phrase, match=Match.EXACT, language="en"):
    lexicon = Lexicon()
    numbers = lexicon.numbers(tokens_of(phrase), match)
    read = lexicon.read(Words(text), language)
    return [read.words.span(*span) for span in read.find(numbers)]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("A cease-fire in Idlib", "ceasefire"),
        ("A cease-fire in Idlib", "cease fire"),
        ("توافق آتش‌بس در ادلب", "آتش‌بس"),
        ("توافق آتش بس در ادلب", "آتش‌بس"),
        ("اتفاق على وقف إطلاق النار في إدلب", "وقف اطلاق النار"),
        ("О прекращении огня", "прекращении огня"),
    ],
)
def test_a_phrase_is_found_however_it_is_joined(text, phrase):
    """Hyphens and zero-width non-joiners read as a space and as nothing."""
    assert spans(text, phrase)


def test_spans_point_into_the_original_text():
    """The offsets of a find count characters of the text as it was given."""
    text = "В Идлибе — перемирие"
    ((start, end),) = spans(text, "перемири", Match.PREFIX)
    assert text[start:end] == "перемирие"


def test_a_word_inside_a_word_is_not_found():
    """Whole words only."""
    assert not spans("Romania", "Oman")


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("en", "Ceasefires agreed", "ceasefire"),
        ("en", "The ceasefire's terms", "ceasefires"),
        ("en-GB", "They bombed it", "bombing"),
        ("ru", "Сообщили о перемирии", "перемирие"),
        ("ru", "Обмен пленными", "пленные"),
        ("fr", "Des frappes aériennes", "frappe"),
        ("de", "In den Krankenhäusern", "Krankenhaus"),
        ("de", "Die Häuser brennen", "Haus"),
        ("es", "Los hospitales de Alepo", "hospital"),
        ("ar", "وبالهدنة التي", "هدنة"),
        ("ar", "الهدنة في إدلب", "هدنة"),
        ("ar", "وحرب أخرى", "حرب"),
        ("ar", "استعدادا لحرب طويلة", "حرب"),
        ("ar", "ملتزمة بوقف القتال", "وقف"),
        ("ar", "فقصف المدينة", "قصف"),
        ("ar", "كقمة أخرى", "قمة"),
        ("ar", "وبحر العرب", "بحر"),
        ("fa", "بیمارستان‌های ادلب", "بیمارستان"),
        ("fa", "بیمارستانهای ادلب", "بیمارستان"),
        ("he", "והחטופים בעזה", "חטופים"),
        ("he", "בעסקה חדשה", "עסקה"),
        ("tr", "Ateşkes'in ardından", "ateşkes"),
        ("zh", "双方达成停火协议", "停火协议"),
        ("ja", "ガザで停戦合意", "停戦"),
        ("th", "มีการหยุดยิงในกาซา", "หยุดยิง"),
    ],
)
def test_a_word_is_found_in_its_forms(language, text, word):
    """By the endings of the story's language, Arabic and Hebrew prefixes, Turkish suffixes behind an apostrophe."""
    assert spans(text, word, Match.FORMS, language)


@pytest.mark.parametrize(
    ("language", "text", "word", "match"),
    [
        ("en", "Ceasefires agreed", "ceasefire", Match.EXACT),
        ("ru", "О перемирии", "перемирие", Match.EXACT),
        ("de", "Ceasefires", "ceasefire", Match.EXACT),
        ("und", "Сообщили о перемирии", "перемирие", Match.FORMS),
        ("ar", "حلبة السباق", "حلب", Match.FORMS),
        ("ar", "ورقة بيضاء", "رقة", Match.FORMS),
        ("tr", "ateşkesin", "ateşkes", Match.FORMS),
        ("en", "A market", "marketing plan", Match.FORMS),
    ],
)
def test_other_words_are_not(language, text, word, match):
    """Forms are those of the story's own language, and quoted words have none."""
    assert not spans(text, word, match, language)


@pytest.mark.parametrize(
    "word",
    "ولد بلد كلب فرق لعب بحر وقت كتب وزن ورد فجر بيت لحم لون فرد بنك كرة وفد وطن فيل ورقة فرقة برقة وحدة لجنة فكرة بعيد كبار"
    " فنان فدية كلام وسام بحار كامل كانت فاسد كامن واحد وصفة وجهة وجود كسوف كابل بارز لاحق".split(),
)
def test_an_arabic_word_is_not_found_by_the_rest_behind_its_own_first_letter(word):
    """Of three letters nothing is taken off; of four, where the rest is another word: paper is not Raqqa."""
    for text in (word, f"ال{word}"):
        assert spans(text, word, Match.FORMS, "ar")
        assert not spans(text, word[1:], Match.FORMS, "ar")


def test_a_letter_before_three_is_taken_off_arabic_words_for_their_forms_only():
    """Not for quoted words, not for beginnings, and not in Persian, where و is a word of its own."""
    assert not spans("وحرب أخرى", "حرب", Match.EXACT, "ar")
    assert not spans("وحرب أخرى", "حرب", Match.PREFIX, "ar")
    assert not spans("وحرب", "حرب", Match.FORMS, "fa")


def test_a_form_is_one_of_the_storys_language():
    """Снижения is a form in Russian; the same letters mean nothing to English."""
    assert spans("о перемирии", "перемирие", Match.FORMS, "ru")
    assert not spans("о перемирии", "перемирие", Match.FORMS, "en")


def test_the_last_word_of_a_beginning_begins():
    """The others are whole."""
    assert spans("cessation of hostilities", "cessation of hostilit", Match.PREFIX)
    assert not spans("cessations of hostilities", "cessation of hostilit", Match.PREFIX)


def near(text, *arguments, within):
    lexicon = Lexicon()
    numbers = [[lexicon.numbers(tokens_of(each), Match.EXACT) for each in choices] for choices in arguments]
    return bool(lexicon.read(Words(text), "en").nearest(numbers, within))


@pytest.mark.parametrize(
    ("text", "within", "is_near"),
    [
        ("exchange of prisoners", 1, True),
        ("exchange of prisoners", 0, False),
        ("prisoners of the exchange", 2, True),
        ("prisoners of the exchange", 1, False),
        ("prisoners exchange", 0, True),
        ("prisoners prisoners far away from any exchange", 4, True),
        ("prisoners of war, swap", 0, True),
        ("prisoners in war, swap", 1, False),
        ("prisoners", 9, False),
    ],
)
def test_words_near_each_other(text, within, is_near):
    """In any order, with at most so many other words between."""
    arguments = (("prisoners", "prisoners of war"), ("exchange", "swap"))
    assert near(text, *arguments, within=within) is is_near


def test_no_word_counts_twice():
    """A word that two arguments may mean stands for one of them."""
    assert not near("talks", ("talks",), ("talks",), within=5)
    assert near("talks on talks", ("talks",), ("talks",), within=1)


def test_three_words_share_the_words_between():
    """The limit is for all gaps together."""
    assert near("a x b x c", ("a",), ("b",), ("c",), within=2)
    assert not near("a x b x c", ("a",), ("b",), ("c",), within=1)


def test_thousands_of_words_near_each_other_take_no_longer_than_they_are_many():
    """Five arguments, each everywhere, and one that is missing where it would be near."""
    spans_ = [[(place, place + 1) for place in range(0, 4000, 5)] for _ in range(4)]
    assert not nearest_spans([*spans_, [(99_999, 100_000)]], 100)


def test_a_lexicon_may_grow_between_texts():
    """Words that come later are found in later texts, under numbers of their own."""
    lexicon = Lexicon()
    first = lexicon.number("truce")
    assert lexicon.read(Words("truce aid"), "en").numbers == {first}
    second = lexicon.number("aid")
    assert lexicon.read(Words("truce aid"), "en").numbers == {first, second}
    assert lexicon.number("TRUCE") == first

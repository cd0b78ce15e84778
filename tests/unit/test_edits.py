"""What an edit of a headline touches: numbers, negation and names come before other words, in eight languages."""

from datetime import timedelta

import pytest

from syndicator.watch.edits import Flip, Touch, flip_of, gravest
from tests.conftest import NOW

HOUR = timedelta(hours=1)
NUMBERS = [
    ("en", "12 dead in a strike on Idlib", "21 dead in a strike on Idlib", "12 dead", "21 dead"),
    ("ar", "مقتل ١٢ مدنيا في قصف على إدلب", "مقتل ٢١ مدنيا في قصف على إدلب", "١٢ مدنيا", "٢١ مدنيا"),
    ("fa", "زلزله در خوی: ۵ نفر زخمی شدند", "زلزله در خوی: ۱۵ نفر زخمی شدند", "۵ نفر", "۱۵ نفر"),
    ("ru", "В Грозном открыли 3 школы", "В Грозном открыли 8 школ", "3 школы", "8 школ"),
    ("tr", "Van'da 40 köy yolu kapandı", "Van'da 140 köy yolu kapandı", "40 köy", "140 köy"),
]
NEGATIONS = [
    ("en", "The minister will resign", "The minister will not resign", "resign", "not resign"),
    ("en", "Turkey can reopen the border", "Turkey can't reopen the border", "can reopen", "can't reopen"),
    ("ar", "الحكومة تعلن فتح المعبر", "الحكومة لم تعلن فتح المعبر", "تعلن", "لم تعلن"),
    ("fa", "وزیر استعفا می‌دهد", "وزیر استعفا نمی‌دهد", "استعفا می‌دهد", "استعفا نمی‌دهد"),
    (
        "ru",
        "Минобороны подтвердило удар по Алеппо",
        "Минобороны не подтвердило удар по Алеппо",
        "подтвердило",
        "не подтвердило",
    ),
    (
        "tr",
        "Türkiye sınır kapısını kapattı",
        "Türkiye sınır kapısını kapatmadı",
        "kapısını kapattı",
        "kapısını kapatmadı",
    ),
    ("fr", "Le ministre viendra à Damas", "Le ministre ne viendra pas à Damas", "viendra", "ne viendra"),
    ("de", "Der Minister kommt heute", "Der Minister kommt heute nicht", "heute", "heute nicht"),
    ("es", "El ministro viajará a Alepo", "El ministro no viajará a Alepo", "viajará", "no viajará"),
]


@pytest.mark.parametrize(("language", "before", "after", "old", "new"), NUMBERS)
def test_a_number_is_named_with_the_word_that_it_counts(language, before, after, old, new):
    """In the digits of any script."""
    swap = gravest(before, after, language)
    assert (swap.touch, swap.old, swap.new) == (Touch.NUMBER, old, new)


@pytest.mark.parametrize(("language", "before", "after", "old", "new"), NEGATIONS)
def test_a_negation_is_named_with_what_it_negates(language, before, after, old, new):
    """As a word, or as a part of the verb."""
    swap = gravest(before, after, language)
    assert (swap.touch, swap.old, swap.new) == (Touch.NEGATION, old, new)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("tr", "Bayram programı açıklandı", "Ramazan programı açıklandı"),
        ("tr", "Cuma töreni kılındı", "Cuma namazı kılındı"),
        ("tr", "Cuma namazları kılındı", "Cuma hutbeleri okundu"),
        ("tr", "Mekke otobüsü devrildi", "Medine otobüsü devrildi"),
        ("tr", "Bakan Kaya Şam'a gitti", "Bakan Yılmaz Şam'a gitti"),
        ("tr", "Van'da yeni film gösterildi", "Van'da yeni komedi gösterildi"),
        ("fa", "زلزله در اردبیل", "زلزله در نمین"),
        ("pt", "Explosão em Beirute", "Explosão no Líbano"),
        ("it", "Terremoto a Van", "Terremoto non lontano da Van"),
    ],
)
def test_what_looks_like_a_negation_is_none(language, before, after):
    """A noun or a name with the same letters, and words of a language of which none are known."""
    assert gravest(before, after, language).touch is Touch.WORDS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Köprü açıldı", "Köprü açılmadı"),
        ("Köprü açılacak", "Köprü açılmayacak"),
        ("Köprünün açılacağı duyuruldu", "Köprünün açılmayacağı duyuruldu"),
        ("Köprü açılır", "Köprü açılamaz"),
        ("Köprü açılmış", "Köprü açılmamış"),
        ("Köprünün açıldığı duyuruldu", "Köprünün açılmadığı duyuruldu"),
        ("Yollar açıldılar", "Yollar açılmadılar"),
        ("İşçiler gelirler", "İşçiler gelmezler"),
    ],
)
def test_a_turkish_verb_says_no_at_its_end(before, after):
    assert gravest(before, after, "tr").touch is Touch.NEGATION


def test_the_same_number_in_other_digits_is_no_change_of_a_number():
    swap = gravest("مقتل 12 مدنيا", "مقتل ١٢ مدنيا", "ar")
    assert swap is None or swap.touch is not Touch.NUMBER


def test_a_place_that_came_in_is_a_name():
    """Of what the story's tags name, in scripts without capitals too."""
    swap = gravest("انفجار في شمال سوريا", "انفجار في إدلب", "ar", ["إدلب"])
    assert swap.touch is Touch.NAME
    assert gravest("Взрыв на севере", "Взрыв на юге", "ru", ["Идлибе"]).touch is Touch.WORDS


def test_the_gravest_of_several_changes_is_named():
    swap = gravest("Bakers of Aleppo ask: 3 closed", "Bakers in Aleppo ask: 30 closed", "en")
    assert (swap.touch, swap.old, swap.new) == (Touch.NUMBER, "3 closed", "30 closed")


@pytest.mark.parametrize(
    ("earlier", "flip"),
    [
        ([], Flip.NOT),
        ([(NOW - HOUR, "new")], Flip.BACK),
        ([(NOW - 30 * HOUR, "new")], Flip.NOT),
        ([(NOW - 2 * HOUR, "new"), (NOW - HOUR, "old")], Flip.AGAIN),
        ([(NOW - 2 * HOUR, "third"), (NOW - HOUR, "new")], Flip.BACK),
        ([(NOW - HOUR, "third")], Flip.NOT),
    ],
)
def test_what_goes_back_within_a_day_is_said_once(earlier, flip):
    """And not again when it goes on to and fro."""
    assert flip_of(NOW, "old", "new", earlier) is flip

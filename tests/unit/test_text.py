"""Words of any script, made comparable."""

import pytest

from syndicator.text import Words, fold, forms, phrase_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İdlib", "idlib"),
        ("IDLIB", "ıdlıb"),
        ("Ateşkes", "ateskes"),
        ("إدلب", "ادلب"),
        ("هُدنة", "هدنه"),
        ("سوریه", "سوريه"),
        ("ترکیه", "تركيه"),
        ("١٥", "15"),
        ("۱۵", "15"),
        ("ещё", "еще"),
        ("Café", "cafe"),
        ("Straße", "strasse"),
    ],
)
def test_spellings_that_newspapers_mix_fold_alike(one, other):
    """Case, accents, alef, yeh, kaf, harakat, digits and yo do not tell words apart."""
    assert fold(one) == fold(other)


def test_short_i_stays_a_letter():
    """й is not an accented и."""
    assert fold("мой") != fold("мои")


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("Idlib's", "idlib"),
        ("İdlib'de", "idlib"),
        ("Suriye’nin", "suriye"),
        ("l'armée", "armee"),
        ("Sana'a", "sanaa"),
        ("والهدنة", "هدنه"),
        ("بالقاهرة", "قاهره"),
        ("U.S.", "u.s"),
    ],
)
def test_forms_hold_the_word_without_what_clings_to_it(word, form):
    """Possessives, Turkish endings after an apostrophe, articles and Arabic clitics are cut."""
    assert form in forms(word)


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
    assert list(Words(text).find(phrase_of(phrase)))


def test_spans_point_into_the_original_text():
    """The offsets of a find count characters of the text as it was given."""
    text = "В Идлибе — перемирие"
    ((start, end),) = Words(text).find(phrase_of("перемири"), is_prefix=True)
    assert text[start:end] == "перемирие"


def test_a_word_inside_a_word_is_not_found():
    """Whole words only."""
    assert not list(Words("Romania").find(phrase_of("Oman")))

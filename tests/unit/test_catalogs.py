"""The translations of readers' pages: whole, in all plural forms, with the same variables, and nothing else."""

import re

import pytest

from syndicator.web.reader_pages import LANGUAGES, language_of
from tests.messages import FOLDER, catalog_of, found, updated

OTHERS = LANGUAGES[1:]
_VARIABLE = re.compile(r"%\((\w+)\)s")
_LETTER = re.compile("[A-Za-z]")
_ISOLATES = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What a language may leave out where the word itself says how many: "يومان" are two days.
_NUMBER = {"num"}


def messages(code):
    return [each for each in catalog_of(code) if each.id]


def forms(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def variables(text):
    return set(_VARIABLE.findall(text))


def test_pages_have_messages():
    """Those of templates, and those of dates; each with named variables alone."""
    every = [text for message, _ in found() for text in (message if isinstance(message, tuple) else (message,))]
    assert {"Feeds", "%(minutes)s min later", "%(num)s copies"} < set(every)
    for text in every:
        assert not re.search(r"%(?!\(\w+\)s)", text), text


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalog_has_each_message_and_no_other(code):
    """As ``make messages`` leaves it."""
    assert (FOLDER / f"{code}.po").read_bytes() == updated(code), "make messages"


@pytest.mark.parametrize("code", OTHERS)
def test_all_is_translated_in_all_plural_forms(code):
    """None of them is English."""
    count = catalog_of(code).num_plurals
    for message in messages(code):
        assert all(forms(message)), message.id
        assert len(forms(message)) == (count if message.pluralizable else 1), message.id
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        has_words = any(map(_LETTER.search, (_VARIABLE.sub("", each) for each in english)))
        assert not has_words or not set(forms(message)) & set(english), message.id


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_same_variables(code):
    """But for the number, where a form has it in the word."""
    for message in messages(code):
        english = variables(message.id[1] if isinstance(message.id, tuple) else message.id)
        for text in forms(message):
            left_out = _NUMBER if message.pluralizable else set()
            assert english - left_out <= variables(text) <= english, (message.id, text)
        if message.pluralizable:
            assert variables(forms(message)[-1]) == english, message.id
        assert not re.search(r"%(?!\(\w+\)s)", "".join(forms(message))), message.id


@pytest.mark.parametrize("code", OTHERS)
def test_translations_are_plain_text(code):
    """No markup, no signs that turn text round, no spaces at the ends, and a full stop where English has one."""
    ends = (".", ":", "؟", "!")
    for message in messages(code):
        english = message.id[0] if isinstance(message.id, tuple) else message.id
        for text in forms(message):
            assert text == text.strip()
            assert not re.search("[<>]", text), text
            assert not _ISOLATES.search(text), text
            assert english.endswith(".") == text.endswith(".") or text.endswith(ends), (english, text)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ["1 copy", "2 copies", "5 copies", "11 copies", "21 copies", "103 copies"]),
        ("ar", ["نسخة واحدة", "نسختان", "5 نسخ", "11 نسخة", "21 نسخة", "103 نسخ"]),
        ("fa", ["1 بازنشر", "2 بازنشر", "5 بازنشر", "11 بازنشر", "21 بازنشر", "103 بازنشر"]),
        (
            "ru",
            ["1 перепечатка", "2 перепечатки", "5 перепечаток", "11 перепечаток", "21 перепечатка", "103 перепечатки"],
        ),
        ("tr", ["1 kopya", "2 kopya", "5 kopya", "11 kopya", "21 kopya", "103 kopya"]),
    ],
)
def test_numbers_take_the_right_form(code, expected):
    """By each language's own rule."""
    say = language_of(code).messages.ngettext
    said = [say("%(num)s copy", "%(num)s copies", n) % {"num": n} for n in (1, 2, 5, 11, 21, 103)]
    assert said == expected


def test_arabic_tells_hundreds_from_tens():
    """ "100 يوم" and "11 يومًا"."""
    say = language_of("ar").messages.ngettext
    assert [say("%(num)s day", "%(num)s days", n) % {"num": n} for n in (3, 11, 100, 365)] == [
        "3 أيام",
        "11 يومًا",
        "100 يوم",
        "365 يومًا",
    ]

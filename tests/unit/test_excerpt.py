"""Excerpts: about fifty words, in any script, well-formed."""

import pytest

from syndicator.markup import safe_html, words_of_safe
from syndicator.publish.excerpt import excerpt
from tests.validity.hostile import hostile_stories
from tests.validity.values import html_faults

SENTENCES = {
    "ar": "أعلنت الأمم المتحدة أن قافلة من عشرين شاحنة دخلت إدلب صباح اليوم.",
    "fa": "سازمان ملل اعلام کرد که کاروانی از بیست کامیون امروز صبح وارد ادلب شد.",
    "ru": "Организация Объединённых Наций сообщила, что утром в Идлиб вошла колонна из двадцати грузовиков.",
    "tr": "Birleşmiş Milletler, yirmi kamyonluk bir konvoyun bu sabah İdlib'e girdiğini açıkladı.",
    "hi": "संयुक्त राष्ट्र ने कहा कि बीस ट्रकों का एक काफिला आज सुबह इदलिब पहुंचा।",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_an_excerpt_ends_where_a_sentence_does(language):
    """The one that ends nearest to fifty words; nothing shows that there is more, for nothing is cut."""
    sentence = SENTENCES[language]
    found = excerpt(f"<p>{' '.join([sentence] * 20)}</p>")
    assert found.startswith("<p>")
    assert found.endswith(f"{sentence}</p>")
    assert 33 <= len(words_of_safe(found).split()) <= 67


def test_a_text_without_sentences_ends_with_a_word_and_an_ellipsis():
    """And at no other place than between two words."""
    text = " ".join(f"слово{n}" for n in range(200))
    assert excerpt(text) == " ".join(f"слово{n}" for n in range(50)) + "…"


@pytest.mark.parametrize(
    "text",
    [
        "联合国说今早有二十辆卡车进入伊德利卜" * 30,
        "สหประชาชาติแถลงว่ารถบรรทุกยี่สิบคันเข้าเมือง" * 30,
        "国連によると今朝20台のトラックが入った" * 30,
    ],
)
def test_scripts_without_spaces_are_cut_as_well(text):
    """Two signs of Chinese, or five letters of Thai, are about a word; a mark stays with its letter."""
    found = excerpt(f"<p>{text}</p>")
    assert found.endswith("…</p>")
    assert 60 <= len(found) <= 320
    assert text.startswith(found[3:-5])


def test_a_full_stop_after_an_initial_ends_no_sentence():
    """Nor does one within an abbreviation, or a number."""
    text = (
        " ".join(["word"] * 46)
        + " U.S. envoy J. Doe paid 3.5 million to Dr. Roe of the agency in the city there "
        + " ".join(["more"] * 60)
    )
    assert excerpt(text).endswith("…")
    assert len(excerpt(text).split()) == 50


def test_elements_that_are_cut_are_closed():
    """Inner ones first; what was closed before is not closed again."""
    inner = " ".join(["word"] * 80)
    assert excerpt(f"<p>One <b>two</b></p><ul><li>{inner}<br><i>x</i></li></ul>").endswith("word…</li></ul>")


def test_a_text_that_is_hardly_longer_is_returned_whole():
    """An ellipsis for three words would be silly; references count as the characters they are."""
    text = "<p>" + " ".join(["&amp;"] * 60) + "</p>"
    assert excerpt(text) == text
    assert excerpt("") == ""
    assert excerpt("<hr>") == "<hr>"


def test_a_word_of_a_million_letters_is_cut():
    """What has no spaces at all, in a script that has them, is no word."""
    assert len(excerpt("a" * 1_000_000)) <= 60 * 51
    assert len(excerpt("<" * 100_000 + "a " * 1000)) <= 100_200


def test_excerpts_of_hostile_texts_are_well_formed():
    """And are the beginning of the text."""
    for story in hostile_stories(300, seed=2):
        safe = safe_html(story.html, "https://x.example/")
        found = excerpt(safe)
        assert list(html_faults(found, "it")) == []
        assert words_of_safe(safe).startswith(words_of_safe(found).removesuffix("…").rstrip())

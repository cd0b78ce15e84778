"""Institutions that stand for a country which they do not name, in eight languages."""

import re
from pathlib import Path

import pytest

from syndicator.tag import tables
from syndicator.tag.institutions import InstitutionFinder, institution_finder
from syndicator.text import Words

_CASES = Path(__file__).parent.parent / "data" / "institutions.tsv"


def _cases():
    lines = [line for line in _CASES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        cells = line.split("\t")
        yield pytest.param(*cells, *[""] * (4 - len(cells)), id=f"{cells[0]}: {cells[2]}")


def marked(text):
    """The text without its brackets, and the words in them as places."""
    plain, taken = "", []
    for outside, inside in re.findall(r"([^\[]*)(?:\[([^\]]*)\])?", text):
        plain += outside
        taken.append((len(plain), len(plain) + len(inside)))
        plain += inside
    words = Words(plain)
    spans = [words.span(at, at + 1) for at in range(len(words.words))]
    return words, [
        (0, at, at + 1) for at, (start, end) in enumerate(spans) if any(start < to and end > of for of, to in taken)
    ]


@pytest.mark.parametrize(("language", "home", "text", "found"), _cases())
def test_made_lines(language, home, text, found):
    """Each of the table: what stands for which country, and nothing else; with the recognizer's cues as without."""
    words, taken = marked(text)
    mentions = institution_finder()([words], home, taken, language=language)
    assert [f"{words.text[each.at : each.to]}={each.code}" for each in mentions] == [
        each.strip() for each in found.split(";") if each.strip()
    ]
    assert all(each.code == home for each in mentions if each.is_home)
    begun = [place for place, word in enumerate(words.words) if institution_finder().begins(word)]
    assert institution_finder()([words], home, taken, [begun], language) == mentions


def test_there_are_enough_names_in_eight_languages():
    """Each language is covered, and every country is a real one."""
    codes = tables.country_labels()
    counts = {each: 0 for each in tables.LANGUAGES if each not in tables.FURTHER_LANGUAGES}
    for row in tables.rows("institutions.tsv"):
        assert set(re.findall("[A-Z]+", row["code"])) <= set(codes)
        for language in counts:
            counts[language] += len(tables.cell(row, language)) * (row["kind"] in ("body", "office"))
    assert min(counts.values()) >= 80


def test_what_is_the_outlets_own_is_told_apart():
    """NHS is British whoever writes; the government is the outlet's."""
    (own, british) = institution_finder()([Words(""), Words("The government met the NHS")], "GB")
    assert (own.field, own.code, own.is_home) == (1, "GB", True)
    assert (british.code, british.is_home) == ("GB", False)


@pytest.mark.parametrize(("language", "is_found"), [("tr", True), ("", True), ("en", False), ("uk", False)])
def test_a_name_counts_in_its_own_language(language, is_found):
    """The patrol of a state has the letters of a Turkish party."""
    words = Words("Driver stopped by CHP in March")
    assert bool(institution_finder()([words], "", language=language)) is is_found


def test_a_place_in_another_text_governs_nothing():
    """Spans of places count in their own text only."""
    fields = [Words("Syria"), Words("Government wins vote")]
    assert institution_finder()(fields, "GB", [(0, 0, 1)])
    assert not institution_finder()(fields, "GB", [(1, 0, 1)])


@pytest.mark.parametrize(
    ("written", "is_found"), [("CHP", True), ("chp", False), ("Chp", False), ("CHP'ye", True), ("MHP’nin", True)]
)
def test_capitals_are_asked_for_where_the_table_has_them(written, is_found):
    """An abbreviation is one only in capitals; what an apostrophe adds may be small."""
    assert bool(InstitutionFinder()([Words(f"Bugün {written} toplandı")], "")) is is_found


@pytest.mark.parametrize("word", ["الحكومة", "والحكومة", "بالحكومة", "للحكومة", "وللحكومة", "Meclis’te", "L'Élysée"])
def test_a_word_begins_a_name_with_what_is_joined_to_it(word):
    """Arabic prepositions and conjunctions before the article, a case ending after an apostrophe."""
    finder = institution_finder()
    begun = [0] if finder.begins(word) else []
    assert finder([Words(word)], "TR", (), [begun]) == finder([Words(word)], "TR")
    assert finder.begins(word) is (word != "L'Élysée")


def test_long_texts_of_nothing_but_institutions_end():
    """Repeated beginnings of names cost linear time."""
    words = Words("House of the House of president of the " * 5000)
    assert institution_finder()([words], "US", [(0, 1, 2)]) == []

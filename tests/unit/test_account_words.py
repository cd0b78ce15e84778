"""What is told of a story's words: the opening, its marks, and what stored reasons say of copies."""

from datetime import UTC, datetime

import pytest

from syndicator.ingest.copies import Likeness, compare, likeness
from syndicator.ingest.copy_text import prepare
from syndicator.models import Evidence, Republish, Story, Tag
from syndicator.runtime.account.words import marks, opening, tag_account

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
TEXT = (
    "The bridge over the Orontes opened to lorries on Tuesday after eleven weeks of repairs, the council said."
    " Farmers in the Ghab plain had been driving forty kilometres to the next crossing."
    " Engineers replaced three of the seven spans and laid a new surface."
)


def story(html):
    return Story(
        id=1, uid="tag:x", outlet="o", source="o/f", source_title="", title="T", html=html, link=None, author=None,
        language="en", published=None, first_seen=NOW, updated=NOW,
    )  # fmt: skip


def tag(words, start, role="about", field="text", scheme="region", term="SY"):
    evidence = (Evidence(field=field, start=start, end=start + len(words), words=words),)
    return Tag(scheme=scheme, term=term, label="x", path=(term,), evidence=evidence, role=role)


def test_marks_are_where_the_words_are():
    """Those of the headline, and those that the text has elsewhere or no more, are not in it."""
    text = "In Moscow, Syria’s fate: Syria"
    assert [
        (each.start, each.end, each.kind) for each in marks(text, (tag("Syria", 11), tag("Moscow", 3, "mention")))
    ] == [
        (3, 9, "mention"),
        (11, 16, "about"),
    ]
    assert marks(text, (tag("Syria", 12), tag("Syria", 11, field="title"), tag("Syria", 400), tag("", 3))) == ()


def test_of_roles_on_the_same_words_the_stronger_one_is_marked():
    """Whatever the order of the tags: a town is named, and its government acts."""
    tags = (tag("Rabat", 0, "mention"), tag("Rabat", 0, "actor"), tag("Rabat talks", 0, "", scheme="concept"))
    assert [each.kind for each in marks("Rabat talks", tags)] == ["actor"]


@pytest.mark.parametrize(
    ("role", "scheme", "term", "asked"),
    [
        ("about", "region", "SY-ID", "about:SY-ID"),
        ("mention", "region", "RU-MOW", "mentions:RU-MOW"),
        ("dateline", "region", "LB", "dateline:LB"),
        ("", "region", "LB", "region:LB"),
        ("", "concept", "prisoner exchange", 'concept:"prisoner exchange"'),
    ],
)
def test_a_tag_has_the_term_that_asks_for_it(role, scheme, term, asked):
    """As one would write it in a filter."""
    assert tag_account(tag("x", 0, role, scheme=scheme, term=term)).ask == asked


@pytest.mark.parametrize(
    ("html", "policy", "shown", "length", "breaks"),
    [
        ("<p>One two.</p><p>Three four.</p>", Republish.FULL, 4, 4, (9,)),
        ("<p>One two.</p><p>Three four.</p>", Republish.LINK, 0, 4, ()),
        (f"<p>{'word ' * 99}</p>", Republish.EXCERPT, 50, 99, ()),
        ("<p>停火协议在阿勒颇生效</p>", Republish.EXCERPT, 5, 5, ()),
        ("", Republish.FULL, 0, 0, ()),
    ],
)
def test_an_opening_counts_what_it_shows(html, policy, shown, length, breaks):
    """Words of all there are; two signs of Chinese make one."""
    found = opening(story(html), policy)
    assert (found.shown, found.length, found.breaks) == (shown, length, breaks)


def test_paragraphs_begin_where_their_first_letters_are():
    """The text has one space between two."""
    found = opening(story("<p>One <b>two</b>.</p>\n<ul><li>Three &amp; four.</li><li>Five</li></ul>"), Republish.FULL)
    starts = (0, *found.breaks)
    assert [found.text[start:].split()[0] for start in starts] == ["One", "Three", "Five"]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (TEXT, Likeness.SAME),
        (TEXT.partition(" Engineers")[0], Likeness.SHORTENED),
        (f"{TEXT} Tolls are not asked for, said the mayor of the town on Monday.", Likeness.EXTENDED),
        (TEXT.replace("laid a new surface", "painted a fine railing"), Likeness.CHANGED),
    ],
)
def test_a_reason_says_what_became_of_the_text(other, found):
    """Reasons are stored in words: what compares texts and what reads the words must agree."""
    comparison = compare(prepare("Bridge opens", other), prepare("Bridge opens", TEXT))
    assert comparison.is_copy
    assert likeness(f"a copy of agency by 98%: {comparison.reason}") is found


def test_a_reason_may_say_nothing_of_the_text():
    """A page that two outlets lead to, or a story of its own."""
    assert likeness("leads to the same page as agency, under much the same headline") is None
    assert likeness("not seen before") is None
    assert likeness("word for word the story of agency") is Likeness.SAME


def test_texts_of_one_mould_say_what_stands_in_each_others_place():
    """Numbers, as pairs of the old and the new one."""
    said = "Crews put out {} fires in Hama and took {} people to hospital on the way to Salamiyah, the bulletin said."
    found = compare(prepare("Bulletin", said.format(9, 5)), prepare("Bulletin", said.format(14, 3)))
    assert not found.is_copy
    assert (found.mould.facts, found.mould.pairs) == ("numbers", (("14", "9"), ("3", "5")))
    assert found.reason == str(found.mould) == "the same mould, but other numbers: 14 / 9, 3 / 5"

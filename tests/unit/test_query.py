"""The filter language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.errors import FilterError
from syndicator.models import Tag
from syndicator.query import Filters, Subject, Vocabulary, asked_fields, parse

VOCABULARY = Vocabulary(
    values={
        "region": {"SY": "Syria", "SY-ID": "Idlib", "LB": "Lebanon", "US": "United States"},
        "concept": {"ceasefire": "Ceasefire"},
        "outlet": {"tass": "TASS"},
    }
)


def story(title="", text="", *, regions=(), concepts=(), outlet="tass", language="en"):
    tags = [Tag(scheme="region", term=path[-1], label="", path=path, evidence=()) for path in regions]
    tags += [Tag(scheme="concept", term=term, label="", path=(term,), evidence=()) for term in concepts]
    return Subject(title=title, text=text, language=language, outlets=(outlet,), tags=tags)


def holds(where, **what):
    return bool(Filters({"it": parse(where, VOCABULARY)})(story(**what)))


@pytest.mark.parametrize(
    ("where", "title", "is_match"),
    [
        ("", "anything", True),
        ("not-guilty", "A plea of not guilty", True),
        ("not-guilty", "Guilty of fraud", False),
        ("NOT-FOR-PROFIT aid", "A not-for-profit sends aid", True),
        ("or‑else", "Aid, or else", True),
        ("and-or truce", "Truce, and or not", True),
        ("หยุดยิง", "ข้อตกลงหยุดยิงใหม่", True),
        ("যুদ্ধবিরতি", "সিরিয়ায় যুদ্ধবিরতি শুরু", True),
        ("போர்நிறுத்தம்", "சிரியாவில் போர்நிறுத்தம் தொடங்கியது", True),
        ("အပစ်အခတ်", "အပစ်အခတ် ရပ်စဲ", True),
        ("បទឈប់បាញ់", "បទឈប់បាញ់ថ្មី", True),
        ("आतंक*", "आतंकवादी हमला", True),
        ("আলোচ*", "আলোচনা চলছে", True),
        ("आतंक*", "हमला", False),
        ("*", "anything", True),
        ("* # all\n# of it", "anything", True),
        ('"cessation of hostilit*"', "A cessation of hostilities", True),
        ("  # only a note", "anything", True),
        ("ceasefire", "Ceasefire agreed", True),
        ("ceasefire", "Ceasefires agreed", True),
        ('"ceasefire"', "Ceasefires agreed", False),
        ("ceasefire*", "Ceasefires agreed", True),
        ('"cease fire"', "A cease fire now", True),
        ('"cease fire"', "Fire and cease", False),
        ("cease-fire", "A cease-fire holds", True),
        ("ceasefire", "A cease-fire holds", True),
        ("truce or ceasefire", "The truce", True),
        ("truce talks", "Talks of truce", True),
        ("truce AND talks", "Talks of peace", False),
        ("truce -talks", "Truce talks", False),
        ("truce not talks", "Truce holds", True),
        ("not (truce or talks)", "Peace", True),
        ("title:(truce or peace)", "Peace", True),
        ("هدنة", "والهدنة في إدلب", True),
        ("هدنة", "الهدنة في إدلب", True),
        ('"وقف إطلاق النار"', "اتفاق وقف اطلاق النار", True),
        ("ateşkes*", "ATEŞKESİN ardından", True),
        ("перемири*", "О перемирии", True),
        ("آتش‌بس", "توافق آتش بس", True),
        ("«прекращении огня»", "о прекращении огня", True),
        ("“cease fire” or truce", "a truce", True),
        ("U.S.", "The U.S. says", True),
        ('"or"', "to be or not", True),
    ],
)
def test_words_and_operators(where, title, is_match):
    """Words, phrases and their combinations hold what a person would expect."""
    assert holds(where, title=title) is is_match


def test_a_country_holds_its_provinces():
    """region:SY holds a story tagged with Idlib, and region:SY-ID does not hold one tagged with Syria only."""
    assert holds("region:SY", regions=[("SY", "SY-ID")])
    assert holds("region:sy-id", regions=[("SY", "SY-ID")])
    assert not holds("region:SY-ID", regions=[("SY",)])


def test_fields():
    """Each field looks at its own."""
    assert holds("concept:ceasefire and region:(LB or SY)", concepts=["ceasefire"], regions=[("SY",)])
    assert holds("outlet:tass lang:pt", language="pt-BR")
    assert not holds("title:truce", text="truce")


@pytest.mark.parametrize(
    ("where", "column", "words"),
    [
        ("region:SY concept:ceasefire or truce", 29, "two ways"),
        ("region:SY and (truce", 15, "never closed"),
        ("truce)", 6, "closes nothing"),
        ("regoin:SY", 1, "region:"),
        ("region:Syira", 8, "region:SY (Syria)"),
        ("concept:cease-fire", 9, "concept:ceasefire"),
        ("outlet:tas", 8, "outlet:tass"),
        ("title:", 1, "no value"),
        ("truce and", 7, "nothing follows"),
        ("and truce", 1, "on its left"),
        ("a and or b", 7, "in a row"),
        ('"cease fire', 1, "never closed"),
        ("*strike", 1, "only end a word"),
        ("a && b", 3, "not an operator"),
        ("lang:en,ar", 8, "comma"),
        ("title:(region:SY)", 8, "another field"),
        ("()", 1, "nothing between"),
        ("not", 1, "nothing follows"),
        ("truce /x", 7, "never closed"),
        ("lang:ar*", 6, "whole name"),
        ('"cea* fire"', 1, "only end a word"),
        ("هدنة and", 6, "nothing follows"),
        ("revised:headline", 9, "write revised:yes or revised:title or revised:text"),
        ("deleted:no", 9, "write deleted:yes"),
        ("copies:many", 8, "takes a number"),
        ("copies:>=", 8, "takes a number"),
        ("copies:>=1234567", 8, "six digits"),
        ("copies:3*", 8, "takes a number"),
        ("truce >= 3", 7, "take a number or a range"),
        ("title:>=3", 7, "take a number or a range"),
        ("copies:>=3,4", 11, "copies:(>=3 or 4)"),
        ("copes:3", 1, "copies:"),
    ],
)
def test_errors_point_at_the_column(where, column, words):
    """A mistake is named in a person's words, at its place."""
    with pytest.raises(FilterError, match=words.replace("(", r"\(").replace(")", r"\)")) as caught:
        parse(where, VOCABULARY)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_mistake_on_the_second_line_is_found_there():
    """Lines count from one inside the filter."""
    with pytest.raises(FilterError) as caught:
        parse("truce or\n  regoin:SY", VOCABULARY)
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize(
    ("where", "copies", "is_match"),
    [
        ("copies:>=3", 3, True),
        ("copies:>=3", 2, False),
        ("copies:≥٣", 3, True),
        ("copies: >= 3", 4, True),
        ("copies:>3", 3, False),
        ("copies:>3", 4, True),
        ("copies:3", 3, True),
        ("copies:=3", 4, False),
        ("copies:<=1", 1, True),
        ("copies:≤۱", 2, False),
        ("copies:<1", 0, True),
        ("copies:<0", 0, False),
        ("copies:0", 0, True),
        ("copies:(0 or >=5)", 5, True),
        ("copies:(0 or >=5)", 4, False),
        ("not copies:>=1", 0, True),
        ("not copies:>=1 outlet:b1", 2, False),
    ],
)
def test_copies_are_those_at_other_outlets(where, copies, is_match):
    """Its own outlet is none of them, however often it is named."""
    subject = story()._replace(outlets=("tass", "TASS", *(f"b{n}" for n in range(copies))))
    assert bool(Filters({"it": parse(where, Vocabulary())})(subject)) is is_match


@pytest.mark.parametrize(
    ("where", "revised", "is_deleted", "is_match"),
    [
        ("revised:title", (), False, False),
        ("revised:title", ("title",), False, True),
        ("revised:title", ("text",), False, False),
        ("revised:text", ("title", "text"), False, True),
        ("revised:(title text)", ("title",), False, False),
        ("revised:YES", ("text",), False, True),
        ("revised:yes", (), True, False),
        ("not revised:title", (), False, True),
        ("not revised:title", ("title",), False, False),
        ("deleted:yes", (), True, True),
        ("deleted:yes", ("text",), False, False),
        ("-deleted:yes", (), False, True),
    ],
)
def test_what_happened_to_a_story_later(where, revised, is_deleted, is_match):
    """At first sight nothing has, which is right for what excludes it, too."""
    subject = story()._replace(revised=revised, is_deleted=is_deleted)
    assert bool(Filters({"it": parse(where, VOCABULARY)})(subject)) is is_match


def test_fields_that_are_asked_for():
    """Not those that are excluded: a feed of all but the revised stories shows no revisions."""
    assert asked_fields(parse("(revised:title or copies:>2) lang:ar", VOCABULARY)) == {"revised", "copies", "lang"}
    assert asked_fields(parse("truce not (revised:yes deleted:yes)", VOCABULARY)) == frozenset()


def test_a_long_line_is_shown_around_the_mistake():
    """The picture of a filter with a thousand words fits a terminal."""
    with pytest.raises(FilterError) as caught:
        parse("truce or " * 500 + "regoin:SY", VOCABULARY)
    assert max(map(len, str(caught.value).splitlines())) < 150
    assert "regoin:SY" in str(caught.value)


def test_deep_nesting_is_refused_and_not_a_crash():
    """A thousand parentheses are an error with words."""
    with pytest.raises(FilterError, match="nested"):
        parse("(" * 1000 + "a" + ")" * 1000, VOCABULARY)


def test_a_very_long_phrase_is_refused():
    """As long as a filter may be."""
    with pytest.raises(FilterError, match="a phrase may have 100 words, this one has 9000"):
        parse('"' + "a " * 9000 + '"', VOCABULARY)
    with pytest.raises(FilterError, match="a filter may have 2000 terms"):
        parse("a " * 2001, VOCABULARY)


def test_a_long_list_is_fine():
    """Two thousand alternatives parse and match."""
    assert holds(" or ".join(f"w{n}" for n in range(2000)), title="w1999")


class Counted(dict):
    """A mapping that counts how often somebody goes through all of it."""

    walks = 0

    def __iter__(self):
        Counted.walks += 1
        return super().__iter__()

    def keys(self):
        Counted.walks += 1
        return super().keys()

    def items(self):
        Counted.walks += 1
        return super().items()


@pytest.mark.parametrize("field", ["region", "concept", "outlet"])
def test_a_term_is_looked_up_and_not_searched_for(field):
    """A thousand filters that name one of a thousand outlets go through the list of outlets once, not a thousand times."""
    vocabulary = Vocabulary(values={field: Counted({f"N{n}": "Name" for n in range(1000)})})
    Counted.walks = 0
    for n in range(1000):
        parse(f"{field}:n{n} or {field}:N{n}", vocabulary)
    assert Counted.walks <= 3


@given(st.text(alphabet='ab "()-*:,orandt not:هد\n«»/', max_size=40))
def test_any_text_parses_or_says_why(where):
    """Whatever is written, the answer is a filter or a FilterError."""
    try:
        tree = parse(where, VOCABULARY)
    except FilterError as error:
        tree = error.column
    assert tree


@pytest.mark.parametrize("where", ["(a+)+$", r"\1", r"/(a)\1/", "a{1,99999}", "/a{1,99999}/", "/(?=a)a/", "\x00"])
def test_f47_a_filter_takes_no_patterns_that_backtrack(where):
    """Only what RE2 takes, between slashes."""
    with pytest.raises(FilterError, match="line 1, column"):
        parse(where, VOCABULARY)


def test_f47_a_pattern_takes_time_that_grows_with_the_text_alone():
    """What would take a backtracking engine for ever."""
    assert not holds("/(a+)+$/", title="a" * 50_000 + "b")


def test_f47_thousands_of_alternatives_are_matched():
    """In time that grows with the text alone."""
    where = " or ".join(f"word{number}" for number in range(1500))
    assert holds(where, text="a word1499 here " + "aaaa " * 10_000)


def test_regions_by_the_part_they_play():
    """About and actor make a story one of a region, if it is likely; the others are asked for by name."""

    def tag(term, role, score=0.9):
        return Tag(
            scheme="region", term=term, label="", path=tuple(term.split("/")), evidence=(), role=role, score=score
        )

    tags = [
        tag("SY", "about"),
        tag("US", "actor"),
        tag("LB", "mention"),
        tag("FR", "dateline"),
        tag("TR", "about", 0.3),
    ]
    asked = Subject("", "", "en", (), tags)
    where = {
        name: parse(name, Vocabulary(groups={"levant": ("SY", "LB")}))
        for name in (
            "region:SY", "region:US", "region:LB", "region:FR", "region:TR", "about:SY", "about:US", "actor:US",
            "mentions:LB", "mentions:SY", "dateline:FR", "dateline:SY", "region:levant", "about:TR", "actor:levant",
        )
    }  # fmt: skip
    assert Filters(where)(asked) == {
        "region:SY", "region:US", "about:SY", "actor:US", "mentions:LB", "mentions:SY", "dateline:FR", "region:levant",
        "about:TR",
    }  # fmt: skip


def test_a_region_too_small_to_be_listed_is_looked_up():
    """Towns are found by their whole term; what nobody knows is refused in every field of regions."""
    vocabulary = Vocabulary(values={"region": {"US": "United States"}}, find_region={"us-tx/paris": "Paris"}.get)
    assert parse("about:US-TX/paris", vocabulary)
    for field in ("region", "about", "actor", "dateline", "mentions"):
        with pytest.raises(FilterError, match='no region "US-TX/atlantis"'):
            parse(f"{field}:US-TX/atlantis", vocabulary)


def test_marks_below_a_right_to_left_filter_count_from_the_left():
    """A filter that begins in Arabic is laid out from the left all the same (UAX 9: LRI, not FSI)."""
    with pytest.raises(FilterError) as caught:
        parse("هدنة region:Syira", VOCABULARY)
    _, quoted, marks = str(caught.value).splitlines()
    assert quoted == "    \u2066هدنة region:Syira\u2069"
    assert quoted.replace("\u2066", "").index("Syira") == marks.index("^")

"""Word diffs."""

import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.wordiff import Kind, as_html, as_text, diff

WORDS = st.sampled_from(
    "إدلب سوق قصف ۱۲ آتش‌بس می‌گویند перемирие Идлиб ateşkes İdlib 停火 市场 ceasefire a, — «b» l'armée 1,200 14:35 x".split()
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=40).map(" ".join))
SAME, REMOVED, ADDED = Kind.SAME, Kind.REMOVED, Kind.ADDED
QUOTES = str.maketrans("“”„«»‘’ʼ‐‑–—", '"""""\'\'\'----')


def bare(text):
    """Return a text without white space, and with one spelling for marks that are not told apart."""
    return "".join(text.translate(QUOTES).split())


@given(TEXTS, TEXTS)
def test_without_what_was_added_it_is_the_old_text_and_without_what_was_removed_the_new_one(old, new):
    """Nothing is lost and nothing made up, whatever the script."""
    segments = diff(old, new)
    assert bare("".join(each.text for each in segments if each.kind is not ADDED)) == bare(old)
    assert "".join(each.text for each in segments if each.kind is not REMOVED) == " ".join(new.split())


@given(TEXTS, TEXTS)
def test_segments_are_whole(old, new):
    """None is empty, and two of one kind never stand side by side."""
    segments = diff(old, new)
    assert all(each.text for each in segments)
    assert all(one.kind is not two.kind for one, two in pairwise(segments))


@given(TEXTS)
def test_a_text_is_the_same_as_itself(text):
    """However its white space was set."""
    assert {each.kind for each in diff(text, "\n ".join(text.split(" ")))} <= {SAME}


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (
            "Idlib: three dead in blast at market",
            "Idlib: five injured in blast at a market",
            "Idlib: [-three dead-]{+five injured+} in blast at {+a+} market",
        ),
        ("12 killed, 30 hurt", "14 killed, 35 hurt", "[-12-]{+14+} killed, [-30-]{+35+} hurt"),
        ("انفجار في إدلب يقتل ثلاثة", "انفجار في إدلب يقتل خمسة", "انفجار في إدلب يقتل [-ثلاثة-]{+خمسة+}"),
        ("حمله به بازار سه کشته داشت", "حمله به بازار پنج کشته داشت", "حمله به بازار [-سه-]{+پنج+} کشته داشت"),
        ("Перемирие в Идлибе", "Перемирие в Алеппо", "Перемирие в [-Идлибе-]{+Алеппо+}"),
        ("İdlib'de ateşkes", "Halep'te ateşkes", "[-İdlib'de-]{+Halep'te+} ateşkes"),
        ("伊德利卜市场爆炸三人死亡", "伊德利卜市场爆炸五人受伤", "伊德利卜市场爆炸[-三人死亡-]{+五人受伤+}"),
        ("One thing", "Quite another, then", "[-One thing-]{+Quite another, then+}"),
        ('He said "no" - today', "He said “no” — today", "He said “no” — today"),
        ("Will Aleppo open?", "Aleppo will open.", "[-Will -]Aleppo {+will+} open[-?-]{+.+}"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
    ],
)
def test_changes_read_as_groups_of_words(old, new, shown):
    """What a person would mark, not letters, nor what matches by chance."""
    assert as_text(diff(old, new)) == shown


def test_a_text_is_shown_around_its_changes():
    """So many words on either side of each; what is left out is an ellipsis."""
    words = [f"w{number}" for number in range(100)]
    old, new = " ".join(words), " ".join([*words[:50], "NEW", *words[50:]])
    assert as_text(diff(old, new), context=2) == " … w48 w49 {+NEW+} w50 w51 … "
    assert as_text(diff("a b c", "a B c"), context=1) == "a [-b-]{+B+} c"


class Names(HTMLParser):
    """Collects the names of elements."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)


@given(st.text(alphabet="<>&\"'abc /=! -", max_size=40), st.text(alphabet="<>&\"'abc /=! -", max_size=40))
def test_html_holds_no_other_markup(old, new):
    """Texts that look like markup stay text."""
    parser = Names()
    parser.feed(as_html(diff(old, new)))
    assert parser.found <= {"del", "ins"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 20_000, "a b " * 10_000),
        ("的" * 20_000, "的是" * 10_000),
        (
            " ".join(f"w{n * 7919 % 5000}" for n in range(20_000)),
            " ".join(f"w{n * 6101 % 5000}" for n in range(20_000)),
        ),
        ("x" * 100_000, "y" * 100_000),
        ("-" * 100_000, "- " * 50_000),
        ("a'" * 50_000, "a" + "’b" * 50_000),
    ],
    ids=["a", "one character", "shuffled", "one word", "marks", "apostrophes"],
)
def test_long_texts_take_bounded_time(old, new):
    """A second or two of a processor for the longest texts that stories have."""
    started = time.process_time()
    assert diff(old, new)
    assert time.process_time() - started < 4

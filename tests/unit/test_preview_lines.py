"""A preview as lines of text, and the parts of texts it shows."""

from datetime import date, timedelta

import pytest

from syndicator.cli.preview import lines
from syndicator.models.preview import CaughtForm, CaughtForms, DayCount, Preview, PreviewReach, PreviewStory
from syndicator.runtime.preview_excerpt import excerpt_of
from tests.conftest import NOW

STORY = PreviewStory(
    id=7,
    page="https://h.example/stories/7",
    title="هدنة في إدلب",
    title_marks=((0, 4),),
    excerpt="…the truce began",
    excerpt_marks=((5, 10),),
    link=None,
    language="ar",
    outlet="jisr",
    outlet_name="الجسر",
    first_seen=NOW,
    terms=("هدنة", "no lang:ru"),
)


def made(counts, words=()):
    days = tuple(DayCount(day=date(2026, 1, 1) + timedelta(days=n), stories=count) for n, count in enumerate(counts))
    return Preview(
        where="هدنة\n-lang:ru",
        feed="",
        since=NOW,
        until=NOW,
        reach=PreviewReach(note="", complete_since=NOW, untried=0),
        total=sum(counts),
        of=1200,
        days=days,
        words=words,
        stories=(STORY,),
        difference=None,
        toml="",
    )


def test_marked_words_are_bold_in_a_terminal_and_in_brackets_elsewhere():
    """In either direction of writing."""
    plain = "\n".join(lines(made([1]), is_styled=False))
    assert "    [هدنة] في إدلب\n    …the [truce] began\n" in plain
    styled = "\n".join(lines(made([1]), is_styled=True))
    assert "    \x1b[1mهدنة\x1b[0m في إدلب\n    …the \x1b[1mtruce\x1b[0m began\n" in styled


@pytest.mark.parametrize(
    ("counts", "chart"),
    [
        ([1, 0, 16, 8], "2026-01-01 |▁ █▄| 2026-01-04; most on 2026-01-03: 16"),
        ([2] * 120, f"2026-01-01 |{'█' * 60}| 2026-04-30, a bar for 2 days; most on 2026-01-01: 2"),
        ([0, 0, 1000, 1], "2026-01-01 |  █▁| 2026-01-04; most on 2026-01-03: 1,000"),
    ],
)
def test_each_day_has_a_bar(counts, chart):
    """Sixty at most; a day with a single story has one, and a day without any has none."""
    assert f"  {chart}" in list(lines(made(counts), is_styled=False))


def test_a_filter_that_matches_nothing_has_no_bars():
    """But all the rest."""
    shown = list(lines(made([0, 0]), is_styled=False))
    assert shown[:3] == [
        "هدنة -lang:ru",
        "  0 of 1,200 stories since 2026-03-06 12:00 UTC match",
        "Stories, the newest first",
    ]


@pytest.mark.parametrize(
    ("forms", "count", "line"),
    [
        (("market", "markets"), 2, "market: market, markets (2 forms)"),
        (("market",), 11, "market: market … (11 forms)"),
        ((), 0, "market: in no story yet"),
        ((), 3001, "market: more forms than are looked up, 3,001 or more"),
    ],
)
def test_what_a_word_catches_is_a_line(forms, count, line):
    """All forms, some, none, too many."""
    words = (CaughtForms(word="market", forms=tuple(CaughtForm(form=each, stories=1) for each in forms), count=count),)
    assert f"  {line}" in list(lines(made([1], words), is_styled=False))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("truce", "truce"),
        ("x " * 400 + "truce holds", "truce"),
        ("truce " + "x " * 400, "truce"),
        ("x" * 900 + " هدنة " + "y" * 900, "هدنة"),
        ("停" * 500 + "和平" + "火" * 500, "和平"),
    ],
)
def test_an_excerpt_has_the_first_marked_word_and_is_short(text, word):
    """At the beginning, the end, and among letters without a space."""
    at = text.index(word)
    excerpt, spans = excerpt_of(text, [(at, at + len(word))])
    assert [excerpt[start:end] for start, end in spans] == [word]
    assert len(excerpt) <= 242
    assert excerpt.startswith("…") == (at > 60)


def test_an_excerpt_without_marks_is_the_beginning():
    """With an ellipsis where more follows."""
    assert excerpt_of("short", []) == ("short", ())
    excerpt, spans = excerpt_of("word " * 100, [])
    assert (excerpt[:4], excerpt[-5:], spans) == ("word", "word…", ())

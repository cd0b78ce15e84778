"""What feeds show of what happened to a story."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.markup import LONGEST_HTML, safe_html, words_of_safe
from syndicator.models import Carrier, PageCheck, Revision
from syndicator.publish import RENDERERS
from syndicator.publish.entry import body_of
from syndicator.publish.notes import History, with_notes
from tests.conftest import NOW
from tests.stages.test_publish import FEED, SITE, STORY
from tests.validity.reading import FEEDS, read

HOUR = timedelta(hours=1)
EVIL = "<script>alert(1)</script> & </p><b>"


def shown(history, story=STORY, bases=None):
    return with_notes(story, history, SITE, bases or {})


def revised(*before, story=STORY):
    return History(
        revisions={
            story.id: [
                Revision(replaced_at=NOW + number * HOUR, title=title, html=html)
                for number, (title, html) in enumerate(before)
            ]
        }
    )


def test_a_story_to_which_nothing_happened_is_as_ever():
    """Nor does what happened to another change it."""
    other = revised(("x", "y"), story=replace(STORY, id=9))
    assert shown(History()) is STORY
    assert shown(other) is STORY


def test_each_revision_is_compared_with_the_next_and_the_latest_comes_first():
    """In Arabic and Russian as well; the text follows as it is now."""
    story = replace(STORY, title="Перемирие в Алеппо", html="<p>وقف إطلاق النار في حلب</p>")
    before = [
        ("Перемирие в Хаме", "<p>وقف إطلاق النار في حماة</p>"),
        ("Перемирие в Хомсе", "<p>وقف إطلاق النار في حلب</p>"),
    ]
    html = body_of(shown(revised(*before), story), SITE)
    places = [
        html.index(each)
        for each in (
            "Перемирие в <del>Хомсе</del><ins>Алеппо</ins>",
            "Перемирие в <del>Хаме</del><ins>Хомсе</ins>",
            "النار في <del>حماة</del><ins>حلب</ins>",
            "<hr>",
            story.html,
        )
    ]
    assert places == sorted(places)
    assert "Title changed</b>, 2026-03-06 13:00 UTC" in html
    assert '<blockquote dir="ltr">Перемирие' in shown(revised(*before), replace(story, language="ru")).notes
    assert '<blockquote dir="rtl">وقف' in shown(revised(*before), replace(story, language="ar")).notes
    assert html.count("Text changed") == 1


@pytest.mark.parametrize("kind", FEEDS)
def test_nothing_of_a_note_comes_to_life(kind):
    """Titles, names of outlets, links and notes may hold anything."""
    carrier = Carrier(outlet="x<script>", first_seen=NOW, link='https://x.example/"><script>')
    check = PageCheck(story=1, outlet="presstv", next_at=None, gone_at=NOW, note=EVIL)
    history = replace(revised((EVIL, "<p>was</p>")), carriers={1: [carrier]}, checks={1: check})
    story = shown(history, replace(STORY, title=EVIL + "\x00", deleted_at=NOW))
    (entry,) = read(kind, RENDERERS[kind](FEED, [story], SITE, NOW, {})).entries
    body = entry.html
    assert "<script" not in body
    assert body.count("&lt;script&gt;") >= 3
    assert entry.id == STORY.uid
    assert safe_html(story.notes, "https://x.example").count("<p") == story.notes.count("<p")


def test_a_deletion_is_told_with_its_times_and_is_new():
    """The entry's time is that of the news."""
    check = PageCheck(story=1, outlet="presstv", next_at=None, gone_at=NOW - 6 * HOUR, note="HTTP 404 Not Found")
    story = shown(History(checks={1: check}), replace(STORY, updated=NOW - 9 * HOUR, deleted_at=NOW))
    assert words_of_safe(story.notes).startswith(
        "Deleted: the story's page was found gone on 2026-03-06 06:00 UTC, and again on 2026-03-06 12:00 UTC (HTTP 404 Not Found)."
    )
    assert story.updated == NOW
    back = shown(History(checks={1: replace(check, restored_at=NOW + HOUR)}), replace(STORY, updated=NOW))
    assert "Restored: the story's page was found gone on 2026-03-06 06:00 UTC, and is there again" in words_of_safe(
        back.notes
    )
    assert back.updated == NOW + HOUR


def test_a_page_that_was_gone_once_is_no_news():
    """Only the second look tells."""
    check = PageCheck(story=1, outlet="presstv", next_at=NOW, gone_at=NOW)
    assert shown(History(checks={1: check})) is STORY


def test_carriers_are_told_in_order_with_links_that_work():
    """Below the mirror that works, while a home is down."""
    carriers = [
        Carrier(outlet="other", first_seen=NOW),
        Carrier(outlet="presstv", first_seen=NOW + HOUR, link="https://www.presstv.ir/Detail/2"),
    ]
    html = shown(History(carriers={1: carriers}), bases={"presstv": "https://www.presstv.com"}).notes
    assert html.index("12:00 UTC: other") < html.index(
        '13:00 UTC: <a href="https://www.presstv.com/Detail/2">Press TV</a>'
    )
    many = [Carrier(outlet=f"o{n}", first_seen=NOW) for n in range(80)]
    html = shown(History(carriers={1: many})).notes
    assert "(80)" in html
    assert "and 30 more" in html


def test_a_text_that_is_too_long_for_all_notes_stays_whole():
    """What does not fit is left out: longer, the text would lose its markup."""
    story = replace(STORY, html="<p>" + "слово " * 16_600 + "</p>")
    assert len(story.html) < LONGEST_HTML
    found = shown(revised(("old title", "<p>" + "иное " * 5000 + "</p>")), story)
    assert "<del>old title</del>" in found.notes
    assert "Text changed" not in found.notes
    assert body_of(found, SITE).endswith(story.html.strip())
    assert len(body_of(found, SITE)) <= LONGEST_HTML

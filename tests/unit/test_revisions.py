"""What is a revision, and what changes by itself."""

import time
from dataclasses import replace

import pytest

from syndicator.ingest.cosmetic import lasting_words
from syndicator.ingest.revisions import COSMETIC, real_changes, without_cosmetics
from syndicator.models import StoryText, Unchanged, Update
from tests.unit import test_identity

COSMETIC_PAIRS = [
    ("The port reopened. 12 comments", "The port reopened. 15 comments"),
    ("The port reopened 12 comments", "The port reopened 15 comments"),
    ("Port reopens (12 comments)", "Port reopens"),
    ("Port reopens (no comments)", "Port reopens (1 comment)"),
    ("Idlib | 5 min read", "Idlib | 6 min read"),
    ("Idlib · 1.2k views · 2 hours ago", "Idlib · 1.3k views · 3 hours ago"),
    ("The blast 5 minutes ago was heard in Saraqib", "The blast 2 hours ago was heard in Saraqib"),
    ("Updated: March 6, 2026 14:35 GMT\nThe port", "Updated: March 7, 2026 9:10 GMT\nThe port"),
    ("Photo 640x480: the port", "Photo 1024×768: the port"),
    ("قبل ساعتين | أعيد فتح المرفأ", "منذ 3 ساعات | أعيد فتح المرفأ"),
    ("أعيد فتح المرفأ. 12 تعليقا", "أعيد فتح المرفأ. ١٥ تعليقا"),
    ("المشاهدات: 120 - أعيد فتح المرفأ", "المشاهدات: 131 - أعيد فتح المرفأ"),
    ("آخر تحديث: 6 مارس 2026 14:35 غرينتش\nالمرفأ", "آخر تحديث: 7 مارس 2026 14:35 غرينتش\nالمرفأ"),
    ("بندر باز شد. ۱۲ نظر", "بندر باز شد. ۱۵ نظر"),
    ("بندر باز شد | ۲ ساعت پیش", "بندر باز شد | ۳ ساعت پیش"),
    ("زمان مطالعه: ۵ دقیقه\nبندر باز شد", "زمان مطالعه: ۶ دقیقه\nبندر باز شد"),
    ("Порт открыт. 12 комментариев", "Порт открыт. 21 комментарий"),
    ("Порт открыт (2 часа назад)", "Порт открыт (5 часов назад)"),
    ("Просмотров: 1 200. Порт открыт", "Просмотров: 1 300. Порт открыт"),
    ("Обновлено: 14:35. Порт открыт", "Обновлено: 15:40. Порт открыт"),
    ("Liman açıldı - 12 yorum", "Liman açıldı - 13 yorum"),
    ("Liman açıldı | 2 saat önce", "Liman açıldı | 5 saat önce"),
    ("Son güncelleme: 06.03.2026 14:35\nLiman", "Son güncelleme: 07.03.2026 10:00\nLiman"),
]
REAL_PAIRS = [
    ("12 killed in Idlib", "15 killed in Idlib"),
    ("He bought 500 shares.", "He bought 600 shares."),
    ("The video has 20,000 views.", "The video has 30,000 views."),
    ("3 days ago the port opened", "4 days ago the port opened"),
    ("300 comments on the law were read.", "400 comments on the law were read."),
    ("The port opens on March 6", "The port opens on March 7"),
    ("مقتل 12 شخصا في إدلب", "مقتل 15 شخصا في إدلب"),
    ("۱۲ کشته در ادلب", "۱۵ کشته در ادلب"),
    ("Погибли 12 человек", "Погибли 15 человек"),
    ("İdlib'de 12 ölü", "İdlib'de 15 ölü"),
]


def entry(*, html="", **what):
    return replace(test_identity.entry(**what), html=html)


def html(text):
    return "".join(f"<p>{line}</p>" for line in text.split("\n"))


@pytest.mark.parametrize(("old", "new"), COSMETIC_PAIRS)
def test_what_changes_by_itself_is_no_change(old, new):
    """Counters, reading times, relative times, times of the last change, sizes of images; in five languages."""
    assert real_changes(StoryText(title="T", html=html(old)), entry(title="T", html=html(new)), ("text",)) == ()


@pytest.mark.parametrize(("old", "new"), REAL_PAIRS)
def test_a_number_that_tells_something_is_a_change(old, new):
    """In the title as well as in the text."""
    assert real_changes(StoryText(title=old, html=""), entry(title=new), ("title",)) == ("title",)
    assert real_changes(StoryText(title="", html=html(old)), entry(html=html(new)), ("text", "link")) == (
        "text",
        "link",
    )


def update(changed, **what):
    return Update(entry=entry(**what), reason="r", story=1, known=7, changed=changed)


def test_an_update_keeps_its_real_changes():
    """A new headline beside a counter is a new headline."""
    before = {1: StoryText(title="Port reopens", html="<p>Text. 3 comments</p>")}
    decision = update(("title", "text"), title="Port reopens early", html="<p>Text. 4 comments</p>")
    (checked,) = without_cosmetics([decision], before)
    assert (checked.changed, checked.reason) == (("title",), "the outlet changed its title")


def test_a_cosmetic_update_leaves_the_story_and_is_noted():
    """The entry's new words are stored, or each poll would compare them again."""
    before = {1: StoryText(title="Port reopens", html="<p>Text. 3 comments</p>")}
    decision = update(("text",), title="Port reopens", html="<p>Text. 4 comments</p>")
    (checked,) = without_cosmetics([decision], before)
    assert isinstance(checked, Unchanged)
    assert (checked.changed, checked.known, checked.reason) == (("text",), 7, COSMETIC)


@pytest.mark.parametrize("text", ["1 " * 20_000, "updated 1 " * 10_000, "views 1 " * 10_000, "1 views. " * 10_000])
def test_long_texts_take_bounded_time(text):
    """Numbers without end do not hold the writer."""
    started = time.process_time()
    lasting_words([text])
    lasting_words([text], is_title=True)
    assert time.process_time() - started < 3

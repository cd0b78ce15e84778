"""Words that change by themselves, and say nothing: counters, relative times, times of the last change. Pure.

A part of a text that consists of nothing else is left out: a line, a sentence, what stands in brackets. Within a
sentence only minutes and hours "ago" and reading times are. English, Arabic, Persian, Russian and Turkish are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from syndicator.parse.date_names import fillers, halves_of_day, months, weekdays
from syndicator.text import Words, fold

_PART = re.compile(r"[\n|·•∙()\[\]]|\s[-–—]\s|(?<=[.!?؟。…])\s")
_ENDED = re.compile(r"[.!?؟。…:\"”»]\s*\Z")
# Of images, as in 640x480.
_SIZE = re.compile(r"\b\d{3,5}\s?[x×хХ]\s?\d{3,5}(?:\s?px)?\b")
# 12; 1,200 and 1.2k, whose marks are no words.
_NUMBER = r"(?:\d+[km]?(?: \d{3}(?!\d)| \d[km]){0,3}(?: (?:тыс|млн|الف|هزار|bin|mn))?)"
# No counter has more words. It bounds the time that a part takes.
_MOST_WORDS = 16
_COMMENTS = (
    "comment comments reply replies تعليق تعليقات تعليقا نظر نظرات دیدگاه комментарий комментария комментариев yorum"
)
_COUNTED = (
    "view views viewed like likes share shares read reads reader readers reaction reactions vote votes"
    " مشاهدة مشاهدات إعجاب إعجابات مشاركة مشاركات قراءة قراءات زيارة زيارات"
    " بازدید پسند لایک بازنشر просмотр просмотра просмотров лайк лайка лайков репост репоста репостов"
    " görüntülenme görüntüleme beğeni paylaşım okunma"
)
_NONE = "no بدون нет hiç"
_MINUTES = "min mins minute minutes دقيقة دقائق دقیقه мин минута минуты минут dk dakika dakikalık"
_READING = "read reading قراءة للقراءة مطالعه خواندن чтения okuma"
_READING_TIME = "reading_time time_to_read مدة_القراءة وقت_القراءة زمان_مطالعه время_чтения okuma_süresi"
_SHORT_UNITS = (
    f"{_MINUTES} sec secs second seconds m h hr hrs hour hours"
    " ثانية ثوان ثواني دقيقتين ساعة ساعتين ساعات ثانیه ساعت"
    " секунду секунды секунд минуту час часа часов saniye saat"
)
_LONG_UNITS = (
    "d day days w week weeks month months يوم يومين أيام أسبوع أسبوعين أسابيع شهر شهرين أشهر روز هفته ماه"
    " день дня дней неделю недели недель месяц месяца месяцев gün hafta ay"
)
_AGO_AFTER = "ago پیش قبل назад önce"
_AGO_BEFORE = "قبل منذ"
_ONE = "a an one یک bir"
_NOW = "just_now moments_ago الآن قبل_قليل لحظاتی_پیش только_что az_önce şimdi"
_WRITTEN = (
    "updated last_updated published posted modified last_modified"
    " تحديث آخر_تحديث نشر نشرت تاريخ_النشر تم_التحديث بروزرسانی به_روزرسانی آخرین_بروزرسانی آخرین_به_روزرسانی منتشر_شده"
    " обновлено опубликовано последнее_обновление güncelleme güncellendi son_güncelleme yayınlandı yayınlanma"
)
_ZONES = "utc gmt est edt cet cest eet msk мск trt تي_إس_تي جرينتش غرينتش"


def lasting_words(lines: Iterable[str], *, is_title: bool = False) -> list[str]:
    """Return the folded words of lines of text without those that change by themselves."""
    patterns = _patterns()
    parts = [part for line in lines for part in _PART.split(_SIZE.sub(" ", line)) if part and not part.isspace()]
    words: list[str] = []
    for place, part in enumerate(parts):
        folded = Words(part).folded()
        said = " ".join(folded)
        if len(folded) <= _MOST_WORDS and patterns.whole.fullmatch(said):
            continue
        said = patterns.within.sub(" ", said)
        if place == len(parts) - 1 and not _ENDED.search(part):
            said = (patterns.after_title if is_title else patterns.after_text).sub("", said)
        words += said.split()
    return words


class _Patterns:
    """Expressions over folded words with one space between two."""

    def __init__(self) -> None:
        number = f"(?:{_NUMBER}|{_any(_NONE)})"
        comments, counted = _any(_COMMENTS), f"(?:ال)?{_any(f'{_COMMENTS} {_COUNTED}')}"
        short, long = _any(_SHORT_UNITS), _any(f"{_SHORT_UNITS} {_LONG_UNITS}")
        reading = f"{_NUMBER} {_any(_MINUTES)} {_any(_READING)}"
        reading_time = f"{_any(_READING_TIME)} {_NUMBER}(?: {_any(_MINUTES)})?"
        counter = f"(?:{number} {counted}|{counted} {number}|{reading}|{reading_time})"
        date = f"(?:\\d+|{_any_of((*months(), *weekdays(), *halves_of_day(), *fillers(), *_split(_ZONES)))})"
        written = _any(_WRITTEN)
        stamp = f"(?:{written} )+{date}(?: {date})*"
        piece = f"(?:{counter}|(?:{written} )*{_ago(long)}|{stamp})"
        self.whole = re.compile(f"{piece}(?: {piece})*")
        self.within = re.compile(rf"(?<!\S)(?:{_ago(short)}|{reading})(?!\S)")
        self.after_title = re.compile(rf"(?<!\S){number} {comments}\Z")
        self.after_text = re.compile(rf"(?<!\S){counter}\Z")


def _ago(units: str) -> str:
    amount = f"(?:{_NUMBER}|{_any(_ONE)})"
    short = r"\d+(?:s|m|h|d|w|min|mins|hr|hrs)"
    after = f"(?:(?:{amount} )?{units}|{short}) {_any(_AGO_AFTER)}"
    return f"(?:{after}|{_any(_AGO_BEFORE)} (?:{amount} )?{units}|{_any(_NOW)})"


def _any(names: str) -> str:
    return _any_of(_split(names))


def _any_of(names: Iterable[str]) -> str:
    """Return an expression for any of these names, longer ones first."""
    return f"(?:{'|'.join(map(re.escape, sorted(set(names), key=lambda each: (-len(each), each))))})"


def _split(names: str) -> Sequence[str]:
    return [" ".join(map(fold, name.split("_"))) for name in names.split()]


@cache
def _patterns() -> _Patterns:
    """Return the expressions, compiled when a text has changed for the first time."""
    return _Patterns()

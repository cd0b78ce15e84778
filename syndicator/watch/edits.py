"""What an outlet changed in a headline or a text, and what of that matters most: numbers, negation, names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.text import fold
from syndicator.wordiff import Kind, Segment, diff

# What goes back to what it was within this time was a slip, or a test.
FLIPS_WITHIN = timedelta(days=1)
_NUMBER = re.compile(r"\d")
_WORD = re.compile(r"[\w\u200c'’]+")
# Of each language, folded. Those that are written as a part of the verb are below.
_NEGATIONS = {
    "en": "not no never none nobody nothing cannot without",
    "ar": "لا لم لن ليس ليست ليسوا غير دون بدون عدم",
    "fa": "نه نیست نیستند نبود هیچ بدون عدم",
    "ru": "не ни нет никогда никто ничего без нельзя",
    "tr": "değil yok hiç hayır olmadan asla",
    "fr": "ne pas non jamais aucun aucune sans ni",
    "de": "nicht kein keine keinen keiner nie niemand nichts ohne",
    "es": "no nunca jamás ningún ninguna nadie nada sin ni",
}
_NEGATIVE = {language: frozenset(map(fold, words.split())) for language, words in _NEGATIONS.items()}
# At the end of a verb only, persons and cases after them: namaz, Medine and Ramazan have their sounds within.
_TURKISH = (
    "d[iu](?:m|n|k|niz|nuz|l[ae]r)?|d[iu]g[iu].*"
    "|z(?:l[ae]r|s[ae]|d[iu])?|mis(?:t[iu]r?|l[ae]r|s[ae])?|(?:yacak|yecek|yacag|yeceg).*"
)
# Nouns, surnames and a town that end as a verb with a negation does.
_TURKISH_NAMES = "namaz|yilmaz|korkmaz|sonmez|donmez|komedi|trajikomedi|ahmedi|muhammedi|mehmedi"
_NEGATED = {
    "en": re.compile(r".*n['’]t"),
    "fa": re.compile(r"(?!نمين$)نمي.*"),
    "tr": re.compile(rf"(?!{_TURKISH_NAMES})\w{{2,}}m[ae](?:{_TURKISH})"),
}


class Flip(StrEnum):
    """Whether a change is new, takes one of the last day back, or is one more of that kind."""

    NOT = "not"
    BACK = "back"
    AGAIN = "again"


class Touch(StrEnum):
    """What a change touches, the gravest first."""

    NUMBER = "a number"
    NEGATION = "a negation"
    NAME = "a name"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Swap:
    """What stood in a text, and what stands there now, with a word around it; either may be empty."""

    old: str
    new: str
    touch: Touch


def gravest(before: str, after: str, language: str, names: Collection[str] = ()) -> Swap | None:
    """Return the gravest change between two texts, None if no word differs; ``names`` are those that it has now."""
    swaps = _swaps(diff(before, after), language, {fold(word) for name in names for word in _WORD.findall(name)})
    order = list(Touch)
    return min(swaps, key=lambda each: order.index(each.touch), default=None)


def flip_of(at: datetime, before: str, after: str, earlier: Collection[tuple[datetime, str]]) -> Flip:
    """Return whether a change of words is one of the last day's taken back; ``earlier`` words with their ends."""
    recent = [words for ended, words in earlier if at - FLIPS_WITHIN <= ended < at and words in (before, after)]
    if after not in recent:
        return Flip.NOT
    return Flip.BACK if len(recent) == 1 else Flip.AGAIN


def _swaps(segments: Sequence[Segment], language: str, names: Collection[str]) -> Iterator[Swap]:
    """Yield what was swapped for what. A number or a negation says little without the word that it belongs to."""
    for place, each in enumerate(segments):
        if each.kind is Kind.SAME or (each.kind is Kind.ADDED and _kind_at(segments, place - 1) is Kind.REMOVED):
            continue
        is_swapped = each.kind is Kind.REMOVED and _kind_at(segments, place + 1) is Kind.ADDED
        old = each.text if each.kind is Kind.REMOVED else ""
        new = segments[place + 1].text if is_swapped else "" if each.kind is Kind.REMOVED else each.text
        touch = _touch(old, new, language, names)
        is_bare = min(len(_WORD.findall(part)) for part in (old, new)) <= 1
        if is_bare and (touch is not Touch.WORDS or not old.strip() or not new.strip()):
            lead, follow = _neighbours(segments, place - 1, place + 1 + is_swapped)
            old, new = (f"{lead} {part.strip()} {follow}".strip() for part in (old, new))
        yield Swap(" ".join(old.split()), " ".join(new.split()), touch)


def _kind_at(segments: Sequence[Segment], place: int) -> Kind | None:
    return segments[place].kind if 0 <= place < len(segments) else None


def _neighbours(segments: Sequence[Segment], before: int, after: int) -> tuple[str, str]:
    """Return the word that follows a change, or, at the end, the one that leads to it."""
    if after < len(segments) and (following := _WORD.search(segments[after].text)):
        return "", following[0]
    leading = _WORD.findall(segments[before].text) if before >= 0 else []
    return (leading[-1] if leading else ""), ""


def _touch(before: str, after: str, language: str, names: Collection[str]) -> Touch:
    old, new = ([fold(word) for word in _WORD.findall(each)] for each in (before, after))
    numbers = [sorted(word for word in words if _NUMBER.search(word)) for words in (old, new)]
    if numbers[0] != numbers[1]:
        return Touch.NUMBER
    if _negations(old, language) != _negations(new, language):
        return Touch.NEGATION
    return Touch.NAME if not set(names).isdisjoint(set(old) ^ set(new)) else Touch.WORDS


def _negations(words: list[str], language: str) -> int:
    """Return how many words negate something, none in a language whose words are not known."""
    language = language.partition("-")[0]
    negative, negated = _NEGATIVE.get(language, frozenset()), _NEGATED.get(language)
    return sum(word in negative or (negated is not None and negated.fullmatch(word) is not None) for word in words)

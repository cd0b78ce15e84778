"""Inflect names by rules in further languages: Ukrainian cases, Sorani endings, German adjectives, Hebrew demonyms."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from syndicator.tag.inflect import russian_cases

_UKRAINIAN = (  # ending -> the endings it takes in the other cases, singular or plural as the name is
    ("море", ("моря", "морю", "морем", "морі")),
    ("схід", ("сходу", "сходом", "сході")),
    ("міст", ("мосту", "мостом", "мості", "моста")),
    ("ріг", ("рогу", "рогом", "розі")),
    ("пет", ("пту", "птом", "пті", "птові")),
    ("піль", ("поля", "полю", "полем", "полі")),
    ("ець", ("ця", "цю", "цем", "ці", "цеві")),
    ("ень", ("ня", "ню", "нем", "ні", "ені")),
    ("їв", ("єва", "єву", "євом", "єві")),
    ("ів", ("ова", "ову", "овом", "ові", "іва", "іву", "івом", "іві")),
    ("ія", ("ії", "ію", "ією", "іє")),
    ("жжя", ("жжі", "жжю", "жжям")),
    ("ий", ("ого", "ому", "им", "ім")),
    ("ій", ("ього", "ьому", "им", "ім", "ого", "ому", "ія", "ію", "ії")),
    ("ка", ("ки", "ці", "ку", "кою")),
    ("га", ("ги", "зі", "гу", "гою")),
    ("ха", ("хи", "сі", "ху", "хою")),
    ("а", ("и", "і", "у", "ою")),
    ("я", ("і", "ю", "ею", "ям", "ї")),
    ("івне", ("івного", "івному", "івним")),
    ("ці", ("ців", "цям", "цями", "цях")),
    ("ї", ("їв", "їх", "ям", "ями", "ях")),
    ("и", ("", "ів", "ам", "ами", "ах")),
    ("озеро", ("озера", "озеру", "озером", "озері")),
    ("ово", ("ова", "ову", "овом", "ові")),
    ("про", ("пра", "пру", "пром", "прі")),
    ("ь", ("я", "ю", "ем", "і")),
    ("й", ("я", "ю", "єм", "ї")),
)
_UKRAINIAN_ADJECTIVES = (
    ("ий", ("ого", "ому", "им", "ім")),
    ("ій", ("ього", "ьому", "ім")),
    ("а", ("ої", "ій", "у", "ою")),
    ("я", ("ьої", "ій", "ю", "ьою")),
    ("е", ("ого", "ому", "им", "ім")),
    ("є", ("ього", "ьому", "ім")),
    ("і", ("их", "им", "ими")),
)
_UKRAINIAN_NOUNS = frozenset("озеро річка гора гори пустеля сектор смуга долина дельта півострів".split())
_MASCULINE = ("а", "у", "ом", "ем", "і", "ові", "еві")
_UKRAINIAN_CONSONANTS = "бвгґджзклмнпрстфхцчшщ"
_SHORTEST_STEM = 3


def case_forms(name: str, language: str) -> Iterator[str]:
    """Yield a place name of a language in the cases that stand in running text, the nominative first."""
    inflect = _CASES.get(language)
    return iter((name,)) if inflect is None else inflect(name)


def ukrainian_cases(name: str) -> Iterator[str]:
    """Yield the nominative and the other cases of a Ukrainian place name, by the endings of its words.

    Adjectives before the last word change with it; a name after a noun that is declined does not.
    """
    yield name
    *heads, last = name.split()
    if heads and heads[0].lower() in _UKRAINIAN_NOUNS:
        yield from (" ".join((form, *heads[1:], last)) for form in _ukrainian_nouns(heads[0]))
    changed = [(head, *_by_ending(head, _UKRAINIAN_ADJECTIVES)) for head in heads]
    yield from map(" ".join, itertools.product(*changed, _ukrainian_nouns(last)))


def _ukrainian_nouns(word: str) -> tuple[str, ...]:
    if word.isupper():
        return ()
    if found := _by_ending(word, _UKRAINIAN):
        return found
    return tuple(word + ending for ending in _MASCULINE) if word[-1].lower() in _UKRAINIAN_CONSONANTS else ()


def _by_ending(word: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    lowered = word.lower()
    for ending, others in table:
        if lowered.endswith(ending) and (len(word) > len(ending) + 1 or lowered == ending):
            stem = word[: len(word) - len(ending)]
            return tuple(stem + other for other in others)
    return ()


_UKRAINIAN_BACK = tuple(
    sorted(
        {(form, ending) for ending, others in _UKRAINIAN for form in others if form and len(ending) < _SHORTEST_STEM}
        | {(form, "") for form in _MASCULINE},
        key=lambda pair: (-len(pair[0]), pair),
    )
)


def ukrainian_bases(word: str) -> Iterator[str]:
    """Yield possible nominatives of a folded Ukrainian word, the longest ending first: харків for харкова."""
    for form, ending in _UKRAINIAN_BACK:
        if word.endswith(form) and len(word) - len(form) >= _SHORTEST_STEM:
            yield word[: len(word) - len(form)] + ending


def ukrainian_demonyms(stem: str) -> Iterator[str]:
    """Yield the forms of a Ukrainian adjective or demonym from its stem: сирійськ-, сирійц-."""
    endings = (
        ("ий", "ого", "ому", "им", "ім", "а", "ої", "ій", "у", "ою", "е", "і", "их", "ими")
        if stem.endswith(("ськ", "цьк", "зьк"))
        else ("", "а", "у", "ом", "ем", "і", "и", "ів", "ам", "ями", "ами", "ах", "ях", "ові", "еві", "е", "ка", "ки")
    )
    return (stem + ending for ending in endings)


_SORANI = re.compile("[ێۆڵڕەڤ]")  # letters that neither Arabic nor Persian has


def sorani_cases(name: str) -> Iterator[str]:
    """Yield a Sorani name with the endings for "in", "from" and "of"."""
    yield name
    from_there = "وە" if name[-1] in "اەێۆ" else "ەوە"
    # With the ending for "of", a name that Persian shares would be a surname there: شیرازی.
    of = ("ی", "یدا", "یان") if _SORANI.search(name) else ()
    yield from (name + ending for ending in ("دا", from_there, *of))


def sorani_demonyms(word: str) -> Iterator[str]:
    """Yield a Sorani adjective with its definite and plural endings."""
    yield word
    endings = ("یەکان", "یەکانی", "یەکە", "یان") if word.endswith("ی") else ("ەکان", "ەکانی", "ەکە", "ان")
    yield from (word + ending for ending in endings)
    yield from (word + ending for ending in ("ەکان", "ەکانی", "ەکە"))


def kurdish_demonyms(word: str) -> Iterator[str]:
    """Yield a Kurmanji demonym in singular and plural, with the endings of its cases."""
    yield word
    endings = ("yê", "ya", "yan", "yên") if word.endswith("î") else ("an",)
    stem = word[:-1] + "i" if word.endswith("î") else word
    yield from (stem + ending for ending in endings)


def hebrew_demonyms(word: str) -> Iterator[str]:
    """Yield a Hebrew adjective in both genders and numbers; prefixes are left to the look-up."""
    yield from (word + ending for ending in ("", "ת", "ם", "ים", "ות"))


_GERMAN_NOUNS = {"Meer": ("s", "es"), "See": ("s",), "Golf": ("s", "es"), "Ozean": ("s",), "Fluss": ("es",)}
_GERMAN_NOUNS |= {"Meerbusen": ("s",), "Nordmeer": ("s", "es"), "Seen": (), "Halbinsel": ()}
_GERMAN_ADJECTIVE = ("es", "er", "e")


def german_cases(name: str) -> Iterator[str]:
    """Yield a German name of an adjective and a noun in all cases: im Schwarzen Meer, des Kaspischen Meeres."""
    yield name
    adjective, _, noun = name.partition(" ")
    ending = next((each for each in _GERMAN_ADJECTIVE if adjective.endswith(each)), "")
    if noun in _GERMAN_NOUNS and ending:
        stem = adjective[: len(adjective) - len(ending)]
        yield from (f"{stem}{other} {noun}" for other in ("e", "en", "er", "es", "em"))
        yield from (f"{stem}en {noun}{genitive}" for genitive in _GERMAN_NOUNS[noun])


_CASES: Mapping[str, Callable[[str], Iterator[str]]] = {
    "ru": russian_cases, "uk": ukrainian_cases, "ckb": sorani_cases, "de": german_cases,
}  # fmt: skip

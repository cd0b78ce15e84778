"""Inflect names by rules: cases of Russian place names, and the forms of demonyms in eight languages.

``inflect_more`` has the other languages.
"""

from __future__ import annotations

from collections.abc import Iterator

_RUSSIAN = (  # ending -> the endings it takes in the other cases, singular or plural as the name is
    ("ия", ("ии", "ию", "ией", "иею")),
    ("ья", ("ьи", "ье", "ью", "ьей")),
    ("ая", ("ой", "ую", "ою")),
    ("яя", ("ей", "юю")),
    ("ый", ("ого", "ому", "ым", "ом")),
    ("ий", ("ого", "его", "ому", "ему", "им", "ом", "ем")),
    ("ое", ("ого", "ому", "ым", "ом")),
    ("ие", ("их", "им", "ими")),
    ("ые", ("ых", "ым", "ыми")),
    ("ка", ("ки", "ке", "ку", "кой")),
    ("га", ("ги", "ге", "гу", "гой")),
    ("ха", ("хи", "хе", "ху", "хой")),
    ("а", ("ы", "и", "е", "у", "ой")),
    ("я", ("и", "е", "ю", "ей")),
    ("ы", ("", "ов", "ам", "ами", "ах")),
    ("и", ("ам", "ами", "ах")),
    ("ь", ("я", "ю", "ем", "е", "и", "ью")),
    ("й", ("я", "ю", "ем", "е")),
)
_CONSONANTS = "бвгджзклмнпрстфхцчшщ"
# Of names only: taken off any word, these endings would make it one of too many.
_RUSSIAN_NAMES = (
    ("море", ("моря", "морю", "морем")),
    ("озеро", ("озера", "озеру", "озером", "озере")),
    ("водохранилище", ("водохранилища", "водохранилищу", "водохранилищем")),
    ("еи", ("еев", "еям", "еями", "еях")),
    ("аи", ("аев", "аям", "аями", "аях")),
    ("ево", ("ева", "еву", "евым", "евом")),
)
# A noun before a name is declined instead of it: на озере Ван, к горе Арарат.
_RUSSIAN_NOUNS = frozenset("озеро река гора горы пустыня сектор долина дельта район остров".split())


def russian_cases(name: str) -> Iterator[str]:
    """Yield the nominative and the other cases of a Russian place name, by the endings of its words.

    Adjectives before the last word change with it; a word before a hyphen does not. Neither does a name after a noun
    that is declined instead.
    """
    yield name
    words = name.split()
    if len(words) > 1 and words[0].lower() in _RUSSIAN_NOUNS:
        yield from (" ".join((form, *words[1:])) for form in _cases(words[0]))
    tables = [
        _cases(word) if place == len(words) - 1 or _is_adjective(word) else () for place, word in enumerate(words)
    ]
    if len(words) == 1:
        yield from tables[0]
        return
    # Words of one name agree, but not row by row across declensions: take every pairing, most are never met.
    for last in (words[-1], *tables[-1]):
        heads = [words[:-1]]
        if any(tables[:-1]):
            heads = [[*words[:-2], form] for form in (words[-2], *tables[-2])] if len(words) > 1 else heads
        for head in heads:
            yield " ".join((*head, last))


def _cases(word: str) -> tuple[str, ...]:
    lowered = word.lower()
    for ending, others in (*_RUSSIAN_NAMES, *_RUSSIAN):
        if lowered.endswith(ending) and (len(word) > len(ending) + 1 or lowered == ending):
            return tuple(word[: -len(ending)] + other for other in others)
    if lowered[-1:] in _CONSONANTS and not word.isupper():
        return tuple(word + ending for ending in ("а", "у", "ом", "ем", "е"))
    return ()


def _is_adjective(word: str) -> bool:
    return word.lower().endswith(("ая", "яя", "ый", "ий", "ое", "ие", "ые", "ево"))


def english_demonyms(word: str) -> Iterator[str]:
    """Yield an English demonym and, where its ending allows one, its plural."""
    yield word
    if not word.endswith(("s", "sh", "ch", "ese")):
        yield word + "s"


def arabic_demonyms(word: str) -> Iterator[str]:
    """Yield an Arabic adjective with its feminine and sound plurals. The article is left to the look-up."""
    yield word
    for ending in ("ة", "ون", "ين", "ات", "يون", "يين"):
        yield word + ending


def turkish_demonyms(word: str) -> Iterator[str]:
    """Yield a Turkish demonym with its plural and the case endings that take no apostrophe."""
    yield word
    plural = word + ("lar" if _last_vowel(word) in "aıou" else "ler")
    yield plural
    for ending in ("in", "ın", "i", "ı", "e", "a", "de", "da", "den", "dan", "le", "la"):
        yield plural + ending


def _last_vowel(word: str) -> str:
    return next((letter for letter in reversed(word.lower()) if letter in "aıoueiöü"), "e")


def persian_demonyms(word: str) -> Iterator[str]:
    """Yield a Persian adjective with plurals written without the zero-width joiner."""
    yield word
    for ending in ("ها", "های", "ان"):
        yield word + ending


def russian_demonyms(stem: str) -> Iterator[str]:
    """Yield the forms of a Russian adjective or demonym from its stem: сирийск-, сириец-."""
    endings = (
        ("ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ою", "ое", "ие", "их", "ими")
        if stem.endswith(("ск", "цк"))
        else ("", "а", "у", "ом", "ем", "е", "ы", "и", "ов", "ев", "ам", "ями", "ами", "ах", "ей", "ях")
    )
    return (stem + ending for ending in endings)


def german_demonyms(word: str) -> Iterator[str]:
    """Yield a German adjective (syrisch) or demonym (Syrer, Türke) with its endings."""
    yield word
    endings = ("e", "en", "er", "es", "em") if word.endswith("isch") else ("n", "in", "innen", "s", "en")
    for ending in endings:
        yield word + ending


def french_demonyms(word: str) -> Iterator[str]:
    """Yield a French adjective in both genders and numbers: syrien, turc."""
    feminine = {"ien": "ienne", "éen": "éenne", "c": "que", "f": "ve", "e": "e"}
    ending = next((end for end in feminine if word.endswith(end)), "")
    female = word[: len(word) - len(ending)] + feminine[ending] if ending else word + "e"
    yield from (word, word if word.endswith("s") else word + "s", female, female + "s")


def spanish_demonyms(word: str) -> Iterator[str]:
    """Yield a Spanish adjective in both genders and numbers: sirio, francés, iraní."""
    if word.endswith("o"):
        yield from (word, word + "s", word[:-1] + "a", word[:-1] + "as")
    elif word.endswith(("és", "án", "ín", "ón")):
        bare = word[:-2] + {"é": "e", "á": "a", "í": "i", "ó": "o"}[word[-2]] + word[-1]
        yield from (word, bare + "a", bare + "es", bare + "as")
    else:
        yield from (word, word + "s", word + "es")


_RUSSIAN_BACK = tuple(
    sorted(
        {(form, ending) for ending, others in _RUSSIAN for form in others if form}
        | {(form, "") for form in ("а", "у", "ом", "ем", "е")},
        key=lambda pair: (-len(pair[0]), pair),
    )
)


def russian_bases(word: str) -> Iterator[str]:
    """Yield possible nominatives of a folded Russian word, the longest ending first: хомс for хомсе."""
    for form, ending in _RUSSIAN_BACK:
        if word.endswith(form) and len(word) - len(form) >= _SHORTEST_STEM:
            yield word[: len(word) - len(form)] + ending


_SHORTEST_STEM = 3

"""English labels: what divisions and towns are called in English newspapers, where the packages have other names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

from syndicator.tag import tables
from syndicator.tag.compile.draft import Draft, keys_of
from syndicator.tag.gazetteer import NO_PLACE, Kind, Usage, short_label
from syndicator.text import fold

# Countries whose names in the packages are transliterations, or which English writes without their marks.
_TRANSLITERATED = frozenset(
    "AE AF AM AZ BD BG BH BT BY CN CY EG ER ET GE GR IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK LY MK MM MN MV NP OM"
    " PK PS QA RU SA SD SY TH TJ TM TW UA UZ VN YE".split()
)
_ENGLISH = re.compile(r"[A-Z][A-Za-z' -]+ (?:Governorate|Province|Region|Oblast|State|Prefecture|Emirate|District)")
_NATIVE_GENERIC = re.compile(r" (?:Sheng|Shi|oblysy|SAR|novads|Novads|kraj|oblast|oblast')$")
_LETTERS = str.maketrans({"ə": "a", "Ə": "A", "ı": "i", "đ": "d", "Đ": "D", "ʿ": "'", "ʾ": "'", "ʻ": "'", "’": "'",
                          "‘": "'", "`": "'", "ʼ": "'"})  # fmt: skip
_ARTICLE = re.compile(r"^(?:Al|Ar|As|Ash|Ad|An|Az|At)[ -]", re.IGNORECASE)
_EDGE = re.compile(r"(?<![^\s-])'|'(?![^\s-])")

_LEAST_LIKENESS = 0.5  # of an English alias to the name that it may be the English of


def plain_english(name: str, country: str) -> str:
    """Return a name as English newspapers write it: a transliteration without its marks, İ as I."""
    name = name.replace("İ", "I")
    if country not in _TRANSLITERATED:
        return name
    letters = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _EDGE.sub("", bare).strip() or name


def english_division(name: str, aliases: Sequence[str], country: str) -> str:
    """Return the English label of a division, without the generic word; see ``labels.tsv`` for those it fails for."""
    own = plain_english(_NATIVE_GENERIC.sub("", name), country)
    if country not in _TRANSLITERATED:
        return own
    english = [short_label(alias) for alias in aliases if _ENGLISH.fullmatch(alias)]
    likest = max(english, key=lambda each: likeness(each, own), default="")
    return likest if likest and likeness(likest, own) > _LEAST_LIKENESS else own


def add_labels(draft: Draft) -> None:
    """Give places the labels of ``labels.tsv``, which they are then found by, too. Their terms stay as they are."""
    for row in tables.rows("labels.tsv"):
        number = draft.terms.get(row["term"], draft.town(row["term"]))
        if number is not None:
            draft.relabel(number, row["label"])
            short = short_label(row["label"])
            draft.add_name(number, row["label"], Usage.ALTERNATE if short == row["label"] else Usage.CURATED)
            draft.add_name(number, short, Usage.ALTERNATE)
            for language in tables.LANGUAGES[1:]:
                if names := tables.cell(row, language):
                    draft.local_labels.setdefault(language, {})[number] = names[0]


def label_seats(draft: Draft) -> None:
    """Label the largest town of a division like the division if both have that name: Hama, in GeoNames Hamah."""
    seats: dict[int, int] = {}
    for number, place in enumerate(draft.places):
        if place.kind is Kind.TOWN and place.parent != NO_PLACE:
            largest = seats.setdefault(place.parent, number)
            if place.population > draft.places[largest].population:
                seats[place.parent] = number
    for division, number in seats.items():
        name, label = short_label(draft.places[division].label), draft.places[number].label
        is_both = any(number in draft.meanings(words) for words in keys_of(name))
        is_longer = label.startswith(f"{name} ")  # New York City
        is_like = likeness(_ARTICLE.sub("", label), name) >= _LEAST_LIKENESS
        if draft.places[division].kind is Kind.DIVISION and is_both and is_like and not is_longer:
            draft.relabel(number, name)


def likeness(one: str, other: str) -> float:
    """Return how alike two names are written, from 0 to 1."""
    return difflib.SequenceMatcher(None, fold(one), fold(other)).ratio()

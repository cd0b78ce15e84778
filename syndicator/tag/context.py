"""Context features of a name: its capitals, and the prepositions, titles, commas and other words beside it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import NamedTuple

from syndicator.tag.cues import Cue
from syndicator.tag.false_friends import Neighbours
from syndicator.tag.find import Match
from syndicator.tag.gazetteer import Usage
from syndicator.tag.letters import Text
from syndicator.tag.name import Name

_SHORT_WORD = 3
_LIST_GAPS = frozenset((", ", "، ", "/"))
_QUOTES = ('"', "“", "‘", "'", "«", "„")
_ARABIC_AND, _ARABIC_ARTICLE = "و", "ال"
_NOUN_CAPITALS = "de"  # all nouns have capitals, so that a capital beside a name is no sign of a proper name
_TAKES_ARTICLE = frozenset(("country", "kind-area", "kind-group", "kind-water", "people"))
_LETTERS = Cue.CAPITAL | Cue.UNCASED
_KNOWN_BEFORE = (
    Cue.LOCATIVE | Cue.OF | Cue.FUNCTION | Cue.TITLE | Cue.FIRST_NAME | Cue.DIRECTION | Cue.CALENDAR | Cue.SAID
    | Cue.ORGANISATION
)  # fmt: skip
_CUES_BEFORE = (
    Cue.FROM | Cue.OF | Cue.DIRECTION | Cue.TITLE | Cue.FIRST_NAME | Cue.INITIAL | Cue.ARTICLE | Cue.ORGANISATION
    | Cue.ROAD | Cue.NUMBER
)  # fmt: skip
_KNOWN_AFTER = _KNOWN_BEFORE | Cue.STREET | Cue.DIVISION | Cue.AREA | Cue.ACTS
_NO_VERB = Cue.OF | Cue.FUNCTION | Cue.LOCATIVE | Cue.ARTICLE | Cue.CAPITAL
# Features of the word after a name, of which the first that fits counts: (cue, needs a capital, feature).
_AFTER = (
    (Cue.ORGAN, False, "acts-after"),
    (Cue.VERSUS, False, "listed"),
    (Cue.STREET, True, "street-after"),
    (Cue.DIVISION, True, "division-after"),
    (Cue.DIVISION, False, "division-small-after"),
    (Cue.ORGANISATION, True, "org-after"),
    (Cue.AREA, False, "area-after"),
    (Cue.SAID, False, "said-after"),
    (Cue.ACTS, False, "acts-after"),
    (Cue.NUMBER, False, "number-after"),
    (Cue.INITIAL, False, "initial-after"),
)
_ANY_AFTER = functools.reduce(operator.or_, (cue for cue, _, _ in _AFTER))


_SEAT = frozenset(("governor", "area-after", "division-after", "division-small-after"))


class NameMatch(NamedTuple):
    """A name found in a text. ``is_locative``: a word for "in", "from" or "to" precedes it or is part of it."""

    match: Match
    name: Name
    is_locative: bool


class ContextFeatures:
    """Computes the context features of the names found in one text."""

    def __init__(self, text: Text, names: Sequence[NameMatch], language: str) -> None:
        """Use ``text``, which is in ``language`` and has these names."""
        self.text, self.raw, self.cues, self.gap = text, text.words.words, text.cues, text.words.gap
        self.size = len(self.raw)
        self.is_uniform = text.is_title_case or text.is_uppercase
        self.are_capitals_telling = language != "en" and not self.is_uniform
        self.are_capitals_distinctive = not self.is_uniform and language != _NOUN_CAPITALS
        self.starts = {each.match.start: each.name for each in names}
        self.ends = {each.match.end: each.name for each in names}
        self.neighbours = Neighbours(text, self.starts, self.ends, language)

    def __call__(self, named: NameMatch) -> list[str]:
        """Return the features of a name's capitals and of what stands beside it."""
        match, name, is_locative = named
        found = ["in"] if is_locative else []
        if is_locative and self.are_capitals_telling and self.cues[match.start] & Cue.CAPITAL:
            found.append("in-capital-elsewhere")
        self._add_case(match, name, found)
        self._add_position(match, name, found, is_locative=is_locative)
        is_headed = self.cues[match.start] & Cue.UPPERCASE and self.text.is_headed(match.start, match.end)
        if match.start and not is_headed:
            self._add_before(match.start, name, found)
            if self.cues[match.start - 1] & Cue.GOVERNOR:
                found.append("governor")
        elif not match.start and name.usage & Usage.ABBREVIATION:
            found.append("short-bare")
        self._add_after(match.end, name, found)
        if self._is_listed(match.start, match.end, name):
            found.append("listed")
        if "stop-bare" in found and not _SEAT.isdisjoint(found):
            found.remove("stop-bare")  # Batman is a film, and has a governor
        near = self.neighbours.near
        if match.start in near or match.end in near:
            return self.neighbours.features(match, name, found)
        return found

    def _add_case(self, match: Match, name: Name, found: list[str]) -> None:
        cue = self.cues[match.start]
        if self.is_uniform:
            found.append("titled")
        if cue & Cue.UNCASED:
            found += ["uncased"] if name.is_strong else ["uncased", "uncased-weak"]
            if match.end == match.start + 1 and not name.is_demonym and _lost_its_article(self.raw[match.start], name):
                found.append("article-added")
        elif cue & Cue.SMALL:
            found.append("small")
        elif cue & Cue.UPPERCASE and not self.text.is_uppercase and not name.usage & Usage.CODE:
            found.append("shouted")
        if cue & Cue.LOCATIVE_CASE:
            found.append("inside")
        if self.cues[match.end - 1] & Cue.POSSESSIVE:
            found.append("possessive")

    def _add_position(self, match: Match, name: Name, found: list[str], *, is_locative: bool) -> None:
        cue = self.cues[match.start]
        if self.text.starts_sentence(match.start):
            found.append("sentence-start")
            if "common-elsewhere" in name.features and not name.is_strong and not name.is_demonym:
                found.append("start-common")
        if "country" in name.features:
            if is_locative:
                found.append("country-in")
            elif self.cues[match.end - 1] & Cue.POSSESSIVE:
                found.append("country-possessive")
        if not is_locative and "stop-elsewhere" in name.features:
            found.append("stop-bare")
        if not is_locative and cue & Cue.AGENCY and cue & (Cue.UPPERCASE | Cue.UNCASED):
            found.append("agency")

    def _add_before(self, start: int, name: Name, found: list[str]) -> None:
        gap, before = self.gap(start - 1), self.cues[start - 1]
        if name.usage & Usage.ABBREVIATION:
            found.append("short-after-comma" if gap.startswith(",") else "short-bare")
        if gap == " ":
            self._add_word_before(start, before, name, found)
        elif gap == ", ":
            other = self.ends.get(start)
            if other is None:
                found.append("after-comma")
            else:
                found.append("after-place-comma" if other.countries & name.countries else "after-other-comma")
        elif gap == ". " and len(self.raw[start - 1]) <= _SHORT_WORD and before & (Cue.TITLE | Cue.INITIAL):
            found.append("title-before" if before & Cue.TITLE else "initial-before")
        else:
            endings = (("-", "hyphen-before"), ("(", "bracket"), (_QUOTES, "quote-before"), ("@", "address"))
            found += [feature for ending, feature in endings if gap.endswith(ending)][:1]

    def _add_word_before(self, start: int, before: int, name: Name, found: list[str]) -> None:
        """Add features of the word before the name, if only a space is between them."""
        if self._is_object(start, before) or before & Cue.AGAINST:
            found.append("object")
        if before & _CUES_BEFORE:
            found += self._word_before_features(start, before, name)
        if before & Cue.CAPITAL and not before & _KNOWN_BEFORE and self.are_capitals_distinctive:
            if start in self.ends:
                found.append("place-beside")
            else:
                is_start = self.text.starts_sentence(start - 1)
                found.append("capital-before-start" if is_start else "capital-before")
        if start > 1 and before & Cue.OF:
            further = self.cues[start - 2]
            if further & Cue.ORGANISATION and further & _LETTERS:
                found.append("org-of")
            elif further & (Cue.ORGANISATION | Cue.DIVISION | Cue.AREA):
                found.append("area-of")

    def _word_before_features(self, start: int, before: int, name: Name) -> list[str]:
        """Return features that depend on nothing but the word before the name."""
        is_capital = before & _LETTERS
        is_the = self.raw[start - 1] in ("the", "The")
        features = (
            (before & Cue.FROM, "from"),
            (before & Cue.OF and not before & Cue.LOCATIVE, "of"),
            (before & Cue.DIRECTION, "direction-before"),
            (before & Cue.TITLE and is_capital, "title-before"),
            (before & Cue.FIRST_NAME and is_capital, "first-name-before"),
            (before & Cue.INITIAL and not before & Cue.LOCATIVE, "initial-before"),
            (is_the, "the-before"),
            (before & Cue.ARTICLE and not is_the and _TAKES_ARTICLE.isdisjoint(name.features), "article-before"),
            (before & Cue.ORGANISATION and is_capital, "org-before"),
            (before & (Cue.ROAD | Cue.NUMBER), "number-before"),
        )
        return [feature for is_present, feature in features if is_present]

    def _is_object(self, start: int, before: int) -> bool:
        """Return whether the name reads like the object of "Israel strikes Lebanon": a place, one word, the name."""
        subject = self.ends.get(start - 1)
        return subject is not None and subject.is_strong and self.gap(start - 2) == " " and not before & _NO_VERB

    def _add_after(self, end: int, name: Name, found: list[str]) -> None:
        gap = self.gap(end - 1)
        if end < self.size and gap == " ":
            self._add_word_after(end, name, found)
        elif gap in (", ", "، "):
            other = self.starts.get(end)
            if other is None:
                found.append("comma")
            else:
                found.append("comma-holder" if other.countries & name.countries else "comma-place")
        elif gap.startswith(("-", "–")):
            is_based = end < self.size and self.cues[end] & Cue.AREA
            found.append("hyphen-after-based" if is_based else "hyphen-after")
        elif gap.startswith(("@", ".com")):
            found.append("address")
        elif gap.startswith((".", "!", "?", "؟")):
            found.append("full-stop")

    def _add_word_after(self, end: int, name: Name, found: list[str]) -> None:
        """Add features of the word after the name, if only a space is between them."""
        after = self.cues[end]
        if after & Cue.GOVERNOR:
            found.append("governor")
        if self.cues[end - 1] & Cue.POSSESSIVE and after & Cue.SMALL and self._is_organ(end + 1):
            found += ("acts-after", "organ")  # America's last troops
        if not after & _ANY_AFTER or not self._add_kind_after(after, name, found):
            if after & Cue.CAPITAL and not after & _KNOWN_AFTER and self.are_capitals_distinctive:
                if not (name.is_demonym and after & Cue.UPPERCASE and len(self.raw[end]) <= _SHORT_WORD):
                    self._add_capital_after(end, after, found)  # nothing for letters behind a people: Afghan TV
            elif after & Cue.SMALL and not after & _KNOWN_AFTER:
                found.append("small-after")
        if after & Cue.SURNAME and after & Cue.CAPITAL and end in self.starts:
            found.append("surname-after")

    def _is_organ(self, at: int) -> bool:
        return at < self.size and self.gap(at - 1) == " " and bool(self.cues[at] & Cue.ORGAN)

    def _add_kind_after(self, after: int, name: Name, found: list[str]) -> bool:
        """Add the feature of the first kind that the word after the name is; return whether there is one."""
        for cue, needs_capital, feature in _AFTER:
            if after & cue and (not needs_capital or after & _LETTERS):
                is_spokesman = feature == "said-after" and (not name.is_strong or "surname" in name.features)
                found.append("acts-after" if feature == "said-after" and not is_spokesman else feature)
                return True
        return False

    def _add_capital_after(self, end: int, after: int, found: list[str]) -> None:
        if end in self.starts:
            found.append("place-beside")
        elif after & Cue.SURNAME:
            found.append("surname-after")
        else:
            found.append("capital-after")
            further = self.cues[end + 1] if end + 1 < self.size and self.gap(end) == " " else 0
            if further & Cue.ORGANISATION and further & Cue.CAPITAL:
                found.append("org-later")

    def _is_listed(self, start: int, end: int, name: Name) -> bool:
        """Return whether a name is part of a list like "Moscow, Ankara" or "Russia and Turkey"."""
        if start:
            other = self._listed_with(start, start - 1, self.ends, start - 1)
            if other is not None and other.is_strong and not other.countries & name.countries:
                return True
        if end < self.size:
            other = self._listed_with(end, end, self.starts, end + 1)
            return other is not None and other.is_strong and not other.countries & name.countries
        return False

    def _listed_with(self, edge: int, middle: int, names: dict[int, Name], beyond: int) -> Name | None:
        """Return the name on the other side of a comma before ``edge``, or of "and" at ``middle``; None if none is."""
        gap = self.gap(edge - 1)
        if gap == " ":
            if self.cues[middle] & Cue.AND:
                return names.get(beyond)
            return names.get(edge) if self.raw[edge][0] == _ARABIC_AND else None
        return names.get(edge) if gap in _LIST_GAPS else None


def _lost_its_article(word: str, name: Name) -> bool:
    """Return whether an Arabic word reads as a name only without its article: الليل, the night, is not Lille."""
    return _ARABIC_ARTICLE in word[:4] and not name.written.startswith((word[:2], _ARABIC_ARTICLE))

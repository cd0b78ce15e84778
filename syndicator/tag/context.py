"""What stands right beside a name: capitals, prepositions, titles, commas; as features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from syndicator.tag.cues import Cue
from syndicator.tag.find import Match
from syndicator.tag.gazetteer import Means
from syndicator.tag.letters import Text
from syndicator.tag.name import Name

_SHORT_WORD = 3
_LIST_GAPS = frozenset((", ", "، ", "/"))
_QUOTES = ('"', "“", "‘", "'", "«", "„")
_ARABIC_AND, _ARABIC_ARTICLE = "و", "ال"
_ALL_NOUNS = "de"  # writes them with capitals, which therefore tell nothing of the words beside
_TAKES_ARTICLE = frozenset(("country", "kind-area", "kind-group", "kind-water", "people"))
_LETTERS = Cue.CAPITAL | Cue.UNCASED
_NAMED_BEFORE = (
    Cue.LOCATIVE | Cue.OF | Cue.FUNCTION | Cue.TITLE | Cue.FIRST_NAME | Cue.DIRECTION | Cue.CALENDAR | Cue.SAID
    | Cue.ORGANISATION
)  # fmt: skip
_TELLING = (
    Cue.FROM | Cue.OF | Cue.DIRECTION | Cue.TITLE | Cue.FIRST_NAME | Cue.INITIAL | Cue.ARTICLE | Cue.ORGANISATION
    | Cue.ROAD | Cue.NUMBER
)  # fmt: skip
_NAMED_AFTER = _NAMED_BEFORE | Cue.STREET | Cue.DIVISION | Cue.AREA | Cue.ACTS
_NO_VERB = Cue.OF | Cue.FUNCTION | Cue.LOCATIVE | Cue.ARTICLE | Cue.CAPITAL
# What the word after a name is, the first that fits: (cue, needs a capital, feature).
_AFTER = (
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


class Named(NamedTuple):
    """A name where it stands; ``is_in`` if a word for "in" (or from, to) stands before it, or is part of it."""

    match: Match
    name: Name
    is_in: bool


class ContextFeatures:
    """Reads what stands beside the names of one text."""

    def __init__(self, text: Text, names: Sequence[Named], language: str) -> None:
        """Read ``text`` of that language, in which these names were found."""
        self.text, self.raw, self.cues, self.gap = text, text.words.words, text.cues, text.words.gap
        self.size = len(self.raw)
        self.is_flat = text.is_titled or text.is_shouted
        self.do_capitals_tell = not self.is_flat and language != _ALL_NOUNS
        self.starts = {each.match.start: each.name for each in names}
        self.ends = {each.match.end: each.name for each in names}

    def read(self, named: Named) -> list[str]:
        """Give the features of a name's letters and surroundings."""
        match, name, is_in = named
        found = ["in"] if is_in else []
        self._letters(match, name, found)
        self._alone(match, name, found, is_in=is_in)
        if match.start:
            self._before(match.start, name, found)
            if self.cues[match.start - 1] & Cue.GOVERNOR:
                found.append("governor")
        elif name.means & Means.SHORT:
            found.append("short-bare")
        self._after(match.end, name, found)
        if self._is_listed(match.start, match.end, name):
            found.append("listed")
        return found

    def _letters(self, match: Match, name: Name, found: list[str]) -> None:
        cue = self.cues[match.start]
        if self.is_flat:
            found.append("titled")
        if cue & Cue.UNCASED:
            found += ["uncased"] if name.is_strong else ["uncased", "uncased-weak"]
            if match.end == match.start + 1 and not name.is_people and _lost_its_article(self.raw[match.start], name):
                found.append("article-added")
        elif cue & Cue.SMALL:
            found.append("small")
        elif cue & Cue.SHOUTED and not self.text.is_shouted and not name.means & Means.EXACT:
            found.append("shouted")
        if cue & Cue.INSIDE:
            found.append("inside")
        if self.cues[match.end - 1] & Cue.POSSESSIVE:
            found.append("possessive")

    def _alone(self, match: Match, name: Name, found: list[str], *, is_in: bool) -> None:
        cue = self.cues[match.start]
        if self.text.starts_sentence(match.start):
            found.append("sentence-start")
            if "common-elsewhere" in name.features and not name.is_strong and not name.is_people:
                found.append("start-common")
        if "country" in name.features:
            if is_in:
                found.append("country-in")
            elif self.cues[match.end - 1] & Cue.POSSESSIVE:
                found.append("country-possessive")
        if not is_in and "stop-elsewhere" in name.features:
            found.append("stop-bare")
        if not is_in and cue & Cue.AGENCY and cue & (Cue.SHOUTED | Cue.UNCASED):
            found.append("agency")

    def _before(self, start: int, name: Name, found: list[str]) -> None:
        gap, before = self.gap(start - 1), self.cues[start - 1]
        if name.means & Means.SHORT:
            found.append("short-after-comma" if gap.startswith(",") else "short-bare")
        if gap == " ":
            self._right_before(start, before, name, found)
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

    def _right_before(self, start: int, before: int, name: Name, found: list[str]) -> None:
        """Add what the word is after which, and a space, the name stands."""
        if self._is_object(start, before) or before & Cue.AGAINST:
            found.append("object")
        if before & _TELLING:
            found += self._told_before(start, before, name)
        if before & Cue.CAPITAL and not before & _NAMED_BEFORE and self.do_capitals_tell:
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

    def _told_before(self, start: int, before: int, name: Name) -> list[str]:
        """Give what the word tells before which the name stands, taken by itself."""
        is_capital = before & _LETTERS
        is_the = self.raw[start - 1] in ("the", "The")
        told = (
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
        return [feature for is_told, feature in told if is_told]

    def _is_object(self, start: int, before: int) -> bool:
        """Say whether it reads like "Israel strikes Lebanon": a place, one word, the place."""
        subject = self.ends.get(start - 1)
        return subject is not None and subject.is_strong and self.gap(start - 2) == " " and not before & _NO_VERB

    def _after(self, end: int, name: Name, found: list[str]) -> None:
        gap = self.gap(end - 1)
        if end < self.size and gap == " ":
            self._right_after(end, name, found)
        elif gap in (", ", "، "):
            holder = self.starts.get(end)
            if holder is None:
                found.append("comma")
            else:
                found.append("comma-holder" if holder.countries & name.countries else "comma-place")
        elif gap.startswith(("-", "–")):
            is_based = end < self.size and self.cues[end] & Cue.AREA
            found.append("hyphen-after-based" if is_based else "hyphen-after")
        elif gap.startswith(("@", ".com")):
            found.append("address")
        elif gap.startswith((".", "!", "?", "؟")):
            found.append("full-stop")

    def _right_after(self, end: int, name: Name, found: list[str]) -> None:
        """Add what the word is before which, and a space, the name stands."""
        after = self.cues[end]
        if after & Cue.GOVERNOR:
            found.append("governor")
        for cue, needs_capital, feature in _AFTER:
            if after & cue and (not needs_capital or after & _LETTERS):
                is_spokesman = feature == "said-after" and (not name.is_strong or "surname" in name.features)
                found.append("acts-after" if feature == "said-after" and not is_spokesman else feature)
                break
        else:
            if after & Cue.CAPITAL and not after & _NAMED_AFTER and self.do_capitals_tell:
                self._capital_after(end, after, found)
            elif after & Cue.SMALL and not after & _NAMED_AFTER:
                found.append("small-after")
        if after & Cue.SURNAME and after & Cue.CAPITAL and end in self.starts:
            found.append("surname-after")

    def _capital_after(self, end: int, after: int, found: list[str]) -> None:
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
        """Say whether a name stands in a list of the kind "Moscow, Ankara" or "Russia and Turkey"."""
        others = (
            self._listed_with(start - 1, start, self.ends, start - 1) if start else None,
            self._listed_with(end - 1, end, self.starts, end + 1) if end < self.size else None,
        )
        return any(other and other.is_strong and not other.countries & name.countries for other in others)

    def _listed_with(self, gap_at: int, edge: int, names: dict[int, Name], beyond: int) -> Name | None:
        """Give the name on the other side of a comma (at ``edge``) or of "and" (at ``beyond``)."""
        gap = self.gap(gap_at)
        if gap == " " and self.cues[min(edge, beyond)] & Cue.AND:
            return names.get(beyond)
        is_joined = gap in _LIST_GAPS or (gap == " " and self.raw[edge].startswith(_ARABIC_AND))
        return names.get(edge) if is_joined else None


def _lost_its_article(word: str, name: Name) -> bool:
    """Say whether an Arabic word reads as a name only without its article: الليل, the night, is not Lille."""
    return _ARABIC_ARTICLE in word[:4] and not name.written.startswith((word[:2], _ARABIC_ARTICLE))

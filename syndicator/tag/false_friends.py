"""Features of names that hold a place's name and are none, and of opponents in sport.

Kinds, and no list of names: a disease (Marburg virus), a paper or company (the New Zealand Herald), a street (rue de
Damas), food, an animal or a game (Russian roulette). In a match both sides act, while the object of other verbs is a
scene: "Germany beat France" and "Israel strikes Lebanon".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from syndicator.tag.cues import Cue, elision, things
from syndicator.tag.find import Match
from syndicator.tag.letters import Text
from syndicator.tag.name import Name
from syndicator.text import MemoDict, fold

_FALSE_FRIENDS = Cue.DISEASE | Cue.THING | Cue.PRESS | Cue.CALLED | Cue.LANE
_VERBS = Cue.SPORT | Cue.VERSUS
_OF_WORDS = frozenset("of de du des del von la el the".split())
_WEST = ("запад", "غرب")  # the river of the virus
_QUOTES = ("«", "“", "„", '"')
_BANKS = frozenset(("bank", "banco", "banque"))
_LARGE = frozenset(("country", "people-5", "kind-division"))  # named with a virus for being its scene: China virus
_MOST_BACK, _WINDOW, _LONGEST_SCORE = 3, 5, 2
_OF_NO_RIVAL = frozenset(("object", "in", "country-in", "inside", "listed"))
_CLAUSE_ENDS = frozenset(".!?;\n؟")
_SCORE_GAPS = frozenset(("-", "–", ":", "‑", "‐"))
_NOT_WHERE = frozenset("to a к به".split())  # lost to Mexico
_WITHOUT_LANES, _ADJECTIVES = frozenset(("en", "de", "tr")), "ru"
_VERB_FIRST, _VERB_LAST = frozenset(("ar",)), frozenset(("tr", "fa"))
_DASHES = ("-", "–", "—", " -", " –", " —")
_ARABIC_ARTICLE = "ال"


def _read_names(noun: str) -> tuple[str, ...]:
    """Return how the names begin that a noun in a text makes a thing with."""
    found = list(things().get(noun, ()))
    for written, names in things().items():
        if fold(written) == noun or (written.endswith("*") and noun.startswith(fold(written[:-1]))):
            found += names
    return tuple(found)


_names_of = MemoDict(_read_names).__getitem__


class Neighbours:
    """A text with the names in it by the words where they start and end."""

    def __init__(self, text: Text, starts: Mapping[int, Name], ends: Mapping[int, Name], language: str) -> None:
        self.text, self.starts, self.ends, self.language = text, starts, ends, language
        self.near: set[int] = set()  # where names start or end that a marked word may tell something of
        self._scores: set[int] = set()
        if starts:
            for at in text.places(Cue.MARKED):
                self._add_mark(at, text.cues[at])

    def _add_mark(self, at: int, cue: int) -> None:
        if cue & _VERBS:
            self.near.update(range(at - _WINDOW, at + _WINDOW + 1))
        elif cue & Cue.NUMBER:
            if self._is_score(at):
                self._scores.add(at)
                self.near.update((at, at + 2))
            elif at and self.text.words.gap(at - 1) == " ":
                self.near.add(at)  # «Россия 24»
        else:
            self.near.update(range(at - 1, at + _MOST_BACK + 1))

    def features(self, match: Match, name: Name, others: Sequence[str]) -> list[str]:
        """Return the features of a name that is ``near`` a marked word, with the others that still hold."""
        found = [*others, *self._kinds(match, name)]
        if self._is_rival(match):
            return [*(each for each in found if each not in _OF_NO_RIVAL), "listed", "rival"]
        return found

    def _kinds(self, match: Match, name: Name) -> Iterator[str]:
        after, beside = self._after(match.end), self._before(match.start)
        head, is_of, is_chained = self._head(match.start)
        before = self.text.cues[head] if head >= 0 else 0
        is_possessive = bool(self.text.cues[match.end - 1] & Cue.POSSESSIVE)  # New York City's Times Square
        is_large = not _LARGE.isdisjoint(name.features) and not is_chained
        if not name.is_demonym and not is_large and (after | before) & Cue.DISEASE:
            yield "disease"
        if (after & Cue.THING and self._is_thing(match, match.end)) or (
            before & Cue.THING and self._is_thing(match, head)
        ):
            yield "thing"
        if (
            (self._ends_name(after) and not is_possessive)
            or self._begins_name(match, name, beside)
            or (is_of and self._heads_name(head, name))
        ):
            yield "named-after"
        if self._is_lane(match, name, before, after):
            yield "lane"

    def _is_rival(self, match: Match) -> bool:
        """Return whether a name is a side in a match: another name and a verb of matches or a score are near."""
        start, end, _ = match
        is_scored = end in self._scores or start - 2 in self._scores
        low, high = self._clause(start, -1), self._clause(end - 1, 1)
        sides = sorted(at for at, name in self.starts.items() if low <= at <= high and (name.is_strong or at == start))
        if len(sides) == 1:
            return False
        verbs = (at for at in range(low, high + 1) if self.text.cues[at] & _VERBS)
        return (is_scored or any(self._joins(verb, sides) for verb in verbs)) and not self._is_venue(match)

    def _joins(self, verb: int, sides: Sequence[int]) -> bool:
        """Return whether a verb stands where it may: between the sides, in Arabic also before, in Turkish after."""
        if self.language in _VERB_FIRST and verb < sides[0]:
            return verb + 1 == sides[0] or (verb + 2 == sides[0] and bool(self.text.cues[verb + 1] & Cue.TEAM))
        if self.language in _VERB_LAST:
            return sides[-1] < verb
        return sides[0] < verb < sides[-1]

    def _is_venue(self, match: Match) -> bool:
        cue = self.text.cues[match.start]
        if cue & Cue.LOCATIVE_CASE:
            return fold(self.text.words.words[match.start])[-2:] in ("de", "da", "te", "ta")
        before = match.start - 1
        while before >= 0 and self.text.cues[before] & (Cue.ARTICLE | Cue.TEAM):
            before -= 1
        if before < 0 or not self.text.cues[before] & Cue.LOCATIVE:
            return False
        return self.text.words.words[before].lower() not in _NOT_WHERE

    def _is_score(self, at: int) -> bool:
        words, cues = self.text.words, self.text.cues
        if not 0 < at < len(cues) - 1 or not cues[at + 1] & Cue.NUMBER:
            return False
        is_short = max(len(words.words[at]), len(words.words[at + 1])) <= _LONGEST_SCORE
        return is_short and words.gap(at) in _SCORE_GAPS and words.gap(at - 1) == " "

    def _clause(self, at: int, step: int) -> int:
        """Return the farthest word of the same clause in one direction, within a few words."""
        gap, last = self.text.words.gap, len(self.text.cues) - 1
        for _ in range(_WINDOW):
            further = at + step
            if not 0 <= further <= last or not _CLAUSE_ENDS.isdisjoint(gap(min(at, further))):
                break
            at = further
        return at

    def _after(self, end: int) -> int:
        """Return the cues of the word after a name; after a hyphen, with those of the word after that."""
        cues, gap = self.text.cues, self.text.words.gap(end - 1)
        if end >= len(cues) or gap not in (" ", "-"):
            return 0
        is_pair = gap == "-" and end + 1 < len(cues) and end in self.starts
        return cues[end] | (cues[end + 1] if is_pair else 0)

    def _before(self, start: int) -> int:
        """Return the cues of the word before a name, also before a quotation mark."""
        gap = self.text.words.gap(start - 1) if start else ""
        is_near = gap == " " or (gap.startswith(" ") and gap.endswith(_QUOTES))
        return self.text.cues[start - 1] if is_near else 0

    def _head(self, start: int) -> tuple[int, bool, bool]:
        """Return the noun that a name belongs to, -1 if none, and whether "of" and whether another name are between."""
        is_of = bool(self.text.cues[start] & Cue.ELIDED)
        is_chained = start > 0 and self.text.words.gap(start - 1) == "-"
        for at in range(start - 1, max(-1, start - 1 - _MOST_BACK), -1):
            if self.text.words.gap(at) not in (" ", "-"):
                break
            word = fold(self.text.words.words[at])
            if self.text.cues[at] & _FALSE_FRIENDS:
                return at, is_of, is_chained
            if at + 1 in self.ends:
                is_chained = True
            elif word in _OF_WORDS:
                is_of = True
            elif not word.startswith(_WEST):
                return at, is_of, is_chained
        return -1, is_of, is_chained

    def _is_thing(self, match: Match, noun: int) -> bool:
        """Return whether the table has a name with the noun beside it."""
        words = self.text.words.words
        name = fold(words[match.start][elision(words[match.start]) :])
        return name.removeprefix(_ARABIC_ARTICLE).startswith(_names_of(fold(words[noun])))

    def _is_lane(self, match: Match, name: Name, before: int, after: int) -> bool:
        """Return whether a name is a street's: rue de Damas, Киевское шоссе; not the road from one place to another."""
        if self.language in _WITHOUT_LANES or self.text.words.gap(match.end - 1).startswith(_DASHES):
            return False
        if self.language == _ADJECTIVES:
            return name.is_demonym and bool(after & Cue.LANE)
        return bool(before & Cue.LANE)

    def _ends_name(self, after: int) -> bool:
        """Return whether the word after a name makes it a paper's or company's; in titles any word has a capital."""
        is_uniform = self.text.is_title_case or self.text.is_uppercase
        return bool(after & Cue.PRESS) and (
            self.language == _ADJECTIVES or (bool(after & Cue.CAPITAL) and not is_uniform)
        )

    def _begins_name(self, match: Match, name: Name, before: int) -> bool:
        if name.is_demonym:
            return False
        if self.language == _ADJECTIVES:  # a genitive follows many a paper: газеты Израиля; «Россия 24» is a name
            is_quoted = self.text.words.gap(match.start - 1).endswith(_QUOTES)
            return bool(is_quoted and (before & Cue.CALLED or self._after(match.end) & Cue.NUMBER))
        is_name = not before & Cue.SMALL
        return is_name and bool(before & Cue.CALLED)

    def _heads_name(self, head: int, name: Name) -> bool:
        """Return whether a noun before "of" is a paper's or company's; a bank of a country is its central bank."""
        if head < 0 or not self.text.cues[head] & Cue.PRESS or not self.text.cues[head] & Cue.CAPITAL:
            return False
        return "country" not in name.features or fold(self.text.words.words[head]) not in _BANKS

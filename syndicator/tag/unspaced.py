"""Scripts without spaces between words, Han and kana: every sign is a word, and a name is the longest run that is one.

A short name may begin or end inside a longer word or a person's name. What the gazetteer's tables have is taken
anywhere; other names need more signs the less people live there. Names that overlap are chosen so that they cover most.
``signs`` has the single signs that headlines write for countries.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from syndicator.tag.cues import SIGN, cue_words
from syndicator.tag.gazetteer import Gazetteer, Kind, Usage
from syndicator.tag.signs import any_of, country_signs, voids
from syndicator.text import MemoDict, Words, fold

_PART = re.compile(f"({SIGN.pattern}|\\w(?:(?!{SIGN.pattern}).)*)", re.DOTALL)
_LONGEST = 32  # signs of a name
_IN_NAMES = frozenset(("・", "·", "•", "‧", "＝", "=", " "))
_PUNCTUATION = {"": " ", "、": ", ", "，": ", ", "。": ". ", "：": ": "}
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_MARKETS = frozenset(("市场", "市場"))
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
# People that a place without a name in the tables must have, by the number of its signs: of Han, and of kana.
_LEAST_PEOPLE = {2: 800_000, 3: 15_000}
_LEAST_PEOPLE_IN_KANA = {3: 500_000, 4: 50_000}
_LEAST_OTHERWISE = 5_000
_PLACES = frozenset((Kind.TOWN, Kind.DIVISION))
# Where names are written in these signs at home, and are no transliteration that a person may have as well.
_AT_HOME = frozenset(("CN", "TW", "HK", "MO", "JP", "KR", "KP"))
_LEAST_PEOPLE_ABROAD = 300_000
_CURATED_BONUS, _SIGN_WEIGHT = 0.5, 1.5  # against the square of the signs of a name: the longest wins
_NO_NAME = -1
_LONGEST_GIVEN = 6  # signs of a foreign given name
# Signs that write foreign names: a short name between them is part of a longer one (丹尼斯 is no Nice).
_FOREIGN = frozenset(
    "斯尔爾克特拉尼罗羅伊莱萊洛娜莎蒂玛瑪维維瓦夫弗普埃奥奧阿诺諾卡塔姆娅婭鲁魯米达達德巴里加利马馬林法兰蘭查多贝貝伯雅典赛賽"
    "亚亞希索布提西帕博科格基凯凱肯莫摩坦泰托沃韦韋威詹珍迈邁麦麥尤穆苏蘇桑圣聖"
)
_FOREIGN_BEFORE = frozenset(
    "斯尔爾克特拉尼罗羅伊莱萊洛娜莎蒂玛瑪瓦夫弗普埃奥奧阿诺諾卡姆娅婭鲁魯理丹肯约索希布吉塔西加里"
)
_FOREIGN_AFTER = frozenset("斯尔爾克特拉尼罗羅伊莱萊洛娜莎蒂玛瑪夫弗埃诺諾娅婭鲁魯赫茨奥奧")
_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡林郭何高罗羅郑鄭梁谢謝宋唐许許邓鄧冯馮韩韓曹曾彭萧蕭蔡潘田董袁于余叶葉蒋蔣杜苏蘇"
    "魏程吕呂丁沈任姚卢盧姜崔钟鍾谭譚陆陸汪范石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴"
    "覃武戴莫孔向汤湯"
)
_HONORIFICS = ("さん", "氏", "選手", "容疑者", "被告", "議員", "監督", "投手", "社長", "教授", "君", "ちゃん", "様")
_DIVISIONS = frozenset("県府都道州市区町村島駅港湾")
_SCENE = re.compile("[でへに]|の[各山海川]|[東西南北中]部|各地|沖|地震|市内|近郊|豪雨|空港")


class SignMatch(NamedTuple):
    """Words ``start`` to ``end`` (exclusive) may be the name with this number; ``weight`` decides among overlaps."""

    start: int
    end: int
    number: int
    weight: float


class SignWords(Words):
    """The words of a text with every Han or kana sign as a word; between two of them, nothing counts as a space.

    ``flat`` is the text as the gazetteer's keys are written. ``place_at`` has the words by where they begin in it,
    ``end_at`` the next ones by where they end.
    """

    __slots__ = ("end_at", "flat", "place_at", "starts")

    def __init__(self, text: str) -> None:
        """Tokenize ``text``."""
        super().__init__(text)
        pieces = [self._pieces[0]]
        for word, gap in zip(self._pieces[1::2], self._pieces[2::2], strict=True):
            before, *parts = _PART.split(word)
            pieces[-1] += before
            pieces += parts
            pieces[-1] += gap
        self._pieces, self.words = pieces, pieces[1::2]
        keys = [fold(word) for word in self.words]
        gaps = ("" if not gap else " " if gap in _IN_NAMES else "\n" for gap in pieces[2::2])
        flat = [*itertools.chain.from_iterable(zip(keys, gaps, strict=True))]
        bounds = [0, *itertools.accumulate(map(len, flat))]
        self.flat, self.starts = "".join(flat), bounds[:-1:2]
        self.place_at = {at: place for place, at in enumerate(self.starts)}
        self.end_at = {at: place for place, at in enumerate(bounds[1::2], 1)}

    def text_around(self, start: int, end: int) -> str:
        """Return the text just before the word at ``start`` and just after the word before ``end``."""
        return super().gap(start - 1)[-1:] + super().gap(end - 1)[:1] if start else super().gap(end - 1)[:1]

    def gap(self, place: int) -> str:
        """Return the text between the word at ``place`` and the next, as it would be in a script with spaces."""
        gap = super().gap(place)
        return _PUNCTUATION.get(gap, gap)


def with_cues_of_signs(words: SignWords, cues: Sequence[int]) -> list[int]:
    """Return the cues of a text's words, with those of cue words of several signs on each sign of them."""
    found = list(cues)
    of_words, pattern = _cue_pattern()
    for match in pattern.finditer(words.flat):
        for at in range(match.start(), match.end()):
            if (place := words.place_at.get(at)) is not None:
                found[place] |= of_words[match.group()]
    return found


@cache
def _cue_pattern() -> tuple[dict[str, int], re.Pattern[str]]:
    whole, _ = cue_words()
    of_words = {word: cue for word, cue in whole.items() if len(word) > 1 and SIGN.match(word)}
    return of_words, any_of(of_words)


class SignFinder:
    """Finds names of a gazetteer in texts without spaces."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Look names up in this gazetteer."""
        self.gazetteer = gazetteer
        self._weights = MemoDict(self._weigh)

    def __call__(self, words: SignWords) -> list[SignMatch]:
        """Return the names in a text that do not overlap and cover most of it, in order."""
        by_start: dict[int, list[SignMatch]] = {}
        for each in (*self._names(words), *self._signs(words)):
            by_start.setdefault(each.start, []).append(each)
        size = len(words.words)
        best, chosen = [0.0] * (size + 1), dict[int, SignMatch]()
        for place in range(size - 1, -1, -1):
            best[place] = best[place + 1]
            for each in by_start.get(place, ()):
                if (weight := each.weight + best[each.end]) >= best[place]:
                    best[place], chosen[place] = weight, each
        found: list[SignMatch] = []
        place = 0
        while place < size:
            known = chosen.get(place)
            found += [known] if known else []
            place = known.end if known else place + 1
        ends, starts = {each.end for each in found}, {each.start for each in found}
        return [
            each for each in found
            if each.number != _NO_NAME and not _is_inside_foreign(words.words, each, ends=ends, starts=starts)
        ]  # fmt: skip

    def _names(self, words: SignWords) -> Iterator[SignMatch]:
        flat, ends = words.flat, words.end_at
        prefixes, weights = self.gazetteer.trie.prefixes, self._weights
        for at, place in words.place_at.items():
            if not SIGN.match(flat, at):
                continue
            for key in prefixes(flat[at : at + _LONGEST]):
                end = ends.get(at + len(key))
                if end is not None and len(key) > 1 and (weight := weights[key]) and _is_whole(flat, at, at + len(key)):
                    yield SignMatch(place, end, self.gazetteer.number(key), weight)

    def _weigh(self, key: str) -> float:
        """Return how much a name counts, 0 if it is not to be looked for."""
        meanings = self.gazetteer.meanings(self.gazetteer.number(key))
        if any(each.usage & Usage.CURATED for each in meanings):
            return len(key) ** 2 + _CURATED_BONUS
        is_han = bool(_HAN.match(key))
        least = (_LEAST_PEOPLE if is_han else _LEAST_PEOPLE_IN_KANA).get(len(key), _LEAST_OTHERWISE)
        is_place = is_han or len(key) > 2  # noqa: PLR2004 - two kana are too few
        for place in (each.place for each in meanings if each.place.kind in _PLACES):
            is_at_home = self.gazetteer.code(place.country) in _AT_HOME
            if is_place and place.population >= (least if is_at_home else max(least, _LEAST_PEOPLE_ABROAD)):
                return float(len(key) ** 2)
        return 0.0

    def _signs(self, words: SignWords) -> Iterator[SignMatch]:
        """Yield the single signs that stand for countries, and words that hold a name without naming the place."""
        place_at, ends = words.place_at, words.end_at
        for at in country_signs(words.flat):
            number = self.gazetteer.number(words.flat[at])
            if at in place_at and number >= 0:
                yield SignMatch(place_at[at], place_at[at] + 1, number, _SIGN_WEIGHT)
        for begin, end in voids(words.flat):
            if begin in place_at and end in ends:
                yield SignMatch(place_at[begin], ends[end], _NO_NAME, (end - begin) ** 2 + 1.0)


def _is_inside_foreign(
    signs: Sequence[str], match: SignMatch, *, ends: Collection[int], starts: Collection[int]
) -> bool:
    """Return whether a short name is part of a longer one in foreign signs that is not known."""
    start, end, *_ = match
    if end - start != 2 or not _FOREIGN.issuperset(signs[start:end]):  # noqa: PLR2004 - longer ones are names
        return False
    is_after = start > 0 and start not in ends and signs[start - 1] in _FOREIGN_BEFORE
    return is_after or (end < len(signs) and end not in starts and signs[end] in _FOREIGN_AFTER)


def _is_whole(flat: str, start: int, end: int) -> bool:
    """Return whether a name does not begin or end inside a katakana word, or with the first half of "market"."""
    if flat[end - 1 : end + 1] in _MARKETS:
        return False
    begins_inside = start > 0 and _KATAKANA.match(flat, start) and _KATAKANA.match(flat, start - 1)
    ends_inside = end < len(flat) and _KATAKANA.match(flat, end - 1) and _KATAKANA.match(flat, end)
    return not (begins_inside or ends_inside)


def is_person(words: SignWords, start: int, end: int, language: str, *, is_known: bool) -> bool:
    """Return whether a name of signs is part of a person's name. ``is_known``: the built-in tables have it."""
    flat, at = words.flat, words.starts[start]
    to = words.starts[end] if end < len(words.words) else len(flat)
    is_short = not is_known and end - start == 2  # noqa: PLR2004 - as surnames in Japanese, given names in Chinese
    if language == "zh" and end - start <= _LONGEST_GIVEN and "·" in (words.text_around(start, end)):
        return True
    if language == "ja":
        is_place = flat[to : to + 1] in _DIVISIONS or _SCENE.match(flat, to)
        return flat.startswith(_HONORIFICS, to) or (is_short and bool(_HAN.match(flat, at)) and not is_place)
    return is_short and at > 0 and flat[at - 1] in _SURNAMES

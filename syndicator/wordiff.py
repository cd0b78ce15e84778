"""Word diffs of texts of any script. Pure.

Words are compared, not letters. Scripts without spaces are compared character by character. What matches by chance
between two changes is shown as part of them, so that a change reads as a group of words. The time is close to linear in
the length of the texts.
"""

from __future__ import annotations

import difflib
import html
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise, zip_longest
from typing import NamedTuple

from syndicator.text import MARKS

# Han, kana, Thai, Lao, Burmese, Khmer: their words are not divided.
_UNSPACED = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTERS = rf"(?:(?![{_UNSPACED}])[\w{MARKS}\u200c\u200d])++"
_TOKEN = re.compile(
    rf"[{_UNSPACED}][{MARKS}]*+"
    r"|\d++(?:[.,:٫٬]\d++)+"  # 1,200 and 14:35
    rf"|{_LETTERS}(?:['’ʼ‑-]{_LETTERS})*+"
    r"|\S"
)
# Two spellings of one mark are the same.
_ALIKE = str.maketrans("“”„«»‘’ʼ‐‑–—", '"""""\'\'\'----')
# Up to so many pairs of words are compared each with each.
_FEW_PAIRS = 10_000
# Long runs are divided at what stands once in both: first three words in a row, then single words.
_ANCHOR_WORDS = (3, 1)
_MOST_DIVISIONS = 24
_MOST_CLEANUPS = 8
_ELLIPSIS = " … "


class Kind(StrEnum):
    """What became of a part of the text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Segment(NamedTuple):
    """A part of a diff. Without the removed ones the segments are the new text, with spaces for other white space."""

    kind: Kind
    text: str


class _Token(NamedTuple):
    """A word or a mark: how it is compared, and how it is written with the space before it."""

    key: str
    written: str


class _Block(NamedTuple):
    """Tokens of both texts: matching ones, or those that were replaced."""

    old: Sequence[_Token]
    new: Sequence[_Token]
    is_same: bool = False


def diff(old: str, new: str) -> tuple[Segment, ...]:
    """Return what was removed from ``old`` and added to it to make ``new``, in the order of the texts."""
    before, after = _tokens(old), _tokens(new)
    blocks = list(_blocks(before, after, _matches([each.key for each in before], [each.key for each in after])))
    return tuple(_joined(_segments(_without_chance_matches(blocks))))


def as_text(segments: Sequence[Segment], *, context: int | None = None) -> str:
    """Write a diff as plain text, ``[-removed-]{+added+}``; see ``as_html`` for ``context``."""
    marks = {Kind.SAME: ("", ""), Kind.REMOVED: ("[-", "-]"), Kind.ADDED: ("{+", "+}")}
    return "".join(_marked(each, *marks[each.kind]) for each in shortened(segments, context))


def as_html(segments: Sequence[Segment], *, context: int | None = None) -> str:
    """Write a diff as HTML with ``<del>`` and ``<ins>``; the text is escaped.

    With a ``context``, only so many words are shown on either side of a change.
    """
    marks = {Kind.SAME: ("", ""), Kind.REMOVED: ("<del>", "</del>"), Kind.ADDED: ("<ins>", "</ins>")}
    escaped = (Segment(each.kind, html.escape(each.text, quote=False)) for each in shortened(segments, context))
    return "".join(_marked(each, *marks[each.kind]) for each in escaped)


def _marked(segment: Segment, start: str, end: str) -> str:
    text = segment.text.lstrip(" ")
    return f"{' ' * (len(segment.text) - len(text))}{start}{text}{end}"


def shortened(segments: Sequence[Segment], context: int | None) -> Iterator[Segment]:
    """Yield segments, unchanged ones without the words that stand far from any change."""
    for place, segment in enumerate(segments):
        if segment.kind is Kind.SAME and context is not None:
            before = context if place > 0 else 0
            after = context if place + 1 < len(segments) else 0
            yield Segment(Kind.SAME, _ends_of(segment.text, before, after))
        else:
            yield segment


def _ends_of(text: str, before: int, after: int) -> str:
    """Return the first and the last words of a text, with an ellipsis for what is between them."""
    tokens = _tokens(text, is_continued=text.startswith(" "))
    if len(tokens) <= before + after + 1:
        return text
    end = " " if text.endswith(" ") else ""
    return f"{_written(tokens[:before])}{_ELLIPSIS}{_written(tokens[len(tokens) - after :]).lstrip()}{end}"


def _tokens(text: str, *, is_continued: bool = False) -> list[_Token]:
    """Return the words and marks of a text. The first has no space before it, unless the text ``is_continued``."""
    tokens: list[_Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        space = " " if found.start() > end and (tokens or is_continued) else ""
        tokens.append(_Token(found[0].translate(_ALIKE), space + found[0]))
        end = found.end()
    return tokens


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of words that the texts have in common, rising in both."""
    found: list[tuple[int, int]] = []
    ranges = [(0, len(old), 0, len(new), 0)]
    while ranges:
        low, high, start, end, depth = ranges.pop()
        while low < high and start < end and old[low] == new[start]:
            found.append((low, start))
            low, start = low + 1, start + 1
        while low < high and start < end and old[high - 1] == new[end - 1]:
            high, end = high - 1, end - 1
            found.append((high, end))
        if (high - low) * (end - start) <= _FEW_PAIRS:
            matcher = difflib.SequenceMatcher(None, old[low:high], new[start:end], autojunk=False)
            runs = matcher.get_matching_blocks()
            found += [(low + one + at, start + two + at) for one, two, size in runs for at in range(size)]
        elif depth < _MOST_DIVISIONS:
            bounds = [*_anchors(old, new, (low, high), (start, end)), (high, end)]
            ranges += [(low, bounds[0][0], start, bounds[0][1], depth + 1)] if len(bounds) > 1 else []
            ranges += [(*_between(one, two), depth + 1) for one, two in pairwise(bounds)]
    return sorted(found)


def _between(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the ranges of both texts between two places."""
    return one[0], two[0], one[1], two[1]


def _anchors(
    old: Sequence[str], new: Sequence[str], of_old: tuple[int, int], of_new: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return places where words match that stand once in each of two ranges (patience diff), rising in both."""
    for size in _ANCHOR_WORDS:
        once = _once(old, *of_old, size)
        others = _once(new, *of_new, size)
        if found := _rising([(place, others[words]) for words, place in once.items() if words in others]):
            return found
    return []


def _once(words: Sequence[str], start: int, end: int, size: int) -> dict[tuple[str, ...], int]:
    """Return the place of each run of ``size`` words that stands once in a range, in order."""
    runs = [tuple(words[place : place + size]) for place in range(start, end - size + 1)]
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs, start) if counts[run] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest series of pairs that rises in both numbers; the first numbers rise already."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, (_, number) in enumerate(pairs):
        at = bisect_left(ends, number)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [number]
        last[at : at + 1] = [place]
    series, place = [], last[-1] if last else -1
    while place >= 0:
        series.append(pairs[place])
        place = before[place]
    return series[::-1]


def _blocks(old: Sequence[_Token], new: Sequence[_Token], matches: Sequence[tuple[int, int]]) -> Iterator[_Block]:
    """Yield matching and replaced tokens in turn."""
    one = two = at = 0
    while at < len(matches):
        first, second = matches[at]
        if (first, second) != (one, two):
            yield _Block(old[one:first], new[two:second])
        size = 1
        while at + size < len(matches) and matches[at + size] == (first + size, second + size):
            size += 1
        one, two, at = first + size, second + size, at + size
        yield _Block(old[first:one], new[second:two], is_same=True)
    if one < len(old) or two < len(new):
        yield _Block(old[one:], new[two:])


def _without_chance_matches(blocks: list[_Block]) -> list[_Block]:
    """Join changes with the matches between them that are shorter than either change: they match by chance."""
    for _ in range(_MOST_CLEANUPS):
        kept: list[_Block] = []
        for place, block in enumerate(blocks):
            is_between = bool(kept) and block.is_same and place + 1 < len(blocks)
            is_chance = is_between and _length(block) <= min(_length(kept[-1]), _length(blocks[place + 1]))
            if kept and not kept[-1].is_same and (is_chance or not block.is_same):
                kept[-1] = _Block([*kept[-1].old, *block.old], [*kept[-1].new, *block.new])
            else:
                kept.append(block)
        if len(kept) == len(blocks):
            break
        blocks = kept
    return blocks


def _length(block: _Block) -> int:
    return max(len(_written(block.old)), len(_written(block.new)))


def _segments(blocks: Sequence[_Block]) -> Iterator[Segment]:
    for block, following in zip_longest(blocks, blocks[1:]):
        old, new = _written(block.old), _written(block.new)
        if block.is_same:
            yield Segment(Kind.SAME, new)
            continue
        if old.startswith(" ") and new.startswith(" "):
            yield Segment(Kind.SAME, " ")
            old, new = old[1:], new[1:]
        if following is not None and following.old[0].written[0] == " " != following.new[0].written[0]:
            old += " "  # it stood between the words, and the new text has none there
        yield from (Segment(kind, text) for kind, text in ((Kind.REMOVED, old), (Kind.ADDED, new)) if text)


def _joined(segments: Iterator[Segment]) -> Iterator[Segment]:
    """Yield segments, those of one kind in a row as one."""
    held: Segment | None = None
    for each in segments:
        if held is not None and held.kind is each.kind:
            held = Segment(held.kind, held.text + each.text)
            continue
        if held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _written(tokens: Sequence[_Token]) -> str:
    return "".join(each.written for each in tokens)

"""What is told of a story's words: as much of the text as may be, its tags, and the words in it that they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syndicator.markup import cut, lines_of_safe, words_of_safe
from syndicator.models import Evidence, Republish, Story, Tag
from syndicator.models.account import TagAccount
from syndicator.models.reader_pages import Mark
from syndicator.publish.entry import republished
from syndicator.publish.excerpt import word_count
from syndicator.query import written
from syndicator.query.tree import FieldEquals

# Characters; an excerpt in a script without spaces may be long.
_LONGEST_EXCERPT, _LONGEST = 1200, 12_000
_TITLE = "title"
_STRENGTH = {"about": 0, "actor": 1, "dateline": 2, "": 3, "mention": 4}  # of roles; concepts have none
_FIELDS = {"": "region", "mention": "mentions"}  # of roles; others are called as their fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is told of a text: ``shown`` words of ``length``, with paragraphs that begin at ``breaks``."""

    text: str
    shown: int
    length: int
    breaks: tuple[int, ...]


def opening(story: Story, policy: Republish) -> Opening:
    """Return as much of a story's text as a policy lets be told."""
    told = republished(story.html, policy)
    longest = _LONGEST if policy is Republish.FULL else _LONGEST_EXCERPT
    text, whole = cut(words_of_safe(told), longest), words_of_safe(story.html)
    length = word_count(whole)
    return Opening(
        text=text,
        shown=length if text == whole else word_count(text),
        length=length,
        breaks=tuple(at for at in _breaks(told) if at < len(text)),
    )


def _breaks(html: str) -> Iterator[int]:
    """Yield where paragraphs begin in the text, whose lines are joined by spaces."""
    at = 0
    for line in lines_of_safe(html)[:-1]:
        at += len(line) + 1
        yield at


def marks(text: str, tags: tuple[Tag, ...]) -> tuple[Mark, ...]:
    """Return where words that tags rest on are in a shown text. Where some overlap, the stronger role counts."""
    found: list[Mark] = []
    for tag in sorted(tags, key=lambda each: _STRENGTH.get(each.role, 3)):
        for evidence in tag.evidence:
            at = _place_of(evidence, text)
            if at is None or any(at[0] < each.end and each.start < at[1] for each in found):
                continue
            found.append(
                Mark(start=at[0], end=at[1], kind=tag.role or ("about" if tag.scheme == "region" else "concept"))
            )
    return tuple(sorted(found, key=lambda each: each.start))


def _place_of(evidence: Evidence, text: str) -> tuple[int, int] | None:
    """Return where a text has the words, if it is the text that they are from, and still says so there."""
    is_there = evidence.field != _TITLE and text[evidence.start : evidence.end] == evidence.words
    return (evidence.start, evidence.end) if is_there and evidence.words else None


def tag_account(tag: Tag) -> TagAccount:
    """Return a tag with the words that it rests on, and the term of a filter that asks for it."""
    return TagAccount(
        scheme=tag.scheme,
        term=tag.term,
        label=tag.label,
        role=tag.role,
        score=round(tag.score, 2),
        words=tuple(dict.fromkeys(each.words for each in tag.evidence)),
        in_title=tuple(dict.fromkeys(each.words for each in tag.evidence if each.field == _TITLE)),
        in_text=tuple(dict.fromkeys(each.words for each in tag.evidence if each.field != _TITLE)),
        ask=written(FieldEquals(_FIELDS.get(tag.role, tag.role) if tag.scheme == "region" else tag.scheme, tag.term)),
    )

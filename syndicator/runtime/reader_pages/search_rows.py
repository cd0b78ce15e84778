"""Results of a search as rows: with the words that count marked, as far as readers may see a story's text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from syndicator.markup import words_of_safe
from syndicator.models import Republish, Story
from syndicator.models.reader_pages import Mark, StoryRow
from syndicator.publish.entry import republished
from syndicator.query import DecidingTerm, Subject, Where, deciding_terms, marks
from syndicator.query import Mark as Place
from syndicator.runtime.preview_excerpt import excerpt_of
from syndicator.runtime.preview_trial import Trial
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows

# Of a story's words no more are quoted: a regular expression may match all of a text that readers are not to see.
_LONGEST_QUOTE = 40
_MOST_QUOTES = 3


def result_rows(reading: Reading, trial: Trial, where: Where, numbers: Sequence[int]) -> list[StoryRow]:
    """Return those of these stories that the filter still matches as rows, in the order of their numbers."""
    subjects = {story.id: (story, subject) for story, subject in trial.subjects(numbers)}
    found = [subjects[number] for number in numbers if number in subjects]
    made = []
    for row, (story, subject) in zip(rows(reading, [story for story, _ in found]), found, strict=True):
        matches, terms = deciding_terms(where, subject, reading.rules.filters)
        if matches:
            places = marks(where, subject, reading.rules.filters)
            marked = _marked(row, _shown(reading, story), subject, places)
            made.append(replace(marked, decided=tuple(map(_in_words, terms))))
    return made


def _shown(reading: Reading, story: Story) -> str:
    """Return as much of a story's text as pages may show."""
    policy = reading.policy(story)
    return "" if policy is Republish.LINK else words_of_safe(republished(story.html, policy))


def _marked(row: StoryRow, shown: str, subject: Subject, places: Sequence[Place]) -> StoryRow:
    """Return a row with an excerpt of what is shown of the text, around the first of the words that count there."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(shown, subject.text, strict=False)))
    in_text = [(place.start, place.end) for place in places if place.field == "text" and place.end <= common]
    excerpt, spans = excerpt_of(shown, in_text)
    return replace(
        row,
        title_marks=tuple(_found(place.start, place.end) for place in places if place.field == "title"),
        excerpt=excerpt,
        excerpt_marks=tuple(_found(*span) for span in spans),
    )


def _found(start: int, end: int) -> Mark:
    return Mark(start=start, end=end, kind="found")


def _in_words(term: DecidingTerm) -> str:
    """Return a term with the words of the story that it rests on."""
    quoted = [f"“{word}”" for word in _quotes(term)]
    return f"{term.term} by {', '.join(quoted)}" if quoted else term.term


def _quotes(term: DecidingTerm) -> Iterator[str]:
    yield from [word for word in term.words if len(word) <= _LONGEST_QUOTE][:_MOST_QUOTES]

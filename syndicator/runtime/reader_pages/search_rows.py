"""Results of a search as rows: with the words that count marked, as far as readers may see a story's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from syndicator.markup import words_of_safe
from syndicator.models import Republish, Story
from syndicator.models.reader_pages import Mark, StoryRow
from syndicator.publish.entry import republished
from syndicator.query import DecidingTerm, Explainer, Subject, Where, marks, resolved
from syndicator.query.subject import tags_behind
from syndicator.query.tree import FieldEquals, feeds_in, leaves
from syndicator.runtime.preview_excerpt import excerpt_of
from syndicator.runtime.preview_trial import Trial
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import rows
from syndicator.text import isolated

# Of a story's words no more are quoted: a regular expression may match all of a text that readers are not to see.
_LONGEST_QUOTE = 40
_MOST_QUOTES = 3


def result_rows(reading: Reading, trial: Trial, where: Where, numbers: Sequence[int]) -> list[StoryRow]:
    """Return those of these stories that the filter still matches as rows, in the order of their numbers."""
    subjects = {story.id: (story, subject) for story, subject in trial.subjects(numbers)}
    found = [subjects[number] for number in numbers if number in subjects]
    named = _named(where, reading.rules.filters)
    explain = Explainer({**named, "": where})
    made = []
    for row, (story, subject) in zip(rows(reading, [story for story, _ in found]), found, strict=True):
        matches, terms = explain("", subject)
        if matches:
            marked = _marked(row, _shown(reading, story), subject, _places(where, named, subject))
            made.append(replace(marked, decided=tuple(_decided(terms))))
    return made


def _shown(reading: Reading, story: Story) -> str:
    """Return as much of a story's text as pages may show."""
    policy = reading.policy(story)
    return "" if policy is Republish.LINK else words_of_safe(republished(story.html, policy))


def _named(where: Where, filters: Mapping[str, Where]) -> Mapping[str, Where]:
    """Return the filters of the feeds that a filter names, and of those that these name."""
    names, found = set(feeds_in(where)), dict[str, Where]()
    while names:
        name = names.pop()
        if name in filters and name not in found:
            found[name] = filters[name]
            names |= feeds_in(filters[name])
    return found


def _places(where: Where, named: Mapping[str, Where], subject: Subject) -> Iterator[tuple[str, Mark]]:
    """Yield the fields and places of the words that count; those behind tags with their roles."""
    asked = [leaf for leaf in leaves(resolved(where, named)) if isinstance(leaf, FieldEquals)]
    tags = [tag for leaf in asked for tag in tags_behind(leaf, subject)]
    kinds = {(each.field, each.start): tag.role or tag.scheme for tag in tags for each in tag.evidence}
    for place in marks(where, subject, named):
        kind = kinds.get((place.field, place.start), "found")
        yield place.field, Mark(start=place.start, end=place.end, kind=kind)


def _marked(row: StoryRow, shown: str, subject: Subject, places: Iterable[tuple[str, Mark]]) -> StoryRow:
    """Return a row with an excerpt of what is shown of the text, around the first of the words that count there."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(shown, subject.text, strict=False)))
    found = list(places)
    in_text = [mark for field, mark in found if field == "text" and mark.end <= common]
    # The excerpt begins with the first of them: those in it are the first ones.
    excerpt, spans = excerpt_of(shown, [(mark.start, mark.end) for mark in in_text])
    return replace(
        row,
        title_marks=tuple(mark for field, mark in found if field == "title"),
        excerpt=excerpt,
        excerpt_marks=tuple(
            Mark(start=start, end=end, kind=mark.kind) for (start, end), mark in zip(spans, in_text, strict=False)
        ),
    )


def _decided(terms: Sequence[DecidingTerm]) -> Iterator[str]:
    """Yield the terms that decide, with few words; what is excluded, only where there is nothing else to say."""
    wanted = [term for term in terms if not term.term.startswith("not ")]
    for term in wanted or terms:
        short = [word for word in term.words if len(word) <= _LONGEST_QUOTE][:_MOST_QUOTES]
        yield replace(term, words=tuple(short)).in_words(isolated)

"""Filters to begin with: each finds at least one of the latest stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from syndicator.lexicon import Match
from syndicator.models import Story
from syndicator.models.reader_pages import SearchExample
from syndicator.query.subject import fields_of
from syndicator.query.tree import AllOf, FieldEquals, Not, Phrase, Where
from syndicator.query.written import written
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.search_found import said
from syndicator.text import tokens_of

_LATEST = 100
_SHORTEST_WORD = 5


def examples(reading: Reading) -> Iterator[SearchExample]:
    """Yield filters that find something of what came last."""
    latest = [each.id for each in reading.tx.stories.newest(_LATEST)]
    for where in _filters(reading.stories(latest)):
        yield SearchExample(where=written(where), said=said(reading, where))


def _filters(stories: Sequence[Story]) -> Iterator[Where]:
    """Yield a filter for each way of writing one that these stories have something for."""
    if not stories:
        return
    newest = stories[0]
    place, topic = _most(stories, "region"), _most(stories, "concept")
    language, others = _language(newest), [each.outlet for each in stories if each.outlet != newest.outlet]
    if word := _word(stories):
        yield Phrase((word,))
    if len(words := tokens_of(newest.title)) > 1:
        yield Phrase(tuple(words[:2]), Match.EXACT)
    if place:
        of_place = FieldEquals("region", place.casefold())
        yield of_place
        yield AllOf((of_place, FieldEquals("lang", next(_language(each) for each in stories if place in _terms(each)))))
    if topic:
        yield FieldEquals("concept", topic.casefold())
    yield FieldEquals("lang", language)
    if others:
        yield AllOf((FieldEquals("lang", language), Not(FieldEquals("outlet", others[0].casefold()))))


def _language(story: Story) -> str:
    return story.language.partition("-")[0].casefold()


def _word(stories: Sequence[Story]) -> str:
    """Return the word that most headlines have, of those that are long enough to mean something."""
    words = (word for story in stories for word in set(tokens_of(story.title)) if len(word) >= _SHORTEST_WORD)
    return next((word for word, _ in Counter(words).most_common(1)), "")


def _most(stories: Sequence[Story], field: str) -> str:
    found = Counter(term for story in stories for term in _terms(story, field))
    return next((term for term, _ in found.most_common(1)), "")


def _terms(story: Story, field: str = "region") -> set[str]:
    return {tag.path[0] for tag in story.tags if field in fields_of(tag)}

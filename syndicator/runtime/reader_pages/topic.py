"""The page of a topic: what its words are, what they caught."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice

from syndicator.models import Concept, ConceptEntry, Evidence, Story, Tag
from syndicator.models.outlets import EVERY_LANGUAGE
from syndicator.models.reader_pages import (
    CaughtWord,
    DayStories,
    Mark,
    Name,
    NamingFeed,
    SeenDay,
    StoryRow,
    TopicPage,
    TopicWanted,
    TopicWord,
    TopicWords,
)
from syndicator.outbox.search_text import VERSION, primary
from syndicator.query.tree import concepts_in
from syndicator.runtime.reader_pages import samples
from syndicator.runtime.reader_pages.reading import Reading
from syndicator.runtime.reader_pages.rows import opening, rows
from syndicator.runtime.reader_pages.topics import counted_since, days_of
from syndicator.store import LAST, TaggedStory, mark_of
from syndicator.store.search_terms import Marked
from syndicator.text import fold
from syndicator.watch.series import Series, concept_of

STORIES = 16
# Where there is no index, so many of the latest stories are looked through.
_LOOKED_THROUGH = 1000
_MOST_CAUGHT, _MOST_WITHOUT, _MOST_FEEDS = 12, 4, 10
_LONGEST_EXCERPT = 240


def topic_page(reading: Reading, wanted: TopicWanted) -> TopicPage | None:
    """Return the page of a topic; None if the configuration has none of that id."""
    concept = reading.rules.concepts.get(wanted.id)
    if concept is None:
        return None
    has_index = reading.tx.search.is_ready(VERSION)
    fetch = partial(_indexed, reading, concept.id) if has_index else _looked_for(reading, concept.id)
    shown = samples.latest(reading, fetch, before=wanted.before, limit=STORIES)
    sample = samples.latest(reading, fetch, before=0, limit=samples.SAMPLED).numbers
    about = samples.tagged(reading, sample)
    totals = days_of(reading, [Series(thing=concept_of(concept.id))])[0]
    since = counted_since(reading, [concept.id]).get(concept.id)
    return TopicPage(
        topic=Name(id=concept.id, name=concept.label),
        before=wanted.before,
        threshold=concept.threshold,
        is_weighed=concept.threshold != 1 or any(each.weight not in (0, 1, -1) for each in concept.entries),
        words=tuple(_words(reading, concept)),
        without_words=_without_words(reading, concept),
        days=tuple(_seen(each, since) for each in totals),
        counted_since=since,
        stories=tuple(_rows(reading, concept.id, reading.stories(shown.numbers))),
        next_before=shown.next_before,
        searched=0 if has_index else _LOOKED_THROUGH,
        is_filling=has_index and not reading.tx.search.reach().is_complete,
        sampled=len(about),
        caught=_caught(concept.id, about),
        places=samples.places(reading, about),
        outlets=samples.shares(Counter(each.outlet for each in about), reading.outlet),
        feeds=tuple(_feeds(reading, concept.id)),
        feed=f"concept/{concept.id}" if reading.rules.config.on_demand.is_enabled else "",
    )


def _seen(day: DayStories, since: datetime | None) -> SeenDay:
    """Return a day; before they were counted, nobody looked."""
    return SeenDay(day=day.day, stories=None if since is not None and day.day < since.date() else day.stories)


def _indexed(reading: Reading, concept: str, below: int, most: int) -> list[int]:
    """Return the latest stories with a topic, by the index; the newest of all may not be in it yet."""
    search = reading.tx.search
    reach = search.reach()
    newer = reading.tx.stories.latest_numbers(_LOOKED_THROUGH, above=reach.last)
    found = _with_topic(reading, concept, [number for number in newer if not below or number < below])
    mark = Marked(mark_of("concept", concept))
    return [*found, *search.find(mark, since=reach.below, until=below - 1 if below else LAST, limit=most)][:most]


def _looked_for(reading: Reading, concept: str) -> samples.Fetch:
    """Look for the stories with a topic among the latest of all; return what returns the latest of these."""
    found = _with_topic(reading, concept, reading.tx.stories.latest_numbers(_LOOKED_THROUGH))
    return lambda below, most: [number for number in found if not below or number < below][:most]


def _with_topic(reading: Reading, concept: str, numbers: Sequence[int]) -> list[int]:
    stories = reading.tx.stories.tagged(numbers)
    return [number for number in numbers if number in stories and _tag(stories[number].tags, concept)]


def _tag(tags: Sequence[Tag], concept: str) -> Tag | None:
    return next((tag for tag in tags if tag.scheme == "concept" and tag.term == concept), None)


def _rows(reading: Reading, concept: str, stories: Sequence[Story]) -> Iterator[StoryRow]:
    """Yield stories as rows with the words that they have the topic by: marked where they are shown, else named."""
    for story, row in zip(stories, rows(reading, stories, has_tags=True), strict=True):
        tag = _tag(story.tags, concept)
        evidence = tag.evidence if tag else ()
        marks = _marks(row.title, [each for each in evidence if each.field == "title"])
        excerpt = "" if marks else opening(reading, story, longest=_LONGEST_EXCERPT)
        in_excerpt = _marks(excerpt, [each for each in evidence if each.field == "text"])
        yield replace(
            row,
            title_marks=marks,
            excerpt=excerpt if in_excerpt else "",
            excerpt_marks=in_excerpt,
            decided=() if marks or in_excerpt else tuple(dict.fromkeys(each.words for each in evidence)),
            tags=tuple(each for each in row.tags if (each.scheme, each.term) != ("concept", concept)),
        )


def _marks(text: str, evidence: Sequence[Evidence]) -> tuple[Mark, ...]:
    """Return marks for the words that stand where they were found: a text may be shown in part only."""
    return tuple(
        Mark(start=each.start, end=each.end, kind="concept")
        for each in evidence
        if text[each.start : each.end] == each.words
    )


def _words(reading: Reading, concept: Concept) -> Iterator[TopicWords]:
    """Yield the words of each language, those of any first, then those with most stories."""
    by_language: dict[str, list[TopicWord]] = defaultdict(list)
    for each in concept.entries or [ConceptEntry(text=term) for term in concept.terms]:
        word = TopicWord(text=each.text, weight=each.weight, is_veto=each.is_veto)
        by_language[each.language].append(word)
    stories, outlets = _by_language(reading, concept), _written(reading)
    for language in sorted(
        by_language, key=lambda each: (each != EVERY_LANGUAGE, -stories[each], -outlets[each], each)
    ):
        words = sorted(by_language[language], key=lambda each: (each.is_veto, each.weight < 0))
        yield TopicWords(language=language, words=tuple(words), stories=stories[language])


def _by_language(reading: Reading, concept: Concept) -> Counter[str]:
    """Return how many stories of a month have a topic, by language."""
    languages = sorted({*_written(reading), *(each.language for each in concept.entries)})
    series = [Series(thing=concept_of(concept.id), language=each) for each in languages]
    counts: Counter[str] = Counter()
    for language, days in zip(languages, days_of(reading, series), strict=True):
        counts[primary(language)] += sum(each.stories for each in days)
    return counts


def _written(reading: Reading) -> Counter[str]:
    """Return the languages of outlets, each with how many write it."""
    return Counter(each.language for each in reading.rules.outlets.values())


def _without_words(reading: Reading, concept: Concept) -> tuple[tuple[str, int], ...]:
    """Return languages that outlets write and that a topic has no words for, those of most outlets first."""
    known = {each.language for each in concept.entries if each.weight > 0} - {EVERY_LANGUAGE}
    if not known:
        return ()
    counts: Counter[str] = Counter()
    for language, outlets in _written(reading).items():
        counts[primary(language)] += outlets
    missing = sorted((-count, language) for language, count in counts.items() if language not in known)
    return tuple((language, -count) for count, language in missing[:_MOST_WITHOUT])


def _caught(concept: str, stories: Sequence[TaggedStory]) -> tuple[CaughtWord, ...]:
    """Return which words made most stories stories of a topic, as most of these write them."""
    counts: Counter[tuple[str, str]] = Counter()
    spellings: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for story in stories:
        tag = _tag(story.tags, concept)
        words = {fold(each.words).casefold(): each.words for each in (tag.evidence if tag else ())}
        for folded, written in words.items():
            key = primary(story.language), folded
            counts[key] += 1
            spellings[key][written] += 1
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_CAUGHT]
    return tuple(
        CaughtWord(words=spellings[key].most_common(1)[0][0], language=key[0], stories=count) for key, count in largest
    )


def _feeds(reading: Reading, concept: str) -> Iterator[NamingFeed]:
    """Yield the first public feeds whose filters name a topic, by title."""
    feeds = sorted(reading.feeds.values(), key=lambda each: (each.title.casefold(), each.name))
    naming = (
        each for each in feeds if concept in each.where and concept in concepts_in(reading.rules.filters[each.name])
    )
    for each in islice(naming, _MOST_FEEDS):
        yield NamingFeed(name=each.name, title=each.title, language=each.language)

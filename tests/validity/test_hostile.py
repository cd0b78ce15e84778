"""A thousand made-up stories that mean harm: every format stays valid, and says the same to every parser."""

from dataclasses import replace

import fastfeedparser
import feedparser
import pytest

from syndicator.markup import words_of_safe
from syndicator.models import Feed
from syndicator.publish import RENDERERS
from syndicator.publish.entry import body_of, place_of, title_of
from tests.conftest import NOW
from tests.validity.hostile import hostile_context, hostile_stories
from tests.validity.reading import FEEDS, read
from tests.validity.rules import faults_of

PLAIN = Feed(name="hostile", title="هدنة & <truce>", where="", description="age:<2d & copies:>=3")
DRESSED = replace(PLAIN, labels="ar", language="ar", entry_title="{title} – {outlet}", has_story_links=False)
STORIES = hostile_stories(1000)


def words(text):
    """Return a text without what separates its words, and without the joiners that nobody sees."""
    return " ".join(text.replace("\u2060", "").replace("\x85", " ").split())


@pytest.mark.parametrize("feed", [PLAIN, DRESSED], ids=["plain", "dressed"])
@pytest.mark.parametrize("kind", sorted(RENDERERS))
def test_f31_f33_must_48_a_thousand_hostile_stories_break_no_rule(kind, feed):
    """Not one, in a feed as it usually is and in one with everything that can be asked for; none is left out."""
    context = hostile_context()
    faults, shown = [], 0
    for stories in _batches(STORIES):
        body = RENDERERS[kind](feed, stories, context, NOW, {})
        faults.extend(faults_of(f"hostile.{kind}", body))
        shown += len(read(kind, body).entries)
    assert faults == []
    assert shown == (len(STORIES) if kind in FEEDS else sum(place_of(each) is not None for each in STORIES))


@pytest.mark.parametrize("parse", [feedparser.parse, fastfeedparser.parse], ids=["feedparser", "fastfeedparser"])
@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_f33_two_parsers_read_the_same_text(kind, parse):
    """Titles and bodies as they were meant, word for word, and in the same order."""
    context = hostile_context()
    stories = STORIES[:300]
    entries = parse(RENDERERS[kind](PLAIN, stories, context, NOW, {})).entries
    assert [each.id for each in entries] == [each.uid for each in stories]
    for entry, story in zip(entries, stories, strict=True):
        assert words(entry.title) == words(title_of(story, context))
        body = body_of(story, context)
        if body:
            found = entry.content[0]["value"] if "content" in entry else entry.description
            assert words(words_of_safe(found)).startswith(words(words_of_safe(body)))


def test_a_json_feed_is_read_alike_by_another_parser():
    """Ids, titles and addresses."""
    context = hostile_context()
    body = RENDERERS["json"](PLAIN, STORIES[:300], context, NOW, {})
    found = [(each.id, each.title, each.link) for each in fastfeedparser.parse(body).entries]
    assert found == [(each.id, each.title, each.link) for each in read("json", body).entries]


def _batches(stories):
    return [stories[start : start + 100] for start in range(0, len(stories), 100)]

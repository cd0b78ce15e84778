"""The rules in force: what the operator's configuration says of outlets, polling, tags and feeds.

One frozen value, made from a configuration and swapped whole at a reload. Whoever needs the rules asks for those in
force at that moment; a document that was read under older ones is noticed by their fingerprint.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from operator import itemgetter

from syndicator import __version__, urls
from syndicator.config import Config
from syndicator.extract import ClassificationRules
from syndicator.markup import words_of_safe
from syndicator.models import Concept, Entry, Feed, Outlet, PollBounds, Source, Story, Tag
from syndicator.query import Explainer, Filters, Match, Subject, Vocabulary, details_of, resolved
from syndicator.query.tree import (
    LATER_FIELDS,
    Where,
    asked_fields,
    concepts_in,
    feeds_in,
    fields_in,
    phrases_in,
    window_of,
)
from syndicator.tag import OutletHistory, Tagger, open_gazetteer, tagging_fingerprint

# Raise it when bare words find other stories than before: feeds with such words are then filled again.
FORMS_VERSION = 1
# Raised by hand whenever the same story is rendered to other bytes, so that all feeds are rendered anew.
_LAYOUT = 3


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What decides. ``history`` learns where outlets' stories are; everything else never changes.

    ``fingerprint`` names what entries are classified by: concepts, filters, the gazetteer and countries.
    ``tagger_fingerprint`` names what tags alone depend on: stories tagged by another are to be tagged anew.
    """

    config: Config
    filters: Mapping[str, Where]
    tagger: Tagger
    history: OutletHistory
    fingerprint: str
    tagger_fingerprint: str

    @property
    def outlets(self) -> Mapping[str, Outlet]:
        """The outlets by id."""
        return self.config.outlets

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources by id."""
        return self.config.sources

    @property
    def feeds(self) -> Mapping[str, Feed]:
        """The output feeds by name."""
        return self.config.feeds

    @cached_property
    def public_feeds(self) -> Mapping[str, Feed]:
        """The output feeds that readers may know of, by name."""
        return {name: feed for name, feed in self.feeds.items() if not feed.is_private}

    def uses_private(self, feed: str) -> bool:
        """Return whether the filter of a feed uses a private feed, which it names."""
        where = self.filters.get(feed)
        return where is not None and any(name not in self.public_feeds for name in feeds_in(where))

    @property
    def concepts(self) -> Mapping[str, Concept]:
        """The concepts by id."""
        return self.config.concepts

    @cached_property
    def readers_vocabulary(self) -> Vocabulary:
        """What filters of readers may name: nobody learns by them which private feeds there are."""
        return self.config.vocabulary_of({name for name, feed in self.feeds.items() if not feed.is_private})

    @property
    def bounds(self) -> PollBounds:
        """How often sources may be polled."""
        return self.config.bounds

    @property
    def authority(self) -> str:
        """The authority of our own ``tag:`` URIs (RFC 4151)."""
        return self.config.authority

    @cached_property
    def preferred(self) -> frozenset[str]:
        """The outlets in whose words stories are told that others have as well."""
        return frozenset(outlet.id for outlet in self.outlets.values() if outlet.is_preferred)

    @property
    def takes_pushes(self) -> bool:
        """Whether hubs are subscribed to."""
        return self.config.takes_pushes

    @property
    def mirror_slow(self) -> timedelta:
        """How long a racing outlet's endpoint may take before the next one is asked too."""
        return self.config.mirror_slow

    @property
    def deadline(self) -> timedelta:
        """How long one exchange with an endpoint may take."""
        return self.config.politeness.deadline

    def owner_of(self, link: str) -> Outlet | None:
        """Return the outlet whose page an address is, at home or at a mirror; the one with the longest base of several.

        A broadcaster's services in other languages may be outlets of their own, below the address of its main one.
        """
        found = (
            (len(base), outlet)
            for outlet in self._by_site.get(urls.site(link), ())
            for base in outlet.bases
            if urls.is_below(link, (base,))
        )
        return max(found, key=itemgetter(0), default=(0, None))[1]

    @cached_property
    def _by_site(self) -> Mapping[str, Sequence[Outlet]]:
        found = defaultdict[str, list[Outlet]](list)
        for outlet in self.outlets.values():
            for site in dict.fromkeys(map(urls.site, outlet.bases)):
                found[site].append(outlet)
        return found

    @cached_property
    def classification(self) -> ClassificationRules:
        """What the children that read documents classify entries by."""
        countries = {outlet.id: outlet.country for outlet in self.outlets.values()}
        concepts = tuple(self.concepts.values())
        return ClassificationRules(
            gazetteer=self.config.gazetteer,
            countries=countries,
            concepts=concepts,
            filters=dict(self.filters),
            fingerprint=self.fingerprint,
        )

    @cached_property
    def _matching(self) -> Filters:
        return Filters(self.filters)

    def tags_of(self, title: str, html: str, language: str, outlet: str) -> tuple[Tag, ...]:
        """Return the tags of a story of an outlet."""
        country = self.outlets[outlet].country if outlet in self.outlets else ""
        return self.tagger(title, words_of_safe(html), language, country, self.history.shares(outlet))

    @cached_property
    def explain(self) -> Explainer:
        """Says why feeds match a story, by their names."""
        return Explainer(self.filters)

    def feeds_of(self, story: Story, *, now: datetime | None = None, events: Collection[int] = ()) -> frozenset[str]:
        """Return the names of the feeds that match a story as of ``now``, which is on these events."""
        return self._matching(subject_of(story, now=now, events=events))

    @cached_property
    def asked_fields(self) -> Mapping[str, frozenset[str]]:
        """The fields that feeds ask for, by the feeds' names; not those that are only excluded."""
        return {name: asked_fields(resolved(where, self.filters)) for name, where in self.filters.items()}

    @cached_property
    def event_feeds(self) -> frozenset[str]:
        """The names of feeds that look at which event a story is on."""
        wheres = {name: resolved(where, self.filters) for name, where in self.filters.items()}
        return frozenset(name for name, where in wheres.items() if "event" in fields_in(where))

    def events_of(
        self, look_up: Callable[[Sequence[int]], Mapping[int, int]], numbers: Sequence[int]
    ) -> Mapping[int, int]:
        """Return the events of stories, by number, as the store has them; none unless a feed asks for one."""
        return look_up(numbers) if self.event_feeds else {}

    @cached_property
    def windows(self) -> Mapping[str, timedelta]:
        """How old the stories of feeds may be at most, by the feeds' names, where that is limited."""
        wheres = ((name, window_of(resolved(where, self.filters))) for name, where in self.filters.items())
        return {name: window for name, window in wheres if window is not None}

    @cached_property
    def following_feeds(self) -> frozenset[str]:
        """The names of feeds that ask for what happens to stories after they have come."""
        return frozenset(name for name, fields in self.asked_fields.items() if fields & LATER_FIELDS)

    def place_of(self, story: Story, feed: str) -> datetime:
        """Return the time by which a story has its place in a feed: when what the feed asks for last happened to it."""
        asked = self.asked_fields[feed]
        times = {
            "revised": story.updated if story.revised else None,
            "copies": story.copied_at,
            "deleted": story.deleted_at,
        }
        return max([story.placed_at, *(at for name, at in times.items() if name in asked and at is not None)])

    def classified(self, entry: Entry, source: Source, now: datetime) -> Entry:
        """Return an entry of a source with the tags and feeds that these rules give it."""
        tags = self.tags_of(entry.title, entry.html, entry.language, source.outlet)
        details = details_of(entry, source.id)
        text, of_outlets = words_of_safe(entry.html), (source.outlet,)
        subject = Subject(entry.title, text, entry.language, of_outlets, tags, details=details, age=details.age(now))
        return replace(entry, tags=tags, feeds=tuple(self._matching(subject)))

    def feed_fingerprints(self) -> dict[str, tuple[str, str]]:
        """Return for each feed a fingerprint of what it holds, and one of how it looks."""
        return {name: (self._content_fingerprint(feed), _look(feed, self._site)) for name, feed in self.feeds.items()}

    def concept_fingerprint(self, name: str) -> str:
        """Return a fingerprint of what a concept stands for."""
        concept = self.concepts[name]
        return _fingerprint(_written(concept), [asdict(entry) for entry in concept.entries])

    def look_of(self, feed: Feed) -> tuple[str, str]:
        """Return the fingerprints of a feed on demand: what it holds is in its name."""
        return "on-demand", _look(feed, self._site)

    @cached_property
    def _site(self) -> object:
        """What all feeds show of the configuration."""
        outlets = [(each.id, each.name, each.bases, each.republish.value) for each in self.outlets.values()]
        labels = [(concept.id, concept.label) for concept in self.concepts.values()]
        pictures = (self.config.feed_icon, self.config.feed_logo)
        hubs = self.config.hub.announced(self.config.base_url)
        # A store of the version before, without hubs and copies, has nothing to render anew.
        more = [each for each in (hubs, self.config.copies_at) if each]
        return (self.config.base_url, self.config.title, outlets, labels, pictures, *more)

    def _content_fingerprint(self, feed: Feed) -> str:
        """Return a fingerprint of what a feed holds; behind a plus, of what the language makes of the same filter."""
        where = self.filters[feed.name]
        concepts = [self.concepts[name] for name in sorted(concepts_in(where))]
        used: list[object] = [_written(concept) for concept in concepts]
        of_feeds = [self._content_fingerprint(self.feeds[name]).split("+") for name in sorted(feeds_in(where))]
        used += [parts[0] for parts in of_feeds]
        has_forms = any(each.match is Match.FORMS for each in phrases_in(where))
        entries = [[asdict(entry) for entry in concept.entries] for concept in concepts]
        meanings = [parts[1:] for parts in of_feeds]
        has_meaning = has_forms or concepts or any(meanings)
        meaning = _fingerprint(FORMS_VERSION if has_forms else 0, entries, meanings) if has_meaning else ""
        return _fingerprint(feed.where.strip(), used) + (f"+{meaning}" if meaning else "")


def subject_of(story: Story, *, now: datetime | None = None, events: Collection[int] = ()) -> Subject:
    """Return what filters look at of a story as of ``now``, which is on these events."""
    details = details_of(story, story.source)
    return Subject(
        story.title,
        words_of_safe(story.html),
        story.language,
        story.outlets,
        story.tags,
        story.revised,
        is_deleted=story.deleted_at is not None,
        details=details,
        age=details.age(now) if now else None,
        events=events,
    )


def _written(concept: Concept) -> dict[str, object]:
    """Return what a concept's file says, for a fingerprint; that of a plain one is the same as before entries."""
    if concept.is_plain:
        return {"id": concept.id, "label": concept.label, "terms": concept.terms}
    return asdict(concept)


def rules_from(config: Config) -> Rules:
    """Make the rules of a configuration, with an empty history."""
    concepts = tuple(config.concepts.values())
    gazetteer = open_gazetteer(config.gazetteer)
    countries = {outlet.id: outlet.country for outlet in config.outlets.values()}
    wheres = {name: feed.where for name, feed in config.feeds.items()}
    by_id = {key: asdict(each) for key, each in config.concepts.items()}
    return Rules(
        config=config,
        filters=config.filters,
        tagger=Tagger(concepts, config.gazetteer),
        history=OutletHistory(gazetteer.number_of),
        fingerprint=_fingerprint([asdict(each) for each in concepts], wheres, config.gazetteer.name, countries),
        tagger_fingerprint=_fingerprint(tagging_fingerprint(), config.gazetteer.name, by_id),
    )


def _look(feed: Feed, site: object) -> str:
    said = (feed.title, feed.description, feed.language, feed.icon, feed.logo, feed.is_private)
    entries = (feed.limit, feed.labels, feed.has_story_links, feed.has_archives, feed.entry_title)
    return _fingerprint((__version__, _LAYOUT, feed.formats, said, entries), site)


def _fingerprint(*values: object) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

"""The rules in force: what the operator's configuration says of outlets, polling, tags and feeds.

One frozen value, made from a configuration and swapped whole at a reload. Whoever needs the rules asks for those in
force at that moment; a document that was read under older ones is noticed by their fingerprint.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from operator import itemgetter

from syndicator import __version__, urls
from syndicator.config import Config
from syndicator.extract import ClassificationRules
from syndicator.markup import words_of_safe
from syndicator.models import Concept, Entry, Feed, Outlet, PollBounds, Source, Story, Tag
from syndicator.query import Filters, Subject
from syndicator.query.tree import LATER_FIELDS, Where, asked_fields, concepts_in
from syndicator.tag import OutletHistory, Tagger, open_gazetteer, tagging_fingerprint

# Raised by hand whenever the same story is rendered to other bytes, so that all feeds are rendered anew.
_LAYOUT = 2


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

    @property
    def concepts(self) -> Mapping[str, Concept]:
        """The concepts by id."""
        return self.config.concepts

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

    def feeds_of(self, story: Story) -> frozenset[str]:
        """Return the names of the feeds that match a story."""
        return self._matching(subject_of(story))

    @cached_property
    def asked_fields(self) -> Mapping[str, frozenset[str]]:
        """The fields that feeds ask for, by the feeds' names; not those that are only excluded."""
        return {name: asked_fields(where) for name, where in self.filters.items()}

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

    def classified(self, entry: Entry, outlet: str) -> Entry:
        """Return an entry with the tags and feeds that these rules give it."""
        tags = self.tags_of(entry.title, entry.html, entry.language, outlet)
        subject = Subject(entry.title, words_of_safe(entry.html), entry.language, (outlet,), tags)
        return replace(entry, tags=tags, feeds=tuple(self._matching(subject)))

    def feed_fingerprints(self) -> dict[str, tuple[str, str]]:
        """Return for each feed a fingerprint of what it holds, and one of how it looks."""
        return {name: (self._content_fingerprint(feed), _look(feed, self._site)) for name, feed in self.feeds.items()}

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
        used = [asdict(self.concepts[name]) for name in sorted(concepts_in(self.filters[feed.name]))]
        return _fingerprint(feed.where.strip(), used)


def subject_of(story: Story) -> Subject:
    """Return what filters look at of a story."""
    fields = (story.language, story.outlets, story.tags, story.revised, story.deleted_at is not None)
    return Subject(story.title, words_of_safe(story.html), *fields)


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

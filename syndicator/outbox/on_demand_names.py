"""What a name like ``region/SY-ID`` stands for: a feed on demand, or the reason why there is none. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from syndicator.errors import FilterError
from syndicator.models import Concept, Event, Feed, Outlet
from syndicator.models.formats import KINDS
from syndicator.models.on_demand import OnDemandFeed
from syndicator.outbox.on_demand import region_key
from syndicator.query import Vocabulary, parse

# Towns are found in any case, and written in one: a feed has one address.
_TOWN = re.compile(r"[A-Z]{2}(?:[.-][A-Z0-9]{1,3})?/[a-z0-9-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,11}")


class UnknownFeedError(Exception):
    """There is no such feed: a sentence for whoever asked."""


def is_on_demand(name: str) -> bool:
    """Return whether a feed's name is of the kinds that are made when they are asked for."""
    return name.partition("/")[0] in KINDS and "/" in name


def event_number(name: str) -> int | None:
    """Return the number of the event that a name asks for, if it does."""
    kind, _, key = name.partition("/")
    return int(key) if kind == "event" and _NUMBER.fullmatch(key) else None


def resolve(
    name: str,
    *,
    outlets: Mapping[str, Outlet],
    concepts: Mapping[str, Concept],
    vocabulary: Vocabulary,
    event: Event | None = None,
) -> OnDemandFeed:
    """Return the feed that a name asks for; ``event`` is the one with the name's number. Raise UnknownFeedError."""
    kind, _, key = name.partition("/")
    match kind:
        case "outlet" if key in outlets:
            title = outlets[key].name
            return _feed(name, title, f"Stories of {title}", keys=frozenset({name}))
        case "concept" if key in concepts:
            title = concepts[key].label
            return _feed(name, title, f"Stories on: {title}", keys=frozenset({name}))
        case "region" if (label := _label_of(key, vocabulary)) is not None:
            terms = (key, *vocabulary.folded_groups.get(key.casefold(), ()))
            return _feed(name, label, f"Stories about {label}", keys=frozenset(map(region_key, terms)))
        case "event" if event is not None and f"event/{event.id}" == name:
            return _feed(name, event.title, "All that is told of one event", event=event.id)
        case "event" if event is not None:
            raise UnknownFeedError(f"This event is part of another one: event/{event.id}.")
        case "event":
            raise UnknownFeedError("There is no such event, or it is past retention.")
    raise UnknownFeedError(_suggestion(kind, key, vocabulary))


def _feed(
    name: str, title: str, description: str, *, keys: frozenset[str] = frozenset(), event: int | None = None
) -> OnDemandFeed:
    where = name.replace("/", ":", 1)
    feed = Feed(name=name, title=title, where=where, description=description, has_archives=False)
    return OnDemandFeed(feed=feed, keys=keys, event=event)


def _label_of(term: str, vocabulary: Vocabulary) -> str | None:
    is_town = vocabulary.find_region is not None and _TOWN.fullmatch(term) is not None
    known = vocabulary.values["region"].get(term)
    return vocabulary.find_region(term) if known is None and vocabulary.find_region and is_town else known


def _suggestion(kind: str, key: str, vocabulary: Vocabulary) -> str:
    """Return that there is no such outlet, region or concept, and which may be meant, as filters say it."""
    try:
        parse(f'{kind}:"{key}"', vocabulary)
    except FilterError as error:
        return f"{error.message[:1].upper()}{error.message[1:]}"
    return f'There is no {kind} "{key}" as it is written here: terms of countries and divisions are in capitals.'

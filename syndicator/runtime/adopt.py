"""Make the store agree with the rules, at start and at a reload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syndicator import urls
from syndicator.config import Config
from syndicator.models import Feed, Origin
from syndicator.models.archives import Archive
from syndicator.outbox.backfill import start_retagging
from syndicator.rules import Rules
from syndicator.runtime.on_demand import retire_unknown
from syndicator.store import Transaction
from syndicator.web import FeedDirectory

_TAGGER = "tagger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What the store has once it agrees with the rules: what readers may be told, archives, and feeds' paces."""

    directory: FeedDirectory
    archives: Sequence[Archive]
    paces: dict[str, int]


def sync_store(
    tx: Transaction,
    rules: Rules,
    now: datetime,
    *,
    on_demand: Mapping[str, Feed],
    shared: Mapping[str, str] | None = None,
) -> Adopted:
    """Enter new sources in the due queue, new and edited feeds in the backfill, and stories of an older tagger, too.

    Feeds ``on_demand`` are kept, and the others of them retired. The texts ``shared`` are for other processes.
    """
    last_story = tx.stories.last_number()
    if shared is not None:
        tx.configuration.save(shared, rules.fingerprint)
    tx.origins.sync(list(_origins(rules)))
    tx.sources.sync(rules.sources, now, rules.bounds)
    if tx.get_meta(_TAGGER) != rules.tagger_fingerprint:
        tx.set_meta(_TAGGER, rules.tagger_fingerprint)
        start_retagging(tx, last_story)
    resting = rules.config.resting_feeds
    renamed = {former: feed.name for feed in rules.feeds.values() for former in feed.renamed_from}
    retire_unknown(tx, on_demand)
    fingerprints = rules.feed_fingerprints() | {name: rules.look_of(feed) for name, feed in on_demand.items()}
    tx.feeds.define(fingerprints, now, last_story=last_story, resting=resting, renamed=renamed)
    return read_adopted(tx, rules.config)


def read_adopted(tx: Transaction, config: Config) -> Adopted:
    """Return what the store has once it agrees with the rules of a configuration."""
    return Adopted(directory=_feed_directory(tx, config), archives=tx.archives.all(), paces=tx.feeds.paces())


def past_origins(tx: Transaction, rules: Rules) -> dict[str, Origin]:
    """Return the origins of stories whose source is not in the configuration any more, by source."""
    return {id_: each for id_, each in tx.origins.all().items() if id_ not in rules.sources}


def _feed_directory(tx: Transaction, config: Config) -> FeedDirectory:
    """Return what readers may be told of feeds: those that are in force, and those that were."""
    return FeedDirectory(
        base_url=config.base_url,
        title=config.title,
        feeds=config.feeds,
        former=tx.feeds.former_names(),
    )


def _origins(rules: Rules) -> Iterator[Origin]:
    for source in rules.sources.values():
        outlet = rules.outlets[source.outlet]
        address = urls.redact(urls.without_user(source.home))
        yield Origin(
            source=source.id,
            outlet=outlet.id,
            name=outlet.name,
            home=outlet.home,
            address=address,
            republish=outlet.republish,
        )

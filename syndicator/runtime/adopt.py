"""Make the store agree with the rules, at start and at a reload."""

from __future__ import annotations

from datetime import datetime

from syndicator.outbox.backfill import start_retagging
from syndicator.rules import Rules
from syndicator.store import Transaction

_TAGGER = "tagger"


def sync_store(tx: Transaction, rules: Rules, now: datetime) -> None:
    """Enter new sources in the due queue, new and edited feeds in the backfill, and stories of an older tagger, too."""
    last_story = tx.stories.last_number()
    tx.sources.sync(rules.sources, now, rules.bounds)
    if tx.get_meta(_TAGGER) != rules.tagger_fingerprint:
        tx.set_meta(_TAGGER, rules.tagger_fingerprint)
        start_retagging(tx, last_story)
    resting = rules.config.resting_feeds
    tx.feeds.define(rules.feed_fingerprints(), now, last_story=last_story, resting=resting)

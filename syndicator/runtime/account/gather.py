"""Gather all that is known of one story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syndicator.models import OutletMode, Story
from syndicator.models.account import StoryAccount
from syndicator.rules import Rules
from syndicator.runtime.account.addresses import Addresses
from syndicator.runtime.account.changes import revision_accounts, whole_change
from syndicator.runtime.account.event import Surroundings, event_account
from syndicator.runtime.account.feeds import feed_accounts
from syndicator.runtime.account.find import number_of
from syndicator.runtime.account.near import near_stories
from syndicator.runtime.account.tellings import basis, telling_accounts
from syndicator.runtime.account.told import Told
from syndicator.runtime.account.words import marks, opening, tag_account
from syndicator.runtime.scope import Scope
from syndicator.store import Store


async def account_of(store: Store, rules: Rules, wanted: str, *, now: datetime) -> StoryAccount | None:
    """Return what is known of a story, by its number, its uid, or the address of any page that tells it."""
    return await store.read(lambda tx: account_in(Scope(tx=tx, rules=rules, now=now), wanted.strip()))


def account_in(scope: Scope, wanted: str) -> StoryAccount | None:
    """Return what may be told of a story, by its number.

    To readers it does not name private feeds. Where there are any, and no feeds on demand, it is one that a public feed
    holds, as are the others of its event: else None is returned.
    """
    number = number_of(scope.tx, scope.rules, wanted)
    if number is None or not scope.visible([number]):
        return None
    found = scope.tx.stories.get([number])
    return _of_story(scope, found[0]) if found else None


def _of_story(scope: Scope, story: Story) -> StoryAccount:
    tx, origin, policy = scope.tx, scope.rules.outlets.get(story.outlet), scope.policy(story)
    told = Told(
        story=story,
        items=tx.entries.of_story(story.id),
        revisions=tx.stories.revisions(story.id),
        captures=tx.captures.of_story(story.id),
    )
    addresses = Addresses(scope, [story.link, *(each.link for each in told.items)])
    around, text = Surroundings(scope, story), opening(story, policy)
    revisions = tuple(revision_accounts(scope, story, told.revisions, policy))
    feeds, more_feeds = feed_accounts(scope, story, around)
    return StoryAccount(
        id=story.id,
        uid=story.uid,
        page=f"{scope.rules.config.base_url}/stories/{story.id}",
        title=story.title,
        text=text.text,
        link=addresses.working_link(story.link),
        language=story.language,
        outlet=story.outlet,
        outlet_name=scope.name(story.outlet),
        author=story.author,
        published=story.published,
        first_seen=story.first_seen,
        updated=story.updated,
        tellings=tuple(telling_accounts(scope, told, addresses)),
        revisions=revisions,
        whole_change=whole_change(scope, story, told.revisions, policy),
        tags=tuple(map(tag_account, story.tags)),
        feeds=feeds,
        event=event_account(scope, story, around),
        notes=tuple(_notes(story)),
        country=origin.country if origin else "",
        policy=policy.value,
        shown=text.shown,
        length=text.length,
        marks=marks(text.text, story.tags),
        breaks=text.breaks,
        addresses=addresses.accounts(scope, story.link, told.items, revisions),
        is_home_down=addresses.is_home_down(story.link),
        is_compared=origin is not None and origin.mode is OutletMode.COMPARE,
        near=near_stories(scope, story, around),
        more_feeds=more_feeds,
        basis=basis(scope, told),
        deleted_at=story.deleted_at,
    )


def _notes(story: Story) -> Iterator[str]:
    if story.deleted_at is not None:
        yield f"its page at the outlet is gone since {story.deleted_at:%Y-%m-%d %H:%M} UTC at the latest"

"""From events and stories in the store to messages: names, titles and links are looked up here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from syndicator.config import Config
from syndicator.models import Story
from syndicator.models.alerts import OpsEvent, SubjectKind
from syndicator.models.notify import Message, Recipient
from syndicator.notify.message import Sender, ToldEvent, ToldStory, alert_message, digest_message
from syndicator.rules import Rules
from syndicator.store import Transaction
from syndicator.tag import country_labels

# Of each event; a program gets the numbers of all.
_MOST_STORIES = 5
# A digest for programs lists so many.
MOST_IN_DIGEST = 200


def message_of(tx: Transaction, ids: Sequence[int], more: int, rules: Rules, sender: Sender) -> Message | None:
    """Return the message that tells of events; None if the log has none of them any more."""
    events = tx.alerts.events(ids)
    if not events:
        return None
    numbers = [number for event in events for number in event.stories[:_MOST_STORIES]]
    stories = stories_of(tx, numbers)
    told = [
        ToldEvent(event=event, name=name_of(event, rules), stories=_told_stories(event.stories, stories, rules))
        for event in events
    ]
    return alert_message(told, sender, more=more)


def digest_of(tx: Transaction, recipient: Recipient, since: datetime, rules: Rules, sender: Sender) -> Message | None:
    """Return the digest of what is new in a recipient's feeds since a moment; None if nothing is."""
    feeds = [name for name in recipient.digest.feeds if name in rules.feeds] if recipient.digest else []
    numbers, count = tx.feeds.joined_since(feeds, since, MOST_IN_DIGEST)
    if not numbers:
        return None
    told = _told_stories(numbers, stories_of(tx, numbers), rules, limit=MOST_IN_DIGEST)
    return digest_message(told, count, [rules.feeds[name].title for name in feeds], sender)


def sender_of(recipient: Recipient, config: Config, now: datetime) -> Sender:
    """Return who sends a recipient a message now."""
    return Sender(recipient=recipient.name, title=config.title, base_url=config.base_url, now=now)


def stories_of(tx: Transaction, numbers: Sequence[int]) -> Mapping[int, Story]:
    """Return stories by their numbers, as far as the store has them."""
    distinct = list(dict.fromkeys(numbers))
    return {story.id: story for story in tx.stories.get(distinct)} if distinct else {}


def name_of(event: OpsEvent, rules: Rules) -> str:
    """Return what people call that which an event is on."""
    if event.outlet in rules.outlets:
        return rules.outlets[event.outlet].name
    match event.subject.kind:
        case SubjectKind.COUNTRY:
            return country_labels().get(event.subject.id, event.subject.id)
        case SubjectKind.DAEMON:
            return rules.config.title
        case _:
            return event.subject.id


def _told_stories(
    numbers: Sequence[int], stories: Mapping[int, Story], rules: Rules, *, limit: int = _MOST_STORIES
) -> tuple[ToldStory, ...]:
    found = [stories[number] for number in numbers if number in stories]
    return tuple(_told_story(each, rules) for each in found[:limit])


def _told_story(story: Story, rules: Rules) -> ToldStory:
    outlet = rules.outlets.get(story.outlet)
    return ToldStory(
        number=story.id,
        title=story.title,
        outlet=outlet.name if outlet else story.outlet,
        link=f"{rules.config.base_url}/stories/{story.id}",
    )

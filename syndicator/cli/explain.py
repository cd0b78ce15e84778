"""The command that says how a story is known, and why it is in which feeds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

import click
import msgspec

from syndicator import urls
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import Config
from syndicator.errors import SyndicatorError
from syndicator.models.account import (
    AddressAccount,
    EventAccount,
    FeedAccount,
    NearStory,
    StoryAccount,
    TagAccount,
    TellingAccount,
)
from syndicator.models.reader_pages import AddressState, DiffPart
from syndicator.plural import counted
from syndicator.rules import rules_from
from syndicator.runtime.account import account_of
from syndicator.runtime.app import utc_now
from syndicator.store import open_store
from syndicator.wordiff import Kind, Segment, as_text

_MOST_OTHERS = 8
_MINUTE, _HOUR = 60, 3600
_STATES = {
    AddressState.ANSWERS: "answers",
    AddressState.REFUSES: "answers without its stories",
    AddressState.NO_ANSWER: "does not answer",
    AddressState.UNSEEN: "not looked at",
    AddressState.FOREIGN: "looks like another's",
}


@click.command()
@click.argument("story")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON: the same as /stories/ID.json.")
@with_config
def explain(options: ConfigOptions, story: str, as_json: bool) -> None:
    """Say where a story was read, what it was merged with and why, what changed, and why it is in which feeds.

    STORY is the address of a page that tells it, its number, or the id that it has in feeds.
    """
    config = options.load()
    found = asyncio.run(_account(config, story))
    if found is None:
        raise SyndicatorError(f"no story is known by {story!r}: is it the address as the outlet's feed gives it?")
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if as_json else "\n".join(lines(found))
    click.echo(text)


async def _account(config: Config, wanted: str) -> StoryAccount | None:
    click.echo(f"reading {urls.redact(config.store_place)}", err=True)
    store = open_store(config.store, may_migrate=False)
    try:
        return await account_of(store, rules_from(config), wanted, now=utc_now())
    finally:
        store.close()


def lines(story: StoryAccount) -> Iterator[str]:
    """Yield an account as lines of text."""
    yield story.title
    yield f"  {story.outlet_name}, first seen {_at(story.first_seen)}" + _dated(story.published)
    yield f"  {story.link or 'no address'}"
    yield f"  {story.uid}, {story.page}"
    yield from (f"  {note}" for note in story.notes)
    yield "Who tells it"
    for telling in story.tellings:
        yield from _of_telling(telling)
    if story.near:
        yield "Nearly the same, and no copies"
        for near in story.near:
            yield from _of_near(near)
    if len(story.addresses) > 1:
        yield "Where it can be read"
        yield from (_of_address(address) for address in story.addresses)
    if story.revisions:
        yield "What changed"
        for revision in story.revisions:
            yield f"  {_at(revision.at)}  {', '.join(revision.changed)}" + (
                f", seen at {revision.endpoint}" if revision.endpoint else ""
            )
            yield from (f"      {_diff(parts)}" for parts in (revision.title, revision.text) if parts)
    if story.event is not None:
        yield from _of_event(story.event)
    yield "What it is about"
    yield from (_of_tag(tag) for tag in story.tags)
    if not story.tags:
        yield "  no region or concept was found"
    yield "In which feeds"
    yield from (_of_feed(feed) for feed in story.feeds)


def _of_telling(telling: TellingAccount) -> Iterator[str]:
    late = f" (+{_distance(telling.seconds)})" if telling.seconds else ""
    credit = f", credits {telling.credit}" if telling.credit else ""
    yield f"  {_at(telling.seen_at)}{late}  {telling.outlet_name}{credit}"
    if telling.title:
        yield f"      “{telling.title}”"
    mirror = " (a mirror)" if telling.is_mirror else ""
    where = f"read at {telling.endpoint}{mirror}" if telling.endpoint else f"read in {telling.source}"
    why = telling.reason or "known from before reasons were kept"
    captured = f"; kept in {telling.captured}" if telling.captured else ""
    yield f"      {why}; {where}{captured}"


def _of_near(near: NearStory) -> Iterator[str]:
    what = "another headline" if near.facts == "headline" else f"other {near.facts}"
    pairs = "; ".join(f"“{here}” here, “{there}” there" for here, there in near.instead)
    yield f"  {_at(near.first_seen)}  {near.outlet_name}: {near.title}"
    yield f"      story {near.id}, with {what}: {pairs}"


def _of_address(address: AddressAccount) -> str:
    shown = f", shown since {_at(address.shown_at)}" if address.shown_at else ""
    words = ", in other words" if address.has_newest is False else ""
    state = f", {_STATES[address.state]}" if address.state else ""
    return f"  {address.page or address.host}  {address.kind}{state}{shown}{words}"


def _of_event(event: EventAccount) -> Iterator[str]:
    stories, origins = counted(event.stories, "story", "stories"), counted(event.origins, "independent origin")
    yield f"Which event: {stories} from {origins}"
    yield f"  {event.reason}"
    for other in event.others[:_MOST_OTHERS]:
        yield f"  {_at(other.first_seen)}  {other.outlet_name}: {other.title}"


def _of_tag(tag: TagAccount) -> str:
    words = ", ".join(f"“{word}”" for word in tag.words)
    role = f", {tag.role}" if tag.role else ""
    score = f", {tag.score:.2f}" if tag.scheme == "region" else ""
    return f"  {tag.scheme}:{tag.term}  {tag.label}{role}{score}, by {words}"


def _of_feed(feed: FeedAccount) -> str:
    terms = "; ".join(feed.terms)
    if feed.is_member and not feed.matches:
        return f"  {feed.name}: in, from before, though by now {terms}"
    if feed.matches and not feed.is_member:
        return f"  {feed.name}: not yet in: {terms}"
    return f"  {feed.name}: {'in' if feed.is_member else 'not in'}: {terms}"


def _diff(parts: tuple[DiffPart, ...]) -> str:
    return as_text([Segment(Kind(part.kind), part.words) for part in parts])


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _dated(moment: datetime | None) -> str:
    return f", dated {_at(moment)} by the outlet" if moment else ", not dated by the outlet"


def _distance(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"

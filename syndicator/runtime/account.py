"""Gather all that is known of one story, for its page, its JSON and ``syndicator explain``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syndicator import urls
from syndicator.markup import cut, words_of_safe
from syndicator.models import Outlet, Republish, Revision, Story, Tag, Telling
from syndicator.models.account import (
    DiffPart,
    EventAccount,
    EventStory,
    FeedAccount,
    RevisionAccount,
    StoryAccount,
    TagAccount,
    TellingAccount,
)
from syndicator.publish.entry import republished
from syndicator.query import DecidingTerm
from syndicator.rules import Rules, subject_of
from syndicator.store import Page, Store, Transaction
from syndicator.watch import working_base
from syndicator.wordiff import diff, shortened

_LONGEST_OPENING = 1200
_MOST_DIGITS = 12  # of a story's number
# Of an event, so many of the latest stories are listed.
_MOST_OTHERS = 30
# Words shown on either side of a change.
_CONTEXT = 12


async def account_of(store: Store, rules: Rules, wanted: str) -> StoryAccount | None:
    """Return what is known of a story, by its number, its uid, or the address of any page that tells it."""
    return await store.read(lambda tx: _account(tx, rules, wanted.strip()))


def public_account(tx: Transaction, rules: Rules, wanted: str) -> StoryAccount | None:
    """Return what readers may know of a story, by its number.

    It does not name private feeds. Where there are any, and no feeds on demand, it is one that a public feed holds, as
    are the others of its event: else None is returned.
    """
    account = _account(tx, rules, wanted)
    return _as_readers_see(tx, rules, account) if account else None


def _account(tx: Transaction, rules: Rules, wanted: str) -> StoryAccount | None:
    number = _number_of(tx, rules, wanted)
    found = tx.stories.get([number]) if number is not None else []
    return _of_story(tx, rules, found[0]) if found else None


def _as_readers_see(tx: Transaction, rules: Rules, account: StoryAccount) -> StoryAccount | None:
    private = {name for name, feed in rules.feeds.items() if feed.is_private}
    if not private:
        return account
    account = replace(account, feeds=tuple(each for each in account.feeds if each.name not in private))
    if rules.config.on_demand.is_enabled:  # then anybody may see every story
        return account
    if not tx.feeds.holding(account.id) - private:
        return None
    event = account.event
    if event is not None:
        others = tuple(each for each in event.others if tx.feeds.holding(each.id) - private)
        event = replace(event, others=others) if others else None
    return replace(account, event=event)


def _number_of(tx: Transaction, rules: Rules, wanted: str) -> int | None:
    if wanted.isdecimal():
        return int(wanted) if len(wanted) <= _MOST_DIGITS else None
    if wanted.startswith("tag:"):
        return tx.stories.number_of(wanted)
    own_page = f"{rules.config.base_url}/stories/"
    if wanted.startswith(own_page):
        number = wanted.removeprefix(own_page)
        return _number_of(tx, rules, number) if number.isdecimal() else None
    return next(iter(tx.copies.at_pages(list(_pages(rules, wanted)))), None)


def _pages(rules: Rules, address: str) -> Iterator[Page]:
    """Yield the pages under which an outlet may know an address."""
    absolute = urls.absolute(address)
    if absolute is None:
        return
    owner = rules.owner_of(absolute)
    own = urls.link_key(absolute, owner.bases) if owner else None
    if owner and own:
        yield Page(own, outlet=owner.id)
    if anyones := urls.link_key(absolute):
        yield Page(anyones)


def _of_story(tx: Transaction, rules: Rules, story: Story) -> StoryAccount:
    told = tx.entries.of_story(story.id)
    bases: dict[str, str] = {}
    tellings = tuple(_telling(tx, each, told[0], rules, bases) for each in told)
    origin = rules.outlets.get(story.outlet)
    policy = origin.republish if origin else tx.origins.policy(story.source)
    return StoryAccount(
        id=story.id,
        uid=story.uid,
        page=f"{rules.config.base_url}/stories/{story.id}",
        title=story.title,
        text=cut(words_of_safe(republished(story.html, policy)), _LONGEST_OPENING),
        link=_working_link(tx, rules, story.link, bases),
        language=story.language,
        outlet=story.outlet,
        outlet_name=_name(origin, story.outlet),
        author=story.author,
        published=story.published,
        first_seen=story.first_seen,
        updated=story.updated,
        tellings=tellings,
        revisions=tuple(_revisions(story, tx.stories.revisions(story.id), policy)),
        tags=tuple(_tag(tag) for tag in story.tags),
        feeds=tuple(_feeds(tx, rules, story)),
        event=_event(tx, rules, story),
        notes=tuple(_notes(story)),
    )


def _event(tx: Transaction, rules: Rules, story: Story) -> EventAccount | None:
    """Return the event that a story is on; one with no other story yet is none to tell of."""
    assignment = tx.events.assignment(story.id)
    event = tx.events.get(assignment.event) if assignment else None
    if assignment is None or event is None:
        return None
    numbers = [number for number, _ in tx.events.members(event.id)]
    others = tx.stories.get([number for number in numbers if number != story.id][-_MOST_OTHERS:])
    if not others:
        return None
    credits_ = tx.entries.credits([story.id, *(each.id for each in others)])
    return EventAccount(
        id=event.id,
        title=event.title,
        stories=event.stories,
        origins=len({credits_.get(each.id) or each.outlet for each in (story, *others)}),
        score=assignment.score,
        reason=assignment.reason,
        others=tuple(
            EventStory(
                id=each.id,
                page=f"/stories/{each.id}",
                title=each.title,
                language=each.language,
                outlet_name=_name(rules.outlets.get(each.outlet), each.outlet),
                first_seen=each.first_seen,
            )
            for each in others
        ),
    )


def _notes(story: Story) -> Iterator[str]:
    if story.deleted_at is not None:
        yield f"its page at the outlet is gone since {story.deleted_at:%Y-%m-%d %H:%M} UTC at the latest"


def _revisions(story: Story, revisions: Sequence[Revision], policy: Republish) -> Iterator[RevisionAccount]:
    """Yield what changed, the latest first: each earlier version against the one that followed it.

    Readers see no more of either than the outlet lets feeds show.
    """
    versions = [*((each.title, each.html) for each in revisions), (story.title, story.html)]
    for before, (title, html) in reversed(list(zip(revisions, versions[1:], strict=True))):
        text, text_after = (words_of_safe(republished(each, policy)) for each in (before.html, html))
        yield RevisionAccount(
            at=before.replaced_at,
            endpoint=urls.redact(before.endpoint) if before.endpoint else None,
            changed=before.changed,
            title=_diff(before.title, title) if before.title != title else (),
            text=_diff(text, text_after) if text != text_after else (),
        )


def _diff(before: str, after: str) -> tuple[DiffPart, ...]:
    return tuple(DiffPart(kind=each.kind.value, words=each.text) for each in shortened(diff(before, after), _CONTEXT))


def _working_link(tx: Transaction, rules: Rules, link: str | None, bases: dict[str, str]) -> str | None:
    """Return where a link works now: at the outlet's home, or a mirror while that is down.

    ``bases`` holds the working bases of the outlets that were looked up.
    """
    owner = rules.owner_of(link) if link else None
    if link is None or owner is None:
        return link
    if owner.id not in bases:
        states = {id_: state.endpoints for id_, state in tx.sources.states(owner.sources).items()}
        bases[owner.id] = working_base(owner, states)
    return urls.lead(link, bases[owner.id], owner.bases)


def _telling(tx: Transaction, telling: Telling, first: Telling, rules: Rules, bases: dict[str, str]) -> TellingAccount:
    source = rules.sources.get(telling.source)
    captured = tx.captures.latest(telling.source, telling.seen_at, endpoint=telling.endpoint)
    return TellingAccount(
        outlet=telling.outlet,
        outlet_name=_name(rules.outlets.get(telling.outlet), telling.outlet),
        source=telling.source,
        endpoint=urls.redact(telling.endpoint) if telling.endpoint else None,
        is_mirror=source is not None and telling.endpoint not in (None, source.home),
        link=_working_link(tx, rules, telling.link, bases),
        title=telling.title,
        published=telling.published,
        seen_at=telling.seen_at,
        seconds=int((telling.seen_at - first.seen_at).total_seconds()),
        decision=telling.verdict.value if telling.verdict else "",
        reason=telling.reason,
        credit=telling.credit,
        captured=f"{captured.record.file} at byte {captured.record.offset}" if captured else "",
    )


def _tag(tag: Tag) -> TagAccount:
    return TagAccount(
        scheme=tag.scheme,
        term=tag.term,
        label=tag.label,
        role=tag.role,
        score=round(tag.score, 2),
        words=tuple(dict.fromkeys(evidence.words for evidence in tag.evidence)),
    )


def _feeds(tx: Transaction, rules: Rules, story: Story) -> Iterator[FeedAccount]:
    """Yield the feeds, those that hold the story first."""
    holding = tx.feeds.holding(story.id)
    assignment = tx.events.assignment(story.id)
    subject = subject_of(story, events=[assignment.event] if assignment else ())
    for name, feed in sorted(rules.feeds.items(), key=lambda item: (item[0] not in holding, item[0])):
        matches, terms = rules.explain(name, subject)
        yield FeedAccount(
            name=name,
            title=feed.title,
            url=f"{rules.config.base_url}/feeds/{name}.{feed.formats[0]}",
            is_member=name in holding,
            matches=matches,
            terms=tuple(map(in_words, terms)),
        )


def in_words(term: DecidingTerm) -> str:
    """Return a term with what it rests on: 'region:SY by “Idlib”, “Syria”'; 'no region:TR'."""
    if not term.holds:
        return f"no {term.term}"
    return term.term + (" by " + ", ".join(f"“{word}”" for word in term.words) if term.words else "")


def _name(outlet: Outlet | None, otherwise: str) -> str:
    return outlet.name if outlet else otherwise

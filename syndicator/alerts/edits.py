"""Headlines and texts that outlets rewrite, and stories that they take down: noted for those who want to know.

A consumer of changes. What it notes is committed with its cursor: nothing is lost by a crash, and nothing noted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from syndicator.alerts.wanted import Wanted
from syndicator.markup import words_of_safe
from syndicator.models import Change, ChangeKind, Revision, Story
from syndicator.models.alerts import AlertKind, OpsEvent, Phase, Severity, Subject, SubjectKind, muted_by
from syndicator.outbox import ChangeConsumer
from syndicator.rules import Rules
from syndicator.store import Store, Transaction
from syndicator.text import direction
from syndicator.watch.edits import Flip, Swap, Touch, flip_of, gravest
from syndicator.wordiff import as_text, diff

NAME = "edits"
Wants = Callable[[OpsEvent, Story], bool]
_HANDLED = frozenset({ChangeKind.REVISED, ChangeKind.DELETED, ChangeKind.RESTORED})
_CONTEXT, _LONGEST_DIFF, _LONGEST_TITLE = 6, 1500, 200


def edit_consumer(
    store: Store, *, rules: Callable[[], Rules], wants: Callable[[], Wants], clock: Callable[[], datetime]
) -> ChangeConsumer:
    """Return the consumer that notes edits; ``wants`` returns whether some recipient asks for a note on a story."""
    return ChangeConsumer(NAME, store, EditNotes(store, rules=rules, wants=wants, clock=clock))


class EditsWanted:
    """Says what recipients ask for; their filters are prepared once for each configuration."""

    def __init__(self, rules: Callable[[], Rules], clock: Callable[[], datetime]) -> None:
        """Ask for the ``rules`` in force at each step."""
        self._rules, self._clock = rules, clock
        self._wanted: Wanted | None = None

    def __call__(self) -> Wants:
        """Return whether some recipient asks for a note on a story, by the rules in force."""
        if self._wanted is None or self._wanted.rules is not self._rules():
            self._wanted = Wanted(self._rules())
        return partial(_is_wanted, self._wanted, self._clock())


def _is_wanted(wanted: Wanted, now: datetime, event: OpsEvent, story: Story) -> bool:
    return any(wanted.by(each, event, {story.id: story}, now) for each in wanted.rules.config.recipients.values())


class EditNotes:
    """Notes what happened to the words of stories that somebody asks for."""

    def __init__(
        self, store: Store, *, rules: Callable[[], Rules], wants: Callable[[], Wants], clock: Callable[[], datetime]
    ) -> None:
        """Ask for the ``rules`` and for who ``wants`` what at each step; the ``clock`` tells what is muted."""
        self._store, self._rules, self._wants, self._clock = store, rules, wants, clock

    async def __call__(self, changes: Sequence[Change]) -> None:
        """Note some changes, and that they were handled."""
        wanted = [each for each in changes if each.kind in _HANDLED]
        if wanted:
            events = await self._store.read(partial(_events, changes=wanted, rules=self._rules(), wants=self._wants()))
            await self._store.write(partial(self._note, events=events, reached=changes[-1].position))

    def _note(self, tx: Transaction, *, events: Sequence[tuple[int, OpsEvent]], reached: int) -> None:
        """Log events, each of the change at a position, unless those were handled before."""
        position, now = tx.changes.position_of(NAME), self._clock()
        muted = (*self._rules().config.watch.muted, *(each.pattern for each in tx.alerts.mutes(now)))
        tx.alerts.log([muted_by(event, muted) for at, event in events if at > position])
        tx.changes.advance(NAME, max(reached, position))


def _events(tx: Transaction, *, changes: Sequence[Change], rules: Rules, wants: Wants) -> list[tuple[int, OpsEvent]]:
    """Return what is to be noted of changes that somebody wants to know of, with their positions."""
    stories = {each.id: each for each in tx.stories.get(list({change.story for change in changes}))}
    revised = [change.story for change in changes if change.kind is ChangeKind.REVISED and change.story in stories]
    revisions = tx.stories.revisions_of(list(dict.fromkeys(revised)))
    found = []
    for change in changes:
        story = stories.get(change.story)
        if story is None:
            continue
        if change.kind is ChangeKind.REVISED:
            drafts = _edits(story, revisions.get(story.id, []), change, rules, wants)
        else:
            drafts = _deletions(tx, story, change, rules, wants)
        found += [(change.position, event) for event in drafts]
    return found


def _edits(
    story: Story, revisions: Sequence[Revision], change: Change, rules: Rules, wants: Wants
) -> Iterator[OpsEvent]:
    """Yield what a revision changed: the headline, the text, or both."""
    place = next((place for place, each in enumerate(revisions) if each.replaced_at == change.at), None)
    if place is None:  # only the link changed, or the revision is not kept
        return
    before, earlier = revisions[place], revisions[:place]
    title, html = (story.title, story.html) if place + 1 == len(revisions) else _words_of(revisions[place + 1])
    draft = partial(_draft, story=story, at=change.at, rules=rules)
    titles = [(each.replaced_at, each.title) for each in earlier if "title" in each.changed]
    if "title" in before.changed and wants(event := draft(AlertKind.RETITLED), story):
        yield from _retitled(
            event, story, (before.title, title), flip_of(change.at, before.title, title, titles), rules
        )
    if "text" in before.changed and wants(event := draft(AlertKind.REWRITTEN), story):
        old, new = words_of_safe(before.html), words_of_safe(html)
        texts = [(each.replaced_at, words_of_safe(each.html)) for each in earlier if "text" in each.changed]
        yield from _rewritten(event, story, (old, new), flip_of(change.at, old, new, texts), rules)


def _words_of(revision: Revision) -> tuple[str, str]:
    return revision.title, revision.html


def _retitled(event: OpsEvent, story: Story, pair: tuple[str, str], flip: Flip, rules: Rules) -> Iterator[OpsEvent]:
    before, after = pair
    if flip is Flip.AGAIN:
        return
    if flip is Flip.BACK:
        words = f"{_outlet(story, rules)} took a headline back to {_quoted(after, story)}; for a while it was "
        yield replace(event, words=f"{words}{_quoted(before, story)}.")
        return
    swap = gravest(before, after, story.language, _names(story))
    what = "rewrote a headline" if swap is None or swap.touch is Touch.WORDS else f"changed {swap.touch} in a headline"
    whole = f"It was {_quoted(before, story)} and is {_quoted(after, story)}."
    words = f"{_outlet(story, rules)} {what}{_swapped(swap, story)}. {whole}"
    yield replace(event, words=words, evidence=(as_text(diff(before, after)),))


def _rewritten(event: OpsEvent, story: Story, pair: tuple[str, str], flip: Flip, rules: Rules) -> Iterator[OpsEvent]:
    before, after = pair
    headline = _quoted(story.title[:_LONGEST_TITLE], story)
    if flip is Flip.AGAIN:
        return
    if flip is Flip.BACK:
        yield replace(event, words=f"{_outlet(story, rules)} took the text of {headline} back to what it was.")
        return
    swap = gravest(before, after, story.language, _names(story))
    what = "rewrote the text" if swap is None or swap.touch is Touch.WORDS else f"changed {swap.touch} in the text"
    words = f"{_outlet(story, rules)} {what} of {headline}{_swapped(swap, story)}."
    yield replace(event, words=words, evidence=(as_text(diff(before, after), context=_CONTEXT)[:_LONGEST_DIFF],))


def _deletions(tx: Transaction, story: Story, change: Change, rules: Rules, wants: Wants) -> Iterator[OpsEvent]:
    is_gone = change.kind is ChangeKind.DELETED
    event = _draft(AlertKind.DELETED if is_gone else AlertKind.RESTORED, story=story, at=change.at, rules=rules)
    if not wants(event, story):
        return
    headline = _quoted(story.title[:_LONGEST_TITLE], story)
    if is_gone:
        check = tx.page_checks.get(story.id)
        words = f"{_outlet(story, rules)} took down {headline}: its page is gone."
        yield replace(event, words=words, evidence=(check.note,) if check and check.note else ())
    else:
        yield replace(event, words=f"{_outlet(story, rules)} put {headline} back: its page is there again.")


def _draft(kind: AlertKind, *, story: Story, at: datetime, rules: Rules) -> OpsEvent:
    outlet = rules.outlets.get(story.outlet)
    return OpsEvent(
        at=at,
        kind=kind,
        phase=Phase.NOTED,
        subject=Subject(SubjectKind.STORY, str(story.id)),
        severity=Severity.WARNING,
        words="",
        outlet=story.outlet,
        country=outlet.country if outlet else "",
        language=story.language,
        stories=(story.id,),
        path=f"/stories/{story.id}",
    )


def _outlet(story: Story, rules: Rules) -> str:
    outlet = rules.outlets.get(story.outlet)
    return outlet.name if outlet else story.outlet


def _names(story: Story) -> list[str]:
    """Return the words by which a story's places are named in its headline and text."""
    return [evidence.words for tag in story.tags for evidence in tag.evidence if tag.scheme == "region"]


def _swapped(swap: Swap | None, story: Story) -> str:
    if swap is None or swap.touch is Touch.WORDS:
        return ""
    return f": {_quoted(swap.old, story)} became {_quoted(swap.new, story)}"


def _quoted(words: str, story: Story) -> str:
    """Return words in quotes; isolated if they are written from right to left (Unicode UAX 9)."""
    is_rtl = direction(story.language) == "rtl"
    return f'"\u2068{words}\u2069"' if is_rtl else f'"{words}"'

"""What changed in a story's words: its versions against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syndicator.markup import words_of_safe
from syndicator.models import Republish, Revision, Story
from syndicator.models.account import RevisionAccount
from syndicator.models.reader_pages import DiffPart
from syndicator.publish.entry import republished
from syndicator.publish.excerpt import word_count
from syndicator.runtime.scope import Scope
from syndicator.wordiff import Kind, Segment, diff, shortened

# Words shown on either side of a change.
_CONTEXT = 12


def revision_accounts(
    scope: Scope, story: Story, revisions: Sequence[Revision], policy: Republish
) -> Iterator[RevisionAccount]:
    """Yield what changed, the latest first: each earlier version against the one that followed it.

    No more of either is told than the outlet lets be shown.
    """
    versions = [*((each.title, each.html) for each in revisions), (story.title, story.html)]
    for place in reversed(range(len(revisions))):
        since = revisions[place - 1].replaced_at if place else story.first_seen
        made = _account(scope, story, revisions[place], versions[place + 1], policy)
        yield replace(made, version=place + 2, since=since)


def whole_change(
    scope: Scope, story: Story, revisions: Sequence[Revision], policy: Republish
) -> RevisionAccount | None:
    """Return the first version against the newest, where there are others between them: what came of all changes."""
    if len(revisions) < 2:  # noqa: PLR2004 - of two versions this is the only change
        return None
    made = _account(scope, story, revisions[0], (story.title, story.html), policy)
    changed = tuple(dict.fromkeys(field for each in revisions for field in each.changed))
    at = revisions[-1].replaced_at
    return replace(made, at=at, endpoint=None, changed=changed, version=len(revisions) + 1, since=story.first_seen)


def _account(
    scope: Scope, story: Story, before: Revision, after: tuple[str, str], policy: Republish
) -> RevisionAccount:
    """Return a version against another one, given as its title and its HTML."""
    title, html = after
    text, text_after = (words_of_safe(republished(each, policy)) for each in (before.html, html))
    segments = diff(text, text_after) if text != text_after else ()
    return RevisionAccount(
        at=before.replaced_at,
        endpoint=scope.endpoint(story.source, before.endpoint),
        changed=before.changed,
        title=title_diff(before.title, title),
        text=_parts(segments),
        added=_words(segments, Kind.ADDED),
        removed=_words(segments, Kind.REMOVED),
    )


def title_diff(before: str, after: str) -> tuple[DiffPart, ...]:
    """Return one headline against another; nothing where they are the same."""
    return _parts(diff(before, after)) if before != after else ()


def _parts(segments: Sequence[Segment]) -> tuple[DiffPart, ...]:
    return tuple(DiffPart(kind=each.kind.value, words=each.text) for each in shortened(segments, _CONTEXT))


def _words(segments: Sequence[Segment], kind: Kind) -> int:
    return sum(word_count(each.text) for each in segments if each.kind is kind)

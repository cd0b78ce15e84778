"""What changed in a story's words: its versions against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
        before, (title, html) = revisions[place], versions[place + 1]
        text, text_after = (words_of_safe(republished(each, policy)) for each in (before.html, html))
        segments = diff(text, text_after) if text != text_after else ()
        yield RevisionAccount(
            at=before.replaced_at,
            endpoint=scope.endpoint(story.source, before.endpoint),
            changed=before.changed,
            title=title_diff(before.title, title),
            text=_parts(segments),
            version=place + 2,
            since=revisions[place - 1].replaced_at if place else story.first_seen,
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

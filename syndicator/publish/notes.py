"""What happened to a story, as feeds that ask for it show it above the story's text. Pure."""

from __future__ import annotations

import hashlib
import html
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syndicator import urls, wordiff
from syndicator.markup import LONGEST_HTML, clean, words_of_safe
from syndicator.models import Carrier, PageCheck, Republish, Revision, Story, StoryText
from syndicator.publish.cache import BoundedCache
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import policy_of, republished, whole_second
from syndicator.text import direction

# Words beside a change of a text; titles are shown whole.
_CONTEXT = 12
_MOST_REVISIONS = 10
_MOST_CARRIERS = 50
_Changes = tuple[tuple[str, str], ...]
# The next rendering of a feed shows nearly the same changes. Texts are known by a digest: they are longer than changes.
_CHANGES: BoundedCache[bytes, _Changes] = BoundedCache(8 * 1024 * 1024)
_OVERHEAD = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened to stories, by number: how they were rewritten, who else carries them, whether pages are gone."""

    revisions: Mapping[int, Sequence[Revision]] = field(default_factory=dict)
    carriers: Mapping[int, Sequence[Carrier]] = field(default_factory=dict)
    checks: Mapping[int, PageCheck] = field(default_factory=dict)


def with_notes(story: Story, history: History, context: PublicationContext, bases: Mapping[str, str]) -> Story:
    """Return a story as a feed shows it: what happened to it stands above its text, the latest first.

    ``bases`` is where outlets' links lead if not home. A note that a feed shows is new by when it happened: that is
    the entry's ``updated``.
    """
    notes = [
        *_deletion(story, history.checks.get(story.id)),
        *_carriers(history.carriers.get(story.id, ()), context, bases),
        *_revisions(story, history.revisions.get(story.id, ()), policy_of(story, context)),
    ]
    if not notes:
        return story
    room = LONGEST_HTML - len(story.html)
    shown = []
    for note in notes:  # what does not fit is left out: no entry gets longer than the longest text
        room -= len(note)
        if room >= 0:
            shown.append(note)
    check = history.checks.get(story.id)
    found = (check.restored_at or story.deleted_at) if check else None
    return replace(story, notes="".join(shown), updated=max(story.updated, found or story.updated))


def _deletion(story: Story, check: PageCheck | None) -> Iterator[str]:
    if check is None or check.gone_at is None or (story.deleted_at is None and check.restored_at is None):
        return
    gone = f"the story's page was found gone on {_moment(check.gone_at)}"
    if check.restored_at is not None:
        yield f"<p><b>Restored</b>: {gone}, and is there again since {_moment(check.restored_at)}.</p>"
    elif story.deleted_at is not None:
        yield f"<p><b>Deleted</b>: {gone}, and again on {_moment(story.deleted_at)} ({_escaped(check.note)}).</p>"


def _carriers(carriers: Sequence[Carrier], context: PublicationContext, bases: Mapping[str, str]) -> Iterator[str]:
    if not carriers:
        return
    shown = carriers[:_MOST_CARRIERS]
    more = [f"<li>and {len(carriers) - len(shown)} more</li>"] if len(carriers) > len(shown) else []
    items = [f"<li>{_moment(each.first_seen)}: {_carrier(each, context, bases)}</li>" for each in shown]
    yield f"<p><b>Carried by others</b> ({len(carriers)}):</p><ul>{''.join([*items, *more])}</ul>"


def _carrier(carrier: Carrier, context: PublicationContext, bases: Mapping[str, str]) -> str:
    outlet = context.outlets.get(carrier.outlet)
    name = _escaped(outlet.name if outlet else carrier.outlet)
    if carrier.link is None:
        return name
    link = carrier.link
    if outlet is not None:
        link = urls.lead(link, bases.get(outlet.id, outlet.home), outlet.bases)
    return f'<a href="{html.escape(link)}">{name}</a>'


def _revisions(story: Story, revisions: Sequence[Revision], policy: Republish) -> Iterator[str]:
    """Yield each change of what readers may have, the latest first."""
    versions: tuple[Revision | Story, ...] = (*revisions, story)
    texts = [StoryText(title=each.title, html=republished(each.html, policy)) for each in versions]
    rewritings = list(zip(revisions, texts, texts[1:], strict=False))
    for revision, before, after in reversed(rewritings[-_MOST_REVISIONS:]):
        for name, change in _changes(before, after):
            yield (
                f"<p><b>{name} changed</b>, {_moment(revision.replaced_at)}:</p>"
                f'<blockquote dir="{direction(story.language)}">{change}</blockquote>'
            )


def _changes(before: StoryText, after: StoryText) -> _Changes:
    """Return what is different, by name, as HTML."""
    texts = (before.title, before.html, after.title, after.html)
    key = hashlib.blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=16).digest()
    known = _CHANGES.get(key)
    if known is not None:
        return known
    title = wordiff.diff(before.title, after.title)
    text = wordiff.diff(words_of_safe(before.html), words_of_safe(after.html))
    changes = tuple(
        (name, clean(wordiff.as_html(segments, context=context)))
        for name, segments, context in (("Title", title, None), ("Text", text, _CONTEXT))
        if any(each.kind is not wordiff.Kind.SAME for each in segments)
    )
    _CHANGES.put(key, changes, _OVERHEAD + sum(sys.getsizeof(each) for _, each in changes))
    return changes


def _moment(at: datetime) -> str:
    return f"{whole_second(at):%Y-%m-%d %H:%M} UTC"


def _escaped(text: str) -> str:
    return html.escape(clean(text), quote=False)

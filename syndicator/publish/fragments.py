"""Entries as bytes: those that are known are taken from the cache, the others rendered together. Pure but for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from syndicator.models import Story
from syndicator.publish.cache import CachedEntry, entry_digest
from syndicator.publish.context import PublicationContext
from syndicator.publish.entry import Item, item_of


def fragments(
    format_name: str,
    stories: Sequence[Story],
    context: PublicationContext,
    bases: Mapping[str, str],
    *,
    render: Callable[[Sequence[Item]], Sequence[bytes]],
) -> list[bytes]:
    """Return the entry of each story, in their order; ``render`` makes those that are not in the context's cache."""
    cache = context.entry_cache
    name = f"{format_name} {context.variant}"
    items = [item_of(each, context, bases) for each in stories]
    digests = [entry_digest(item) for item in items]
    found = [cache.get(name, item.story.uid, digest) for item, digest in zip(items, digests, strict=True)]
    fresh = [place for place, body in enumerate(found) if body is None]
    for place, body in zip(fresh, render([items[place] for place in fresh]), strict=True):
        found[place] = body
        cache.put(name, items[place].story.uid, CachedEntry(digests[place], body))
    return [body for body in found if body is not None]

"""One feed's document from its stories: a story that the format cannot carry is left out alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog

from syndicator.models import Feed, LinksTo, Outlet, Story
from syndicator.publish.context import PublicationContext
from syndicator.publish.formats import Renderer
from syndicator.store import Transaction
from syndicator.watch import working_base

_log = structlog.get_logger()


def link_bases(tx: Transaction, shown: Collection[str], outlets: Mapping[str, Outlet]) -> dict[str, str]:
    """Return where links lead, by outlet, for those where that may be elsewhere than home: only to a mirror."""
    known = [outlets[id_] for id_ in sorted(shown) if id_ in outlets]
    movable = [outlet for outlet in known if outlet.mirrors and outlet.links is not LinksTo.HOME]
    states = tx.sources.states([source for outlet in movable for source in outlet.sources])
    endpoints = {id_: state.endpoints for id_, state in states.items()}
    return {outlet.id: working_base(outlet, endpoints) for outlet in movable}


def render_feed(
    renderer: Renderer,
    feed: Feed,
    stories: Sequence[Story],
    context: PublicationContext,
    *,
    changed_at: datetime,
    bases: Mapping[str, str],
) -> bytes:
    """Render a feed; a story that the format cannot carry is left out."""
    render = partial(renderer, feed, context=context, changed_at=changed_at, bases=bases)
    try:
        return render(stories=stories)
    except Exception:  # noqa: BLE001 - whichever story it is, the others are well
        render(stories=[])  # raises if it is the feed itself
        return render(stories=[story for story in stories if _can_be_rendered(render, feed, story)])


def _can_be_rendered(render: Callable[..., bytes], feed: Feed, story: Story) -> bool:
    try:
        render(stories=[story])
    except Exception:  # noqa: BLE001 - left out and logged with its traceback
        _log.exception("a story cannot be rendered and is left out", feed=feed.name, story=story.uid)
        return False
    return True

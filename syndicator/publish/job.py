"""Publish feeds that changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from syndicator.models import Feed
from syndicator.publish.feed import RENDERERS, PublicationContext
from syndicator.publish.files import FeedFiles
from syndicator.store import Store
from syndicator.watch import working_base


class Publisher:
    def __init__(
        self,
        store: Store,
        files: FeedFiles,
        *,
        feeds: Callable[[], Mapping[str, Feed]],
        context: Callable[[], PublicationContext],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._files, self._feeds, self._context = store, files, feeds, context

    async def publish(self) -> list[str]:
        done = []
        for name in await self._store.read(lambda tx: tx.feeds.stale()):
            feed = self._feeds().get(name)
            if feed is None:
                continue
            loaded = await self._store.read(lambda tx: tx.feeds.load(feed.name, feed.limit))
            state, stories = loaded
            context = self._context()
            outlets = [context.outlets[o] for o in sorted({s.outlet for s in stories}) if o in context.outlets]
            states = await self._store.read(lambda tx: tx.sources.states([s for o in outlets for s in o.sources]))
            eps = {i: s.endpoints for i, s in states.items()}
            bases = {o.id: working_base(o, eps) for o in outlets}
            for kind in feed.formats:
                body = await asyncio.to_thread(
                    partial(
                        RENDERERS[kind], feed, site=context, changed_at=state.changed_at, bases=bases, stories=stories
                    )
                )
                self._files.put(f"{feed.name}.{kind}", body, state.changed_at)
            await self._store.write(lambda tx: tx.feeds.rendered(name, state.version, {s.outlet for s in stories}))
            done.append(name)
        return done

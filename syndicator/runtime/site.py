"""Where readers and operators are answered: at one address, or each at their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import structlog
from aiohttp import web

from syndicator.models.status import Status
from syndicator.publish import OperationsContext, render_operations
from syndicator.runtime.app import App
from syndicator.runtime.hub import HubService
from syndicator.runtime.monitoring import Monitoring
from syndicator.runtime.ops import StoreRecords
from syndicator.runtime.publishing import FeedMaker
from syndicator.runtime.websub import WebSubClient
from syndicator.web import BOTH_FACES, Face, SiteContext, listened_on, serve

_log = structlog.get_logger()
_MOST_EVENTS = 200


def site_context(
    app: App,
    *,
    own_hub: HubService,
    make: FeedMaker,
    status: Callable[[], Awaitable[Status]],
    trouble: Callable[[], Sequence[str]],
    notes: Callable[[], Sequence[str]],
    hub: WebSubClient,
    monitoring: Monitoring,
    records: StoreRecords,
) -> SiteContext:
    """Return what the web is given of an application and of what runs beside it."""
    return replace(
        readers_context(app, own_hub=own_hub, make=make, trouble=trouble, unready=monitoring.unready),
        status=status,
        records=records,
        notes=notes,
        metrics=monitoring.metrics,
        answers=monitoring.metrics.answers,
        operations=partial(_operations, app),
        hub=hub,
        own_hub=own_hub.hub,
    )


def readers_context(
    app: App,
    *,
    own_hub: HubService,
    make: Callable[[str], Awaitable[bool]],
    trouble: Callable[[], Sequence[str]],
    unready: Callable[[], Sequence[str]],
    elsewhere: str = "",
) -> SiteContext:
    """Return what the web is given of an application for readers; of our hub it has only the links to it."""
    return SiteContext(
        files=app.files,
        directory=lambda: app.directory,
        make=make,
        asked=app.on_demand.asked,
        pace=lambda name: app.publisher.paces.get(name, 0),
        pages=app.reader_pages,
        searches=app.searches,
        trouble=trouble,
        unready=unready,
        feed_links=own_hub.links,
        trusted_proxies=app.config.trusted_proxies,
        elsewhere=elsewhere,
    )


async def _operations(app: App) -> bytes:
    config = app.config
    events = await app.store.read(lambda tx: tx.alerts.latest_events(_MOST_EVENTS))
    context = OperationsContext(url=config.operators_url, title=config.title, authority=config.authority)
    return await asyncio.to_thread(render_operations, events, context)


class Site:
    """The listening servers of a daemon. Make one with ``listen``."""

    def __init__(self) -> None:
        self._runners: list[web.AppRunner] = []

    @classmethod
    async def listen(cls, context: SiteContext, readers: tuple[str, int], operators: tuple[str, int] | None) -> Site:
        """Listen for readers, and for operators if they have an address. Raise OSError when one cannot be bound."""
        site = cls()
        try:
            for address, faces in _faces(readers, operators):
                runner, _ = await serve(context, *address, faces=faces)
                site._runners.append(runner)
        except OSError:
            await site.close()
            raise
        if operators is None and not context.elsewhere:
            _log.warning("no operators' pages: others than this machine reach the address; set web.operators")
        return site

    @property
    def listening(self) -> str:
        """The addresses, that of readers first."""
        return " ".join(map(listened_on, self._runners))

    async def close(self) -> None:
        """Listen no more."""
        for runner in self._runners:
            await runner.cleanup()


def _faces(
    readers: tuple[str, int], operators: tuple[str, int] | None
) -> Iterator[tuple[tuple[str, int], frozenset[Face]]]:
    if operators == readers:
        yield readers, BOTH_FACES
        return
    yield readers, frozenset({Face.READERS})
    if operators is not None:
        yield operators, frozenset({Face.OPERATORS})

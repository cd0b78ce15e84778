"""The command that shows how outlets and feeds are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import click
import msgspec

from syndicator import urls
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import Config
from syndicator.models.status import EndpointStatus, FeedStatus, OutletStatus, Status
from syndicator.plural import counted
from syndicator.runtime.app import utc_now
from syndicator.runtime.status import status as gather
from syndicator.store import open_store


@click.command()
@click.option("--json", "as_json", is_flag=True, help="All there is to know, as JSON: the same as /status.json.")
@with_config
def status(options: ConfigOptions, as_json: bool) -> None:
    """Show outlets, their endpoints' health, and feeds, from the store."""
    config = options.load()
    click.echo(f"reading {urls.redact(config.store_place)}", err=True)
    found = asyncio.run(_status(config))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if as_json else "\n".join(_lines(found))
    click.echo(text)


async def _status(config: Config) -> Status:
    store = open_store(config.store, may_migrate=False)
    try:
        return await gather(config, store, now=utc_now(), problems=tuple(map(str, config.problems)))
    finally:
        store.close()


def _lines(status: Status) -> Iterator[str]:
    for outlet in status.outlets:
        yield from _of_outlet(outlet)
    for feed in status.feeds:
        yield _of_feed(feed)
    backfill = status.backfill
    if backfill.remaining:
        total = counted(backfill.total, "story", "stories")
        yield f"{backfill.remaining:,} of {total} still to be matched against new or edited filters"
    search = status.search
    if not search.is_supported:
        yield "this SQLite has no full-text search (FTS5): previews of filters try every story"
    if search.remaining:
        yield f"{search.remaining:,} of {counted(search.total, 'story', 'stories')} still to be indexed for previews"


def _of_outlet(outlet: OutletStatus) -> Iterator[str]:
    yield f"{outlet.name}: {outlet.health}"
    for source in outlet.sources:
        for endpoint in source.endpoints:
            yield from _of_endpoint(endpoint)


def _of_endpoint(endpoint: EndpointStatus) -> Iterator[str]:
    outcome = f" ({endpoint.outcome.replace('_', ' ')})" if endpoint.outcome else ""
    note = f": {endpoint.note}" if endpoint.note else ""
    yield f"  {endpoint.url}: {endpoint.health}{outcome}{note}"
    for each in endpoint.comparison.notes if endpoint.comparison else ():
        yield f"    {each}"
    if endpoint.moved_to:
        yield f"    has moved, and is polled at {endpoint.moved_to}"


def _of_feed(feed: FeedStatus) -> str:
    return f"{feed.title}: {counted(feed.stories, 'story', 'stories')}  {' '.join(feed.urls.values())}"

"""The command that shows how outlets and feeds are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import click
import msgspec

from syndicator import urls
from syndicator.alerts import Look
from syndicator.cli.alerts import alert_lines
from syndicator.cli.base import ConfigOptions, with_config
from syndicator.config import Config
from syndicator.models.alerts import as_fields
from syndicator.models.ops import OutletState, Wanted
from syndicator.models.status import EndpointStatus, FeedStatus, Status
from syndicator.plural import counted
from syndicator.rules import rules_from
from syndicator.runtime.app import utc_now
from syndicator.runtime.ops import StoreRecords, polled_in_words
from syndicator.runtime.status import status as gather
from syndicator.store import open_store
from syndicator.web.ops.records import ConfigurationRecords
from syndicator.web.ops.view import Listed, OpsView

_WELL = frozenset({OutletState.WORKING, OutletState.QUIET})


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="All there is to know, as JSON: what /status.json has, and alerts."
)
@click.option("--all", "shows_all", is_flag=True, help="List outlets that are well too.")
@with_config
def status(options: ConfigOptions, as_json: bool, shows_all: bool) -> None:
    """Show from the store what is not well, the worst first: alerts, outlets with their endpoints; and feeds."""
    config = options.load()
    click.echo(f"reading {urls.redact(config.store_place)}", err=True)
    view, polled = asyncio.run(_view(config))
    click.echo(_as_json(view) if as_json else "\n".join(_lines(view, polled, shows_all=shows_all)))


async def _view(config: Config) -> tuple[OpsView, Mapping[str, str]]:
    """Return how all is, and why sources are polled when they are."""
    store = open_store(config.store, may_migrate=False)
    try:
        now = utc_now()
        found = await gather(config, store, now=now, problems=tuple(map(str, config.problems)))
        look = Look(now=now, rules=rules_from(config))
        sources = list(config.sources.values())
        polled = await store.read(lambda tx: polled_in_words(tx, sources, config.bounds, now))
        return OpsView(found, await StoreRecords(store, lambda: look).alerts(now), ConfigurationRecords()), polled
    finally:
        store.close()


def _as_json(view: OpsView) -> str:
    alerts = [as_fields(each) for each in view.open]
    told = msgspec.json.decode(msgspec.json.encode(view.status)) | {"alerts": alerts}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _lines(view: OpsView, polled: Mapping[str, str], *, shows_all: bool) -> Iterator[str]:
    yield _summary(view)
    for alert in view.open:
        yield from alert_lines(alert)
    outlets = view.choose(Wanted(rows=len(view.outlets))).outlets
    shown = [each for each in outlets if shows_all or _is_noteworthy(each)]
    for outlet in shown:
        yield from _of_outlet(outlet, polled)
    if left := len(outlets) - len(shown):
        which = counted(left, "other outlet" if shown else "outlet")
        yield f"{which} {'is' if left == 1 else 'are'} well: syndicator status --all"
    for feed in view.status.feeds:
        yield _of_feed(feed)
    yield from _under_way(view.status)


def _summary(view: OpsView) -> str:
    status = view.status
    parts = [f"{view.not_well:,} of {counted(status.counts.outlets, 'outlet')} not well"]
    if view.open:
        parts.append(counted(len(view.open), "open alert"))
    if status.counts.unpolled:
        parts.append(f"{status.counts.unpolled:,} not reached yet")
    if status.config_problems:
        parts.append(counted(len(status.config_problems), "configuration problem"))
    return ", ".join(parts)


def _is_noteworthy(outlet: Listed) -> bool:
    """Return whether there is anything to say of an outlet: it is not well, or of an address of it."""
    endpoints = (endpoint for source in outlet.status.sources for endpoint in source.endpoints)
    return outlet.state not in _WELL or any(
        each.moved_to or (each.comparison and each.comparison.notes) for each in endpoints
    )


def _under_way(status: Status) -> Iterator[str]:
    backfill = status.backfill
    if backfill.remaining:
        total = counted(backfill.total, "story", "stories")
        yield f"{backfill.remaining:,} of {total} still to be matched against new or edited filters"
    search = status.search
    if not search.is_supported:
        yield "this SQLite has no full-text search (FTS5): previews of filters try every story"
    if search.remaining:
        yield f"{search.remaining:,} of {counted(search.total, 'story', 'stories')} still to be indexed for previews"


def _of_outlet(outlet: Listed, polled: Mapping[str, str]) -> Iterator[str]:
    yield f"{outlet.status.name}: {outlet.state}"
    for source in outlet.status.sources:
        for endpoint in source.endpoints:
            yield from _of_endpoint(endpoint)
        if words := polled.get(source.id):
            yield f"    {words}"


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

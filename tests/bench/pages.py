"""What operators' pages cost at 9, 300 and 10,000 outlets: CPU milliseconds with their queries, and bytes.

The store has ninety days of each source, and an alert on each outlet that fails. A view of all outlets is made every few
seconds at most, while somebody looks; a page after that costs what its line says. The bars are 100 ms, and
for 40 rows 50 KB, 10 KB compressed.
"""

from __future__ import annotations

import asyncio
import gzip
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from syndicator.alerts import Look
from syndicator.config import Config, load
from syndicator.models import Document, EndpointState, Outcome, Outlet, PollRecord, PollReport, Source
from syndicator.models.days import EVERY_SOURCE, by_day, day_of, letters
from syndicator.models.decisions import Verdict
from syndicator.models.ops import Order, Wanted
from syndicator.models.ops_pages import OpsPage
from syndicator.models.status import Health, OutletStatus, Status
from syndicator.rules import rules_from
from syndicator.runtime.days import DayCounter
from syndicator.runtime.ops import StoreRecords
from syndicator.runtime.status import StatusReader
from syndicator.store import Store, Transaction, open_store
from syndicator.web.ops.build import alerts_page, feeds_page, overview_page, progress_page
from syndicator.web.ops.drawings import strip
from syndicator.web.ops.outlets import first_day, outlet_page, sources_of
from syndicator.web.ops.render import render_ops
from syndicator.web.ops.view import OpsView
from tests.conftest import NOW
from tests.made_ops import made_alerts, made_days, made_events, made_status
from tests.newsroom import EVERYTHING, write_config

_Result = TypeVar("_Result")
_ROUNDS, _COUNTS = 7, (9, 300, 10_000)
_AT_ONCE = 200
_POLLS_A_MINUTE = 333  # 10,000 sources every half an hour
_POLLED_BETWEEN = 60  # sources that are polled between two views: 10,000 every half an hour, 10 seconds


def pages(*counts: str) -> None:
    """Print the tables."""
    print(f"operators' pages: CPU ms (median of {_ROUNDS}) with queries, bytes, bytes compressed")
    for count in map(int, counts or _COUNTS):
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(count, Path(folder)))


async def _days(store: Store) -> None:
    """Print what counting days costs: a poll, a minute's flush at 10,000 sources, a strip."""
    counter = DayCounter(store, lambda: NOW, lambda: False)
    documents = (Document(endpoint="https://o.example", outcome=Outcome.OK, url=""),)
    reports = [
        PollReport(
            source=f"outlet{n}/rss.xml", documents=documents, verdicts={Verdict.NEW: 1}, revised={}, next_due=NOW
        )
        for n in range(_POLLS_A_MINUTE)
    ]

    async def note() -> None:
        for report in reports:
            counter.note(report)

    noted, _ = await _cpu(note)
    flushed, _ = await _cpu(counter.flush)
    strips = [letters(by_day(made_days(f"s{n}")), day_of(NOW)) for n in range(1000)]
    drawn, sizes = await _cpu(partial(_draw, strips))
    print(
        f"  a poll counted {noted * 1000 / len(reports):.1f} us, {len(reports)} sources flushed {flushed:.1f} ms;"
        f" a strip {drawn:.0f} us, {statistics.mean(sizes):.0f} bytes"
    )


async def _draw(strips: Sequence[str]) -> list[int]:
    return [len(strip(each)) for each in strips]


async def _measure(count: int, folder: Path) -> None:
    made = made_status(count)
    config = load(write_config(folder / "c", feeds={"everything": EVERYTHING}), environ={}, state=folder / "s")
    config = replace(config, outlets={each.id: _outlet(each) for each in made.outlets})
    look = Look(now=NOW, rules=rules_from(config))
    store = open_store(f"sqlite:///{folder / 'bench.db'}")
    try:
        await _fill(store, made, config)
        reader, records = StatusReader(store), StoreRecords(store, lambda: look)

        async def view() -> OpsView:
            made = OpsView(await reader.read(config, now=NOW), await records.alerts(NOW), records.configuration())
            made.choose(Wanted())
            return made

        first, one = await _cpu(view)
        await store.write(lambda tx: _poll(tx, made.outlets[:_POLLED_BETWEEN], config))
        again, _ = await _cpu(view)
        print(f"  {count:,} outlets: a view of all at first {first:.0f} ms, once more {again:.0f} ms")
        for name, page in _pages(one, records).items():
            await _tell(name, page)
        if count == _COUNTS[-1]:
            await _days(store)
    finally:
        store.close()


def _pages(view: OpsView, records: StoreRecords) -> dict[str, Callable[[], Awaitable[OpsPage]]]:
    worst = view.choose(Wanted()).outlets[0]

    async def overview(wanted: Wanted) -> OpsPage:
        chosen = view.choose(wanted)
        sources = [EVERY_SOURCE, *sources_of(chosen.outlets)]
        return overview_page(view, wanted, chosen, await records.days(sources, first_day(NOW)))

    async def outlet() -> OpsPage:
        return outlet_page(view, worst, await records.outlet(worst.status.id, NOW))

    async def alerts() -> OpsPage:
        return alerts_page(view, "", await records.log(100, None), 100)

    async def progress() -> OpsPage:
        return progress_page(view)

    async def feeds() -> OpsPage:
        return feeds_page(view, "")

    return {
        "overview, 40 rows": lambda: overview(Wanted()),
        "overview, 100 rows": lambda: overview(Wanted(rows=100)),
        "overview, 500 rows": lambda: overview(Wanted(rows=500)),
        "overview, by words": lambda: overview(Wanted(words="Невский", order=Order.NAME)),
        "outlet": outlet,
        "alerts": alerts,
        "progress": progress,
        "feeds": feeds,
    }


async def _tell(name: str, page: Callable[[], Awaitable[OpsPage]]) -> None:
    times = []
    for _ in range(_ROUNDS):
        milliseconds, html = await _cpu(lambda: _rendered(page))
        times.append(milliseconds)
    twin = len(msgspec.json.encode(await page()))
    packed = len(gzip.compress(html, 6))
    print(
        f"    {name:<20} {statistics.median(times):6.1f} ms {len(html):>8,} {packed:>7,}   twin {twin:>8,}", flush=True
    )


async def _rendered(page: Callable[[], Awaitable[OpsPage]]) -> bytes:
    return render_ops(await page(), root="..", twin="x.json").encode()


async def _cpu(work: Callable[[], Awaitable[_Result]]) -> tuple[float, _Result]:
    before = time.process_time()
    result = await work()
    return (time.process_time() - before) * 1000, result


def _outlet(made: OutletStatus) -> Outlet:
    sources = tuple(
        Source(id=each.id, outlet=made.id, endpoints=tuple(at.url for at in each.endpoints), language=made.language)
        for each in made.sources
    )
    home = f"https://{made.id}.example"
    return Outlet(id=made.id, name=made.name, country=made.country, language=made.language, home=home, sources=sources)


async def _fill(store: Store, made: Status, config: Config) -> None:
    await store.write(lambda tx: tx.sources.sync(config.sources, NOW, config.bounds))
    sources = [EVERY_SOURCE, *config.sources]
    for start in range(0, len(sources), _AT_ONCE):
        days = [day for each in sources[start : start + _AT_ONCE] for day in made_days(each)]
        await store.write(lambda tx, days=days: tx.days.add(days))
        outlets = made.outlets[start : start + _AT_ONCE]
        await store.write(lambda tx, outlets=outlets: _poll(tx, outlets, config))
    await store.write(lambda tx: [tx.alerts.add(each) for each in made_alerts(made)])
    await store.write(lambda tx: tx.alerts.log(made_events(made.outlets[0].id, 500)))


def _poll(tx: Transaction, outlets: tuple[OutletStatus, ...], config: Config) -> None:
    for outlet in outlets:
        for source in config.outlets[outlet.id].sources:
            record = PollRecord(
                source=source.id,
                version=tx.sources.state(source).version,
                polled_at=NOW,
                due_at=NOW,
                endpoints=tuple(_endpoint(url, outlet.health) for url in source.endpoints),
                news_at=outlet.last_ok_at,
            )
            tx.record_poll(record, lambda _, record=record: record)


def _endpoint(url: str, health: Health) -> EndpointState:
    is_bad = health.is_failing
    return EndpointState(
        endpoint=url,
        outcome=Outcome.FORBIDDEN if is_bad else Outcome.OK,
        failures=4.0 if is_bad else 0.0,
        tried_at=NOW,
        good_at=NOW,
    )

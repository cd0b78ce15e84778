"""Play steps through the whole flow, under a clock that shows when they were."""

from __future__ import annotations

import resource
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from syndicator.config import Config
from syndicator.models import Document, Feed, FetchOptions, PollReport, Source, Validators
from syndicator.poll.report import Totals
from syndicator.publish import FeedFiles
from syndicator.query import Vocabulary, parse
from syndicator.replay.step import Step, default_outlet
from syndicator.runtime.app import App


async def replay(
    config: Config,
    steps: Sequence[Step],
    out: Path,
    *,
    progress: Callable[[], None] = lambda: None,
    follow: Callable[[App], Awaitable[None]] | None = None,
    store: str = "",
) -> dict[str, Any]:
    """Play steps into a new store, write the output feeds to ``out``, return totals.

    A source that is not configured gets default settings. CPU seconds include those of child processes. After every
    step ``follow`` may do what a daemon does beside polls; without it, that is done once, in the end. ``store`` is the
    address of an empty one that is to stay.
    """
    started, cpu = time.perf_counter(), _cpu()
    config = _with_sources(config, steps)
    player = _Player(steps[0])
    totals, outcomes = Totals(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="syndicator-replay-") as state:
        config = replace(config, state=Path(state), store=store or f"sqlite:///{state}/replay.db")
        app = App(config, clock=player.clock, commit_clock=player.commit_clock, fetch=player, files=FeedFiles(out))
        try:
            await app.adopt(config)
            for step in steps:
                if step.has_failures:
                    await app.publisher.publish()
                player.load(step)
                report = await _play(app, step)
                totals.add(report)
                outcomes[report.outcome] += 1
                if follow is not None:
                    await follow(app)
                progress()
            await app.outbox.run()
            await app.publisher.publish()
            stories, feeds = await app.store.read(lambda tx: (tx.stories.count(), tx.feeds.states()))
        finally:
            await app.close()
    spent = _cpu() - cpu + app.pool.cpu_seconds
    return {
        "captures": len(steps),
        "documents": totals.documents,
        "unchanged": totals.unchanged,
        "failed": totals.failures,
        "outcomes": dict(sorted(outcomes.items())),
        "entries": {verdict.value: count for verdict, count in totals.verdicts.items()},
        "updated": dict(totals.revised),
        "stories": stories,
        "members": {feed.name: feed.members for feed in feeds},
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(spent, 3),
    }


async def _play(app: App, step: Step) -> PollReport:
    source = step.source_in(app.config.outlets[step.source.outlet])
    assert source is not None
    if (document := step.push()) is not None:
        return await app.pipeline.ingest_push(source, document)
    return await app.pipeline.poll(source)


def _with_sources(config: Config, steps: Iterable[Step]) -> Config:
    """Return the configuration with the sources that it lacks, and with a feed of everything if it has none."""
    outlets = dict(config.outlets)
    for source in _missing(config, steps):
        outlet = outlets.get(source.outlet)
        extended = replace(outlet, sources=(*outlet.sources, source)) if outlet else default_outlet(source)
        outlets[source.outlet] = extended
    if config.feeds:
        return replace(config, outlets=outlets)
    everything = Feed(name="everything", title="Everything", where="")
    return replace(
        config,
        outlets=outlets,
        feeds={everything.name: everything},
        filters={everything.name: parse(everything.where, Vocabulary())},
    )


def _missing(config: Config, steps: Iterable[Step]) -> list[Source]:
    found: dict[str, Source] = {}
    for step in steps:
        outlet = config.outlets.get(step.source.outlet)
        if outlet is None or step.source_in(outlet) is None:
            found.setdefault(step.source.id, step.source)
    return [found[id_] for id_ in sorted(found)]


class _Player:
    """Replaces the network and the clock: every request is answered as in the step that is loaded."""

    def __init__(self, first: Step) -> None:
        self._step, self._now, self._commits = first, first.at, iter(first.committed)

    def load(self, step: Step) -> None:
        self._step, self._now, self._commits = step, step.at, iter(step.committed)

    def clock(self) -> datetime:
        return self._now

    def commit_clock(self) -> datetime:
        """Return when the next transaction of the step ran; beyond those that ran then, the time of the last."""
        self._now = next(self._commits, self._now)
        return self._now

    async def __call__(self, url: str, known: Validators, options: FetchOptions) -> Document:
        return self._step.answer(url, known, options)


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime

"""Run captured feed files through the whole flow under a simulated clock. The same captures give the same bytes."""

from __future__ import annotations

import hashlib
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syndicator.config import Config
from syndicator.errors import SyndicatorError
from syndicator.models import Document, Feed, FetchOptions, Outcome, Outlet, Source, Validators
from syndicator.poll.report import Totals
from syndicator.publish import FeedFiles
from syndicator.query import Vocabulary, parse
from syndicator.runtime.app import App

_TIME_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, order=True)
class Capture:
    """One file: an outlet's feed as it was at a moment."""

    at: datetime
    outlet: str
    path: Path


def find_captures(folder: Path) -> list[Capture]:
    """Find ``OUTLET/UTCTIME.xml`` below ``folder``, in order of time; ignore files with other names.

    Raise SyndicatorError if there are none.
    """
    found = sorted(_captures(folder))
    if not found:
        raise SyndicatorError(f"{folder} holds no captures like OUTLET/20210916T212418Z.xml")
    return found


async def replay(
    config: Config, captures: list[Capture], out: Path, *, progress: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Poll each outlet at its captures' times into a new store, write the output feeds to ``out``, return totals.

    An outlet that is not configured gets default settings. CPU seconds include those of child processes.
    """
    started, cpu = time.perf_counter(), _cpu()
    config = _with_outlets(config, {capture.outlet for capture in captures})
    player = _Player(captures[0].at)
    totals, outcomes = Totals(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="syndicator-replay-") as state:
        config = replace(config, state=Path(state), store=f"sqlite:///{state}/replay.db")
        app = App(config, clock=lambda: player.now, fetch=player, files=FeedFiles(out))
        try:
            await app.adopt(config)
            for capture in captures:
                player.load(capture)
                report = await app.pipeline.poll(config.outlets[capture.outlet].sources[0])
                totals.add(report)
                outcomes[report.outcome] += 1
                progress()
            await app.outbox.run()
            await app.publisher.publish()
            stories, feeds = await app.store.read(lambda tx: (tx.stories.count(), tx.feeds.states()))
        finally:
            await app.close()
        spent = _cpu() - cpu + app.pool.cpu_seconds
    return {
        "captures": len(captures),
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


def _captures(folder: Path) -> Iterator[Capture]:
    for path in folder.glob("*/*"):
        try:
            at = datetime.strptime(path.stem, _TIME_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            continue
        if path.is_file():
            yield Capture(at=at, outlet=path.parent.name.lower(), path=path)


def _with_outlets(config: Config, names: set[str]) -> Config:
    outlets = {**{name: _default_outlet(name) for name in sorted(names)}, **config.outlets}
    if config.feeds:
        return replace(config, outlets=outlets)
    everything = Feed(name="everything", title="Everything", where="")
    return replace(
        config,
        outlets=outlets,
        feeds={everything.name: everything},
        filters={everything.name: parse(everything.where, Vocabulary())},
    )


def _default_outlet(name: str) -> Outlet:
    home = f"https://{name}.invalid"
    source = Source(id=f"{name}/feed", outlet=name, endpoints=(f"{home}/feed",), language="und")
    return Outlet(id=name, name=name, country="ZZ", language="und", home=home, sources=(source,))


class _Player:
    """Replaces the network: every endpoint answers with the capture that is loaded."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._body = b""

    def load(self, capture: Capture) -> None:
        self.now, self._body = capture.at, capture.path.read_bytes()

    async def __call__(self, url: str, known: Validators, options: FetchOptions) -> Document:  # noqa: ARG002
        digest = hashlib.blake2b(self._body, digest_size=16).hexdigest()
        is_known = digest == known.body_hash
        return Document(
            endpoint=url,
            outcome=Outcome.UNCHANGED if is_known else Outcome.OK,
            url=url,
            status=200,
            body=None if is_known else self._body,
            validators=Validators(body_hash=digest),
        )


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime

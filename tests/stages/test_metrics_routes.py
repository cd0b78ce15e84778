"""Scrapers and load balancers, over real HTTP."""

import asyncio
import gzip
from contextlib import asynccontextmanager

import aiohttp
import pytest

from syndicator.errors import StoreError
from syndicator.models.metrics import gauge
from syndicator.publish import FeedFiles
from syndicator.web import Face, SiteContext, serve
from syndicator.web.counts import AnswerCounts
from tests.conftest import NOW
from tests.stages.statuses import STATUS
from tests.waiting import get

OPEN_METRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


class Metrics:
    """Gathers metrics: counts how often, and waits for ``may_end``."""

    def __init__(self, *, has_sources=True):
        self.has_sources, self.times, self.asked = has_sources, 0, []
        self.may_end, self.problem = asyncio.Event(), None
        self.may_end.set()

    async def gather(self):
        self.times += 1
        await self.may_end.wait()
        return [gauge("syndicator_outlets", "Outlets.", self.times)]

    async def gather_sources(self, outlet):
        if self.problem:
            raise self.problem
        self.asked.append(outlet)
        return [gauge("syndicator_source_lull_ratio", "Lull.", 0.5)] if outlet in ("", "haber") else None


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@asynccontextmanager
async def serving(tmp_path, faces=frozenset(Face), trouble=(), **parts):
    async def status():
        return STATUS

    parts = {"files": FeedFiles(tmp_path), **parts}
    context = SiteContext(status=status, trouble=lambda: trouble, **parts)
    runner, port = await serve(context, "127.0.0.1", 0, faces=faces)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def test_metrics_are_below_ops_and_their_usual_address_leads_there(tmp_path):
    """A proxy that shuts /ops/ shuts all of it: nothing is told at /metrics itself."""
    async with serving(tmp_path, metrics=Metrics()) as base, aiohttp.ClientSession() as session:
        for path in ("/metrics", "/metrics/sources?outlet=haber"):
            async with session.get(base + path, allow_redirects=False) as answer:
                assert answer.status == 301
                assert b"syndicator_" not in await answer.read()
        assert (await get(f"{base}/metrics")).body == (await get(f"{base}/ops/metrics")).body
        packed = await get(f"{base}/metrics/sources?outlet=haber", **{"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.body) == (await get(f"{base}/ops/metrics/sources")).body


@pytest.mark.parametrize("path", ["/metrics", "/ops/metrics", "/metrics/sources", "/ops/metrics/sources"])
async def test_readers_are_shown_no_metrics(tmp_path, path):
    """Where operators have another address, or none."""
    async with serving(tmp_path, {Face.READERS}, metrics=Metrics()) as base:
        assert (await get(base + path)).status == 404


async def test_the_format_and_the_encoding_are_the_scrapers_choice(tmp_path):
    """Both formats have their content types, and may be compressed."""
    async with serving(tmp_path, metrics=Metrics(), clock=Clock()) as base:
        plain = await get(f"{base}/ops/metrics")
        opened = await get(f"{base}/ops/metrics", **OPEN_METRICS)
        packed = await get(f"{base}/ops/metrics", **{"Accept-Encoding": "gzip"})
    assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert opened.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert opened.body == plain.body + b"# EOF\n"
    assert gzip.decompress(packed.body) == plain.body
    assert {each.strip() for each in packed.headers["Vary"].split(",")} == {"Accept", "Accept-Encoding"}
    assert plain.headers["Cache-Control"] == "no-store"


async def test_fifty_scrapers_at_once_cost_one_gathering(tmp_path):
    """And all of a second share it; one that gives up takes it from nobody."""
    metrics, clock = Metrics(), Clock()
    async with serving(tmp_path, metrics=metrics, clock=clock) as base:
        metrics.may_end.clear()
        asked = [asyncio.create_task(get(f"{base}/ops/metrics")) for _ in range(50)]
        while not metrics.times:
            await asyncio.sleep(0)
        asked.pop(0).cancel()
        metrics.may_end.set()
        assert {each.body for each in await asyncio.gather(*asked)} == {(await get(f"{base}/ops/metrics")).body}
        assert metrics.times == 1
        clock.now += 1.0
        await get(f"{base}/ops/metrics")
        assert metrics.times == 2


@pytest.mark.parametrize(
    "accept",
    ["," * 7000, "application/openmetrics-text;q=" + "9" * 7000, "a/b;c=d," * 800, "\xff\xfe;q=\t,"],
    ids=range(4),
)
async def test_a_hostile_accept_header_gets_text(tmp_path, accept):
    """Within the limit of a head it is read, and nothing comes of it."""
    async with serving(tmp_path, metrics=Metrics()) as base:
        answer = await get(f"{base}/ops/metrics", Accept=accept)
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")


async def test_metrics_of_sources_are_off_unless_they_are_wanted(tmp_path):
    """And the answer names the key."""
    async with serving(tmp_path, metrics=Metrics(has_sources=False)) as base:
        answer = await get(f"{base}/ops/metrics/sources")
    assert answer.status == 404
    assert b"watch.source_metrics" in answer.body


async def test_metrics_of_sources_can_be_of_one_outlet(tmp_path):
    """One that is not in the configuration is 404; a store that cannot be read is 503, with the reason."""
    metrics = Metrics()
    async with serving(tmp_path, metrics=metrics) as base:
        assert b"syndicator_source_lull_ratio 0.5" in (await get(f"{base}/ops/metrics/sources?outlet=haber")).body
        assert (await get(f"{base}/ops/metrics/sources?outlet=%D8%B5")).status == 404
        assert (await get(f"{base}/ops/metrics/sources")).status == 200
        assert metrics.asked == ["haber", "ص", ""]
        metrics.problem = StoreError("the disk is gone")
        answer = await get(f"{base}/ops/metrics/sources")
    assert (answer.status, b"the disk is gone" in answer.body) == (503, True)


async def test_answers_are_counted_by_the_class_of_their_status(tmp_path):
    """Those of feeds that lie ready, which never reach aiohttp's routes, and all others."""
    answers, files = AnswerCounts(), FeedFiles(tmp_path / "feeds")
    files.put("idlib.atom", b"<feed/>", NOW)
    async with serving(tmp_path, files=files, answers=answers) as base:
        await get(f"{base}/feeds/idlib.atom")
        await get(f"{base}/feeds/idlib.atom?%D8%AD%D9%84%D8%A8=1")
        await get(f"{base}/feeds/none.atom")
        await get(f"{base}/none")
        assert answers.by_class == {"2xx": 2, "3xx": 0, "4xx": 2, "5xx": 0}


@pytest.mark.parametrize("faces", [{Face.READERS}, {Face.OPERATORS}, set(Face)], ids=["readers", "operators", "both"])
async def test_readiness_is_told_at_every_address(tmp_path, faces):
    """For load balancers, which are where readers are; why not, only where operators are."""
    reasons = ["stopping"]
    async with serving(tmp_path, faces, trouble=("the store fails",), unready=lambda: reasons) as base:
        answer = await get(f"{base}/readyz")
        assert answer.status == 503
        assert (b"stopping" in answer.body) == (Face.OPERATORS in faces)
        reasons.clear()
        answer = await get(f"{base}/readyz")
        assert (answer.status, answer.body) == (200, b"ready\n")


async def test_a_start_that_takes_long_is_not_ready(tmp_path):
    """What serves meanwhile knows no other reason than its trouble."""
    async with serving(tmp_path, trouble=("starting: compiling the names of places",)) as base:
        assert (await get(f"{base}/readyz")).status == 503
        assert (await get(f"{base}/metrics")).status == 404

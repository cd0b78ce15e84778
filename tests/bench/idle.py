"""What watching 10,000 endpoints costs while nothing is due: the share of a core that the running daemon takes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from functools import partial
from pathlib import Path

from syndicator.config import load
from syndicator.runtime.app import App, utc_now
from tests.bench.poll.measure import Meter
from tests.newsroom import EVERYTHING, write_config
from tests.waiting import eventually_now, get_now

_SECONDS = 30.0
_MAIN = """listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
[tag]
authority = "test.invalid"
"""
OUTLET = """name = "Outlet {number}"
country = "GB"
language = "en"
home = "https://o{number}.example"
mirrors = ["https://m{number}.example"]
[[source]]
path = "/feed.xml"
"""
# The obvious design: a job for each, every half hour. It does nothing when its time comes.
_JOBS = """
import asyncio, random, sys
from datetime import UTC, datetime, timedelta
from apscheduler.schedulers.asyncio import AsyncIOScheduler
async def main():
    scheduler = AsyncIOScheduler(timezone="UTC")
    for number in range(int(sys.argv[1])):
        first = datetime.now(UTC) + timedelta(seconds=1800 * random.random())
        scheduler.add_job(int, "interval", minutes=30, next_run_time=first)
    scheduler.start()
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def idle(port: int = 18471) -> None:
    """Print the shares, and what a look at the whole status costs."""
    print(f"{'idle, share of a core':<44}", flush=True)
    jobs = _jobs(10_000)
    print(f"  {'a job for each endpoint, 10,000':<42} {jobs:8.2%}", flush=True)
    for sources in (1, 5_000):
        share, look = _daemon(sources, port)
        named = f"ours, {2 * sources:,} endpoints"
        print(f"  {named:<42} {share:8.2%}   /status.json {look:6.2f} CPU s   ratio {jobs / share:5.2f}x", flush=True)


def _jobs(count: int) -> float:
    with subprocess.Popen([sys.executable, "-c", _JOBS, str(count)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            return _share(Meter(process.pid))
        finally:
            process.terminate()


def _share(meter: Meter) -> float:
    with meter:
        before, began = meter.cpu(), time.monotonic()
        time.sleep(_SECONDS)
        return (meter.cpu() - before) / (time.monotonic() - began)


def _daemon(sources: int, port: int) -> tuple[float, float]:
    """Run a daemon that knows its sources, none of them due; give its share and the cost of one look at its status."""
    with tempfile.TemporaryDirectory(prefix="syndicator-idle-") as name:
        folder, state = Path(name) / "config", Path(name) / "state"
        outlets = {f"o{number}": OUTLET.format(number=number) for number in range(sources)}
        write_config(folder, port=port, main=_MAIN, outlets=outlets, feeds={"everything": EVERYTHING})
        asyncio.run(_adopt(folder, state))
        command = (sys.executable, "-m", "syndicator", "--config", str(folder), "--state", str(state), "run")
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                eventually_now(partial(get_now, f"http://127.0.0.1:{port}/healthz"), within=120)
                time.sleep(3.0)
                meter = Meter(process.pid)
                share = _share(meter)
                before = meter.cpu()
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/status.json", timeout=60) as answer:
                    assert len(json.load(answer)["outlets"]) == sources
                return share, meter.cpu() - before
            finally:
                process.terminate()


async def _adopt(folder: Path, state: Path) -> None:
    """Put a configuration in force in an hour's time."""
    app = App(load(folder, environ={}, state=state), clock=lambda: utc_now() + timedelta(hours=1))
    await app.adopt(app.config)
    await app.close()

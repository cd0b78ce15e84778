"""The daemon's own process without its timers, so that its instructions can be counted on a busy machine.

``valgrind --tool=callgrind --callgrind-out-file=/dev/null .venv/bin/python -m tests.bench.poll.count same-200 --rounds 1``
prints how many it took, most of them for the start and the first visit; the same with ``--rounds 11`` tells what ten
rounds more take. Children are not counted. Commits are of a hundred polls, as when the daemon is busy.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import tempfile
import urllib.request
from datetime import timedelta
from functools import partial
from pathlib import Path

import uvloop

from syndicator.config import load
from syndicator.extract import GARBAGE_AFTER
from syndicator.runtime.app import App
from syndicator.runtime.daemon import Daemon
from tests.bench.poll import ours
from tests.bench.poll.farm import address
from tests.bench.poll.run import PHASES
from tests.bench.poll.words import TONGUES

# Seconds that the writer waits for company: valgrind makes a hundred polls take as many.
_PATIENCE = 3.0


async def _play(folder: Path, state: Path, control: str, rounds: list[str]) -> None:
    read = partial(load, folder, environ={}, state=state)
    clock, config = ours.Clock(), read()
    app = App(config, clock=clock, patience=_PATIENCE)
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    daemon = Daemon(app, read)
    await app.adopt(config)
    for name in rounds:
        phase = next(each for each in PHASES if each.name == name)
        query = f"reset=1&conditional={phase.is_conditional:d}&bump={phase.bump}"
        urllib.request.urlopen(f"{control}?{query}").close()
        clock.ahead += timedelta(hours=3)
        while await app.store.read(lambda tx: tx.sources.due(clock(), 1)):
            await daemon.dispatcher.poll_due()
            await daemon.dispatcher.settled()
        await daemon.publish()
    await app.close()


def main() -> None:
    """Play a first visit, then some rounds of one phase."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("phase", choices=[phase.name for phase in PHASES])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--feeds", type=int, default=100)
    asked = parser.parse_args()
    command = (sys.executable, "-m", "tests.bench.poll.farm", "--feeds", str(asked.feeds))
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as farm:
        port, folder, state = int(farm.stdout.readline()), Path(name) / "config", Path(name) / "state"
        state.mkdir()
        homes = [f"http://{address(number)}:{port}" for number in range(asked.feeds)]
        languages = (TONGUES[number % len(TONGUES)].language for number in range(asked.feeds))
        ours.prepare(folder, state, list(zip(homes, languages, strict=True)))
        try:
            rounds = ["cold", *[asked.phase] * asked.rounds]
            uvloop.run(_play(folder, state, f"http://127.0.0.1:{port}/control", rounds))
        finally:
            farm.terminate()


if __name__ == "__main__":
    main()

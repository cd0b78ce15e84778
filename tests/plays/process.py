"""A process of a play: as ``syndicator run`` runs it, but with short job intervals and a lease of so many seconds; with 0, as shipped.

``python -m tests.plays.process all|worker CONFIG STATE LEASE``
"""

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvloop

from syndicator.cli.logs import set_up_logging
from syndicator.config import load, own_settings
from syndicator.runtime import daemon
from syndicator.runtime.jobs import JobIntervals
from syndicator.runtime.worker import run_worker
from tests.waiting import FAST

if __name__ == "__main__":
    set_up_logging()
    role, (folder, state), lease = sys.argv[1], map(Path, sys.argv[2:4]), float(sys.argv[4])
    # Less often than in tests of one process: four use the CPU that is there for all.
    brisk = replace(FAST, poll=0.2, publish=0.2, tell=0.5, report=0.5, look=1.0, lease=lease)
    intervals = brisk if lease else JobIntervals()
    if role == "worker":
        uvloop.run(run_worker(own_settings(folder, environ=os.environ, state=state, overrides={}), intervals=intervals))
    else:
        uvloop.run(daemon.run(partial(load, folder, state=state, is_strict=False), intervals=intervals))

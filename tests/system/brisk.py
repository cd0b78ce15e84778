"""The daemon as ``syndicator run`` runs it, but with short job intervals: more happens in a short life.

``python -m tests.system.brisk CONFIG STATE``
"""

import sys
from functools import partial
from pathlib import Path

import uvloop

from syndicator.cli.logs import set_up_logging
from syndicator.config import load
from syndicator.runtime import daemon
from tests.waiting import FAST

if __name__ == "__main__":
    set_up_logging()
    folder, state = map(Path, sys.argv[1:])
    uvloop.run(daemon.run(partial(load, folder, state=state, is_strict=False), intervals=FAST))
